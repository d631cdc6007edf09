"""Ways to an engine and to its BuildKit, as people have them: a unix socket, TCP, TLS that asks for
a certificate, a login by SSH. Independent of our own bridge: a loop of asyncio in a thread, and an
SSH server."""

import asyncio
import shlex
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

UPGRADE = b"POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Far = Callable[[], Awaitable[Streams]]
"""Connects to what stands at the other end."""
Listen = Callable[[Serve], Coroutine[None, None, asyncio.Server]]


@dataclass(frozen=True, kw_only=True)
class Certificates:
    """An authority with a server's and a client's certificate, for loopback."""

    directory: Path

    def text(self, name: str) -> str:
        return (self.directory / name).read_text()

    def server(self, *, protocol: str) -> ssl.SSLContext:
        """A server that believes only this authority's clients."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.directory / "server.pem", self.directory / "server-key.pem")
        context.load_verify_locations(self.directory / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        context.set_alpn_protocols([protocol])
        return context


def certificates(directory: Path) -> Certificates:
    """New ones, with the names that docker gives such files."""
    directory.mkdir()

    def made(name: str, *options: str) -> None:
        key, out = ("ca-key.pem", "ca.pem") if name == "ca" else (f"{name}-key.pem", f"{name}.pem")
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"]
        command += ["ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
        command += ["-keyout", key, "-out", out, *options]
        subprocess.run(command, cwd=directory, check=True, capture_output=True)

    made("ca")
    signed = ("-CA", "ca.pem", "-CAkey", "ca-key.pem", "-addext", "basicConstraints=CA:FALSE")
    made("server", *signed, "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost")
    made("client", *signed, "-addext", "extendedKeyUsage=clientAuth")
    (directory / "cert.pem").write_bytes((directory / "client.pem").read_bytes())
    (directory / "key.pem").write_bytes((directory / "client-key.pem").read_bytes())
    return Certificates(directory=directory)


@contextmanager
def to_buildkit(engine: Path, *, tls: Certificates | None = None) -> Iterator[int]:
    """A port of loopback that leads to the BuildKit of the engine with this socket."""
    with _running(
        lambda serve: asyncio.start_server(
            serve, "127.0.0.1", 0, ssl=tls.server(protocol="h2") if tls else None
        ),
        _at(engine),
        UPGRADE,
    ) as server:
        yield server.sockets[0].getsockname()[1]


@contextmanager
def to_buildkit_by_socket(engine: Path) -> Iterator[str]:
    """A unix socket that leads there, as an endpoint; its path is short, as a socket's has to be."""
    with tempfile.TemporaryDirectory(prefix="way-") as directory:
        path = Path(directory) / "bk.sock"
        with _running(lambda serve: asyncio.start_unix_server(serve, path), _at(engine), UPGRADE):
            yield f"unix://{path}"


@contextmanager
def to_engine(engine: Path, *, tls: Certificates | None = None) -> Iterator[str]:
    """The engine's whole API at a port of loopback, as DOCKER_HOST."""
    with _running(
        lambda serve: asyncio.start_server(
            serve, "127.0.0.1", 0, ssl=tls.server(protocol="http/1.1") if tls else None
        ),
        _at(engine),
        b"",
    ) as server:
        yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@contextmanager
def counted(engine: Path) -> Iterator[tuple[Path, list[int]]]:
    """A socket that leads to the engine, and how many bytes each part that went there had."""
    sizes: list[int] = []
    with tempfile.TemporaryDirectory(prefix="way-") as directory:
        path = Path(directory) / "docker.sock"
        with _running(
            lambda serve: asyncio.start_unix_server(serve, path), _at(engine), b"", sizes
        ):
            yield path, sizes


@contextmanager
def to_engine_of_tomorrow(engine: Path) -> Iterator[Path]:
    """A socket that is the engine's, but speaks gRPC itself, and has no `POST /grpc` any more."""
    with tempfile.TemporaryDirectory(prefix="way-") as directory:
        path = Path(directory) / "docker.sock"
        with (
            to_buildkit_by_socket(engine) as buildkit,
            _running(
                lambda serve: asyncio.start_unix_server(serve, path),
                _at(engine),
                b"",
                grpc=_at(Path(buildkit.removeprefix("unix://"))),
            ),
        ):
            yield path


@contextmanager
def to_port(port: int, path: Path) -> Iterator[None]:
    """A socket at this path that leads to a port of loopback."""
    with _running(
        lambda serve: asyncio.start_unix_server(serve, path),
        lambda: asyncio.open_connection("127.0.0.1", port),
        b"",
    ):
        yield


def _at(engine: Path) -> Far:
    return lambda: asyncio.open_unix_connection(str(engine))


@contextmanager
def by_ssh(directory: Path, programs: Path, **environment: str) -> Iterator[str]:
    """A PATH on which `ssh far` leads to a server on loopback, by a key; there these programs and
    this environment are found, as on a machine where an engine runs."""
    directory.mkdir()
    for name in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(directory / name)]
        subprocess.run(command, check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    there = " ".join(f"{name}={shlex.quote(value)}" for name, value in environment.items())
    path = f"PATH={programs}:/usr/sbin:/usr/bin:/sbin:/bin"
    (directory / "server").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {directory}/host\nUsePAM no\n"
        f"PidFile none\nStrictModes no\nPermitRootLogin yes\n"
        f"AuthorizedKeysFile {directory}/user.pub\n"
        f'ForceCommand env {path} {there} sh -c "$SSH_ORIGINAL_COMMAND"\n'
    )
    (directory / "client").write_text(
        f"Host far\n  HostName 127.0.0.1\n  Port {port}\n  User root\n"
        f"  IdentityFile {directory}/user\n  UserKnownHostsFile {directory}/known\n"
    )
    (directory / "known").write_text(f"[127.0.0.1]:{port} {(directory / 'host.pub').read_text()}")
    (directory / "bin").mkdir()
    (directory / "bin/ssh").write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {directory}/client "$@"\n')
    (directory / "bin/ssh").chmod(0o755)
    Path("/run/sshd").mkdir(exist_ok=True)
    command = [
        "/usr/sbin/sshd",
        "-D",
        "-E",
        str(directory / "log"),
        "-f",
        str(directory / "server"),
    ]
    server = subprocess.Popen(command)
    try:
        _wait_for(port)
        yield str(directory / "bin")
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nobody listens at port {port}")


@contextmanager
def _running(
    listen: Listen,
    far: Far,
    greeting: bytes,
    sizes: list[int] | None = None,
    grpc: Far | None = None,
) -> Iterator[asyncio.Server]:
    """`grpc` is where clients of HTTP/2 are led; nobody is upgraded then."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    held = set[asyncio.Task[None] | None]()  # asyncio itself holds a task by a weak reference only

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.add(task := asyncio.current_task())
        first = await reader.read(65536) if grpc else b""
        is_grpc = first.startswith(b"PRI ")
        far_reader, far_writer = await (grpc if grpc and is_grpc else far)()
        try:
            if first:
                far_writer.write(first.replace(b"POST /grpc ", b"POST /gone "))
            if greeting:
                far_writer.write(greeting)
                await far_reader.readuntil(b"\r\n\r\n")
            await asyncio.gather(_copy(reader, far_writer, sizes), _copy(far_reader, writer))
        except asyncio.CancelledError:
            for each in (writer, far_writer):
                each.transport.abort()
            raise
        finally:
            held.discard(task)
            for each in (writer, far_writer):
                each.close()

    server = asyncio.run_coroutine_threadsafe(listen(serve), loop).result()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    for _ in range(5):  # a connection that was just accepted, or let go, is there in a later round
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.02)  # a closed connection lets its socket go in rounds of the loop


async def _copy(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sizes: list[int] | None = None
) -> None:
    try:
        while chunk := await reader.read(65536):
            if sizes is not None:
                sizes.append(len(chunk))
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()
    except OSError:
        writer.close()
