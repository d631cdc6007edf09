"""The Workspace port on a real directory and in memory, and the directories that a run makes and
removes."""

import json
import os
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from ghcr_action.adapters import docker_config, workspace
from ghcr_action.adapters.workspace import LocalWorkspace, Places
from ghcr_action.logins.credential import Credential
from ghcr_action.ports import Workspace
from ghcr_action.values.secret import Secret
from tests.fakes.workspace import FakeWorkspace

LOGIN = {"ghcr.io": Credential(username="mona", password=Secret("hunter2"))}


@pytest.fixture(params=["real", "fake"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    content = {"Dockerfile": b"FROM scratch", "app/main.py": b"1", "app/a.py": b"2"}
    if request.param == "fake":
        return FakeWorkspace(dict(content))
    for name, text in content.items():
        path = tmp_path / "workspace" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    (tmp_path / "private").mkdir()
    (tmp_path / "temp").mkdir()
    places = Places(
        private=tmp_path / "private",
        shared=tmp_path / "temp",
        shared_on_host=PurePosixPath("/temp"),
    )
    return LocalWorkspace(tmp_path / "workspace", places)


def test_workspace__reads_relative_to_itself(files: Workspace) -> None:
    assert files.is_file("Dockerfile")
    assert not files.is_file("app")
    assert files.is_directory("app")
    assert files.is_directory(".")
    assert not files.is_directory("nope")
    assert list(files.entries("app")) == ["a.py", "main.py"]
    assert list(files.entries(".")) == ["Dockerfile", "app"]
    assert files.read(PurePosixPath("app/main.py")) == b"1"
    assert files.read(PurePosixPath("nope")) is None


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        (".", True),
        ("app", True),
        ("app/..", True),
        ("..", False),
        ("/etc", False),
        ("app/../../x", False),
    ],
)
def test_workspace__knows_what_is_inside(files: Workspace, path: str, inside: bool) -> None:
    assert files.contains(path) is inside


def test_workspace__keeps_private_files_where_scratch_is(files: Workspace) -> None:
    path = files.keep("secret-1", b"hunter2")

    assert path == files.scratch("") / "secret-1"
    assert files.read(path) == b"hunter2"


def test_workspace__gives_a_socket_a_path_of_its_private_directory(files: Workspace) -> None:
    assert files.socket("bk.sock") == files.scratch("bk.sock")


@pytest.mark.parametrize("name", ["x" * 200, "a%zzb", "a%20b", "a\nb"])
def test_local__another_program_finds_a_socket_in_a_directory_of_any_name(
    name: str, tmp_path: Path
) -> None:
    long = tmp_path / name
    long.mkdir(mode=0o700)
    places = Places(private=long, shared=long, shared_on_host=PurePosixPath("/x"))
    path = LocalWorkspace(tmp_path, places).socket("bk.sock")
    connect = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        subprocess.run([sys.executable, "-c", connect, path], check=True)

    assert [each.name for each in long.iterdir()] == ["bk.sock"]
    assert len(str(path)) <= workspace.LONGEST_SOCKET
    assert re.fullmatch(r"[\w./-]+", str(path))


def test_workspace__publishes_files_for_later_steps(files: Workspace) -> None:
    first, second = files.publish("a.json", b"{}"), files.publish("b.json", b"{}")

    assert (first.name, second.name) == ("a.json", "b.json")
    assert first.parent == second.parent
    assert str(first).startswith("/temp")


def test_local__a_link_out_of_the_workspace_is_outside(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w/link").symlink_to("/etc")
    local = LocalWorkspace(
        tmp_path / "w",
        Places(private=tmp_path, shared=tmp_path / "w", shared_on_host=PurePosixPath("/x")),
    )

    assert not local.contains("link")


def test_local__what_the_file_system_refuses_is_not_there(tmp_path: Path) -> None:
    """A Dockerfile in the place of its path, and links that lead to each other."""
    (tmp_path / "one").symlink_to("other")
    (tmp_path / "other").symlink_to("one")
    local = LocalWorkspace(
        tmp_path, Places(private=tmp_path, shared=tmp_path, shared_on_host=PurePosixPath("/x"))
    )

    for path in ("one", "FROM scratch\n" * 100):
        assert local.contains(path)
        assert not local.is_file(path)
        assert not local.is_directory(path)
        assert local.read(PurePosixPath(path)) is None


def test_local__private_files_are_for_nobody_else(tmp_path: Path) -> None:
    local = LocalWorkspace(
        tmp_path, Places(private=tmp_path, shared=tmp_path, shared_on_host=PurePosixPath("/x"))
    )

    path = Path(local.keep("secret-1", b"x"))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("names", "workflow", "parent"),
    [
        (("RUNNER_TEMP", "HOME"), True, "RUNNER_TEMP"),
        (("HOME",), True, "HOME"),
        (("HOME",), False, ""),
    ],
    ids=["runner", "runner of before 2026", "laptop"],
)
def test_places__outlive_the_container(
    tmp_path: Path, names: tuple[str, ...], workflow: bool, parent: str
) -> None:
    environ = {name: str(tmp_path / name) for name in names} | (
        {"GITHUB_ACTIONS": "true"} if workflow else {}
    )
    for name in names:
        (tmp_path / name).mkdir()

    places = workspace.places(environ)

    assert stat.S_IMODE(places.private.stat().st_mode) == 0o700
    assert places.shared_on_host == PurePosixPath(places.shared)
    if parent:
        assert places.shared == tmp_path / parent
    assert workspace.remove_private(str(places.private))
    assert not places.private.exists()


@pytest.mark.parametrize(
    ("shared", "on_host"),
    [
        ("/github/runner_temp", "/home/runner/work/_temp"),
        ("/github/home", "/home/runner/work/_temp/_github_home"),
        ("/elsewhere", "/elsewhere"),
    ],
)
def test_places__later_steps_know_them_by_the_hosts_name(shared: str, on_host: str) -> None:
    environ = {"RUNNER_WORKSPACE": "/home/runner/work/app"}

    assert workspace.host_path(Path(shared), environ) == PurePosixPath(on_host)


def test_places__without_the_hosts_workspace_the_path_stays() -> None:
    assert workspace.host_path(Path("/github/runner_temp"), {}) == PurePosixPath(
        "/github/runner_temp"
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda path: "",
        str,
        lambda path: str(path / "ghcr-action-file"),
        lambda path: str(path / "ghcr-action-link"),
    ],
)
def test_remove_private__leaves_what_is_not_ours(
    tmp_path: Path, make: Callable[[Path], str]
) -> None:
    (tmp_path / "ghcr-action-file").write_text("x")
    (tmp_path / "ghcr-action-link").symlink_to(tmp_path)

    assert not workspace.remove_private(make(tmp_path))
    assert (tmp_path / "ghcr-action-file").exists()


def test_docker_config__is_private_and_keeps_the_users_own(tmp_path: Path) -> None:
    home, private = tmp_path / "home", tmp_path / "private"
    private.mkdir()
    (home / ".docker/contexts").mkdir(parents=True)
    (home / ".docker/config.json").write_text('{"proxies": {}}')

    config = docker_config.write_private(private, {"HOME": str(home)}, LOGIN)

    text = (config / "config.json").read_text()
    assert stat.S_IMODE(config.stat().st_mode) == 0o700
    assert stat.S_IMODE((config / "config.json").stat().st_mode) == 0o600
    assert '"proxies"' in text
    assert "bW9uYTpodW50ZXIy" in text
    assert (config / "contexts").resolve() == home / ".docker/contexts"
    assert not (config / "cli-plugins").exists()
    assert (home / ".docker/config.json").read_text() == '{"proxies": {}}'


def test_docker_config__the_homes_is_written_only_when_asked(tmp_path: Path) -> None:
    docker_config.write_home({"HOME": str(tmp_path)}, LOGIN)

    assert "ghcr.io" in (tmp_path / ".docker/config.json").read_text()
    assert docker_config.directory({"DOCKER_CONFIG": "/x", "HOME": "/y"}) == Path("/x")


def test_docker_config__logins_are_those_of_docker_login(tmp_path: Path) -> None:
    helper = tmp_path / "docker-credential-stub"
    helper.write_text(
        '#!/bin/sh\nread server\n[ "$server" = gcr.io ] && echo \'{"Username": "mona", '
        '"Secret": "kept"}\'\n'
    )
    helper.chmod(0o755)
    stored = {"ghcr.io": {"auth": "bW9uYTpwdw=="}}
    helpers = {"gcr.io": "stub", "quay.io": "stub", "a.example": "missing"}
    (tmp_path / "config.json").write_text(json.dumps({"auths": stored, "credHelpers": helpers}))

    found = docker_config.logins(
        {"DOCKER_CONFIG": str(tmp_path), "PATH": f"{tmp_path}:/usr/bin:/bin"}
    )

    assert {host: (each.username, each.password.reveal()) for host, each in found.items()} == {
        "ghcr.io": ("mona", "pw"),
        "gcr.io": ("mona", "kept"),
    }


def test_docker_config__without_one_there_are_no_logins(tmp_path: Path) -> None:
    assert docker_config.logins({"DOCKER_CONFIG": str(tmp_path)}) == {}


def test_remove_stale__what_a_killed_run_has_left(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for name in (
        f"ghcr-action-{ended.pid}-a1",
        f"ghcr-action-{ended.pid}-b2",
        f"ghcr-action-{os.getpid()}-c3",
        "ghcr-action-1-init",
        "ghcr-action-old",
        "ghcr-action-99999999999999999999-x",
        "other-1-x",
    ):
        (tmp_path / name / "docker").mkdir(parents=True)

    assert workspace.remove_stale(tmp_path) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        (f"ghcr-action-{os.getpid()}-c3", "ghcr-action-1-init", "ghcr-action-old", "other-1-x")
    )


def test_remove_private__while_somebody_still_writes_there(tmp_path: Path) -> None:
    private = tmp_path / "ghcr-action-1-x"
    private.mkdir()
    code = "import sys, time, pathlib\nend = time.time() + 0.3\nn = 0\nwhile time.time() < end:\n    n += 1\n    try:\n        pathlib.Path(sys.argv[1], str(n)).write_text('x')\n    except OSError:\n        break\n"
    writer = subprocess.Popen([sys.executable, "-c", code, str(private)])

    assert workspace.remove_private(str(private))
    writer.wait()
    assert not private.exists()
