"""The bridge to the engine's BuildKit, against an engine that answers the upgrade and then repeats
what it hears."""

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ghcr_action.adapters import bridge, engine_socket
from ghcr_action.adapters.engine_socket import Address
from ghcr_action.errors import SettingsError, Unavailable
from tests.patience import eventually

SWITCHED = b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
MISSING = (
    b'HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n\r\n{"message":"page not found"}'
)
ECHO = "import sys, os\nwhile chunk := os.read(0, 65536): os.write(1, chunk)"


SETTINGS = bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class Engine:
    """Answers every connection's request, and then sends back what it gets."""

    def __init__(
        self, listener: socket.socket, answer: bytes = SWITCHED, settings: bytes = b""
    ) -> None:
        self.answer, self.settings = answer, settings
        self.requests: list[bytes] = []
        self._listener = listener
        self.connections: list[socket.socket] = []
        listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        head = b""
        with contextlib.suppress(OSError), connection:
            while not head.endswith(b"\r\n\r\n"):
                byte = connection.recv(1)
                if not byte:
                    return
                head += byte
            self.requests.append(head)
            is_http2 = head == PREFACE[: len(head)]
            if is_http2:
                connection.recv(len(PREFACE) - len(head), socket.MSG_WAITALL)
            connection.sendall(self.settings if is_http2 else self.answer)
            goes_on = SETTINGS if is_http2 else SWITCHED
            while goes_on in (self.settings, self.answer) and (chunk := connection.recv(65536)):
                connection.sendall(chunk)

    def die(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture(params=["unix", "tcp"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Engine, Address]]:
    if request.param == "unix":
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(tmp_path / "docker.sock"))
        where = engine_socket.address({"DOCKER_HOST": f"unix://{tmp_path}/docker.sock"})
    else:
        listener = socket.create_server(("127.0.0.1", 0))
        where = engine_socket.address(
            {"DOCKER_HOST": f"tcp://127.0.0.1:{listener.getsockname()[1]}"}
        )
    assert where
    made = Engine(listener)
    yield made, where
    with contextlib.suppress(OSError):
        made.die()


def client(path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(30)
    made.connect(str(path))
    return made


def thread_names() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def echoed(connection: socket.socket, content: bytes) -> bytes:
    """What comes back until the other side ends, while everything is sent and the end is told."""

    def send() -> None:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()
    parts = iter(lambda: connection.recv(65536), b"")
    found = b"".join(parts)
    sender.join()
    return found


def test_bridge__asks_for_the_upgrade_and_passes_every_byte_both_ways(
    engine: tuple[Engine, Address], tmp_path: Path
) -> None:
    content = os.urandom(8 * 1024 * 1024)

    with (
        bridge.listening(tmp_path / "bk.sock", bridge.by_socket(engine[1])),
        client(tmp_path / "bk.sock") as connection,
    ):
        assert echoed(connection, content) == content

    asked = engine[0].requests[-1].decode()
    assert asked.startswith("POST /grpc HTTP/1.1\r\nHost: docker\r\n")
    assert "\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n" in asked


def test_bridge__serves_several_clients_at_once(
    engine: tuple[Engine, Address], tmp_path: Path
) -> None:
    with bridge.listening(tmp_path / "bk.sock", bridge.by_socket(engine[1])):
        clients = [client(tmp_path / "bk.sock") for _ in range(5)]
        for number, each in enumerate(clients):
            each.sendall(bytes([number]))

        assert [each.recv(1) for each in clients] == [bytes([number]) for number in range(5)]
        for each in clients:
            each.close()


def test_bridge__ends_with_its_threads_connections_and_socket(
    engine: tuple[Engine, Address], tmp_path: Path
) -> None:
    path = tmp_path / "bk.sock"

    with bridge.listening(path, bridge.by_socket(engine[1])):
        open_one = client(path)
        open_one.sendall(b"x")
        open_one.recv(1)
        assert "bridge" in thread_names()

    with open_one:
        assert open_one.recv(1) == b""
    assert not path.exists()
    assert "bridge" not in thread_names()


def test_bridge__an_engine_that_dies_ends_the_connection(
    engine: tuple[Engine, Address], tmp_path: Path
) -> None:
    with bridge.listening(tmp_path / "bk.sock", bridge.by_socket(engine[1])):
        with client(tmp_path / "bk.sock") as under_way:
            under_way.sendall(b"x")
            under_way.recv(1)
            engine[0].die()
            assert under_way.recv(1) == b""
        with client(tmp_path / "bk.sock") as late:
            assert late.recv(1) == b""


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (MISSING, "POST /grpc gave 404 Not Found: page not found"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n<html>", "POST /grpc gave 403 Forbidden"),
        (b"HTTP/1.1 200 OK\r\n\r\n[]", "POST /grpc gave 200 OK"),
        (b"", "POST /grpc gave no answer"),
        (b"x" * 20_000, "POST /grpc gave no answer"),
    ],
    ids=["old engine", "a proxy", "no upgrade", "hangs up", "never ends"],
)
def test_bridge__an_engine_without_buildkit_is_told_before_anything_is_built(
    tmp_path: Path, answer: bytes, says: str
) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "docker.sock"))
    engine = Engine(listener, answer)

    with pytest.raises(Unavailable) as raised:
        bridge.by_socket(Address(path=str(tmp_path / "docker.sock")))

    engine.die()
    assert (
        raised.value.what
        == "The engine does not offer its BuildKit, so that nothing can be pushed by digest"
    )
    assert raised.value.why == says
    assert "driver: docker-container" in raised.value.fix


@pytest.mark.parametrize(
    ("settings", "is_native"),
    [
        (SETTINGS, True),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", False),
        (SETTINGS[:5], False),
        (b"", False),
    ],
    ids=["settings", "another language", "hangs up within them", "hangs up"],
)
def test_bridge__an_engine_that_has_no_such_endpoint_any_more_may_speak_grpc_itself(
    tmp_path: Path, settings: bytes, is_native: bool
) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "docker.sock"))
    engine = Engine(listener, MISSING, settings)
    where = Address(path=str(tmp_path / "docker.sock"))

    if is_native:
        with (
            bridge.listening(tmp_path / "bk.sock", bridge.by_socket(where)),
            client(tmp_path / "bk.sock") as connection,
        ):
            assert echoed(connection, PREFACE + b"hello") == SETTINGS + b"hello"
    else:
        with pytest.raises(Unavailable, match="does not offer its BuildKit"):
            bridge.by_socket(where)
    engine.die()


class Silent:
    """An engine that takes the upgrade of its first clients, and gives no answer to others."""

    def __init__(self, path: Path, answered: int) -> None:
        self.asked = 0
        self._answered = answered
        self._open: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                self.asked += 1
                if self.asked <= self._answered:
                    connection.recv(65536)
                    connection.sendall(SWITCHED + b"here")

    def die(self) -> None:
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def test_bridge__a_stop_does_not_wait_for_an_engine_that_gives_no_answer(tmp_path: Path) -> None:
    engine = Silent(tmp_path / "docker.sock", answered=1)

    with bridge.listening(
        tmp_path / "bk.sock", bridge.by_socket(Address(path=str(tmp_path / "docker.sock")))
    ):
        waiting = client(tmp_path / "bk.sock")
        while engine.asked < 2:
            time.sleep(0.01)

    assert "bridge" in thread_names()  # one waits for the answer, and the end has not waited for it
    engine.die()
    waiting.close()
    assert eventually(lambda: "bridge" not in thread_names())


def test_bridge__a_client_that_waits_stops_no_other_one(tmp_path: Path) -> None:
    over = threading.Event()
    asked: list[socket.socket] = []

    def lead(each: socket.socket) -> bridge.Connection:
        asked.append(each)
        if len(asked) == 1:
            over.wait(30)
        raise OSError("nobody answers")

    with bridge.listening(tmp_path / "bk.sock", lead) as refusal, client(tmp_path / "bk.sock"):
        while not asked:
            time.sleep(0.01)
        with client(tmp_path / "bk.sock") as other:
            assert other.recv(1) == b""
        assert refusal() == "nobody answers"
        over.set()


@pytest.mark.parametrize("pause", [0.05, 0.0], ids=["drips", "in one piece"])
def test_bridge__an_answer_has_its_time_however_slowly_it_comes(
    tmp_path: Path, pause: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_socket, "_ANSWER_SECONDS", 1.0)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "docker.sock"))
    listener.listen()

    def drip() -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                for number in range(len(SWITCHED)):
                    connection.sendall(SWITCHED[number : number + 1])
                    time.sleep(pause)

    thread = threading.Thread(target=drip)
    thread.start()
    where = Address(path=str(tmp_path / "docker.sock"))
    if pause:
        with pytest.raises(Unavailable) as raised:
            bridge.by_socket(where)
        assert raised.value.why == f"{where.path}: timed out"
    else:
        bridge.by_socket(where)
    listener.close()
    thread.join()


def test_bridge__tells_why_the_engine_did_not_take_the_last_client(tmp_path: Path) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "docker.sock"))
    engine = Engine(listener)
    path = tmp_path / "bk.sock"

    with bridge.listening(
        path, bridge.by_socket(Address(path=f"{tmp_path}/docker.sock"))
    ) as refusal:
        engine.answer = MISSING
        with client(path) as one:
            assert one.recv(1) == b""
        assert refusal() == "POST /grpc gave 404 Not Found: page not found"
        engine.answer = SWITCHED
        with client(path) as one:
            assert echoed(one, b"x") == b"x"
        assert eventually(lambda: refusal() == "")
    engine.die()


def test_bridge__no_engine(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not offer its BuildKit") as raised:
        bridge.by_socket(Address(path=str(tmp_path / "nobody.sock")))

    assert raised.value.why.startswith(f"{tmp_path}/nobody.sock does not answer: ")


def test_bridge__a_path_too_long_for_a_socket_is_told(tmp_path: Path) -> None:
    path = tmp_path / ("x" * (108 - len(str(tmp_path)) - 1))

    with (
        pytest.raises(SettingsError, match="would have 108 bytes, and 107 is the most"),
        bridge.listening(path, print),  # type: ignore[arg-type]
    ):
        pass

    with bridge.listening(path.with_name(path.name[:-1]), print):  # type: ignore[arg-type]
        pass


def test_bridge__a_directory_that_takes_no_socket_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(Unavailable, match=f"No socket can be made in {tmp_path}/nowhere") as raised,
        bridge.listening(tmp_path / "nowhere/bk.sock", print),  # type: ignore[arg-type]
    ):
        pass

    assert raised.value.why.startswith("No such file or directory")


def test_bridge__by_a_program_that_knows_the_way(tmp_path: Path) -> None:
    connect = bridge.by_program([sys.executable, "-c", ECHO], os.environ)

    with (
        bridge.listening(tmp_path / "bk.sock", connect),
        client(tmp_path / "bk.sock") as one,
        client(tmp_path / "bk.sock") as other,
    ):
        other.sendall(b"still here")
        assert echoed(one, b"x" * 500_000) == b"x" * 500_000
        assert other.recv(10) == b"still here"

    assert other.fileno() == -1


def test_bridge__a_program_under_way_is_ended(tmp_path: Path) -> None:
    script = (
        "import os, time, signal\nsignal.signal(signal.SIGTERM, "
        "signal.SIG_IGN)\nos.write(1, str(os.getpid()).encode())\ntime.sleep(600)"
    )

    with bridge.listening(
        tmp_path / "bk.sock", bridge.by_program([sys.executable, "-c", script], os.environ)
    ):
        connection = client(tmp_path / "bk.sock")
        pid = int(connection.recv(20))

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    connection.close()


def test_bridge__a_program_that_is_not_there_ends_the_connection(tmp_path: Path) -> None:
    with (
        bridge.listening(tmp_path / "bk.sock", bridge.by_program(["/no/such/docker"], os.environ)),
        client(tmp_path / "bk.sock") as connection,
    ):
        assert connection.recv(1) == b""


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, Address(path="/var/run/docker.sock")),
        ({"DOCKER_HOST": ""}, Address(path="/var/run/docker.sock")),
        ({"DOCKER_HOST": "unix://"}, Address(path="/var/run/docker.sock")),
        ({"DOCKER_HOST": " unix:///a/b.sock\n"}, Address(path="/a/b.sock")),
        ({"DOCKER_HOST": "unix:///a?b#c.sock"}, Address(path="/a?b#c.sock")),
        ({"DOCKER_HOST": "tcp://10.0.0.1:2375/"}, Address(host="10.0.0.1", port=2375)),
        (
            {"DOCKER_HOST": "unix:///run/user/1000/docker.sock"},
            Address(path="/run/user/1000/docker.sock"),
        ),
        ({"DOCKER_HOST": "tcp://10.0.0.1:2375"}, Address(host="10.0.0.1", port=2375)),
        ({"DOCKER_HOST": "tcp://[::1]"}, Address(host="::1", port=2375)),
        (
            {"DOCKER_HOST": "tcp://10.0.0.1:2375/behind/a/proxy"},
            Address(host="10.0.0.1", port=2375),
        ),
        ({"DOCKER_HOST": "tcp://10.0.0.1:2376", "DOCKER_TLS_VERIFY": "1"}, None),
        ({"DOCKER_HOST": "tcp://10.0.0.1:2376", "DOCKER_TLS": "1"}, None),
        ({"DOCKER_HOST": "ssh://me@builder"}, None),
        ({"DOCKER_HOST": "npipe:////./pipe/docker_engine"}, None),
    ],
)
def test_address__only_what_needs_no_program(
    environ: dict[str, str], expected: Address | None
) -> None:
    assert engine_socket.address(environ) == expected
