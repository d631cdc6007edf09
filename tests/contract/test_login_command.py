"""``ghcr-action login``: what it asks, tries and keeps."""

import io
import json
from pathlib import Path

import pytest

from ghcr_action.adapters import docker_config
from ghcr_action.cli import login
from ghcr_action.errors import AccessDenied, SettingsError, Unavailable
from ghcr_action.logins.credential import Credential
from ghcr_action.values.secret import Secret

MONA = Credential(username="mona", password=Secret("pw"))


class Input(io.StringIO):
    """Standard input that is a terminal."""

    def isatty(self) -> bool:
        return True


def no_check(_registry: str, _credential: Credential) -> None:
    """Every login is right."""


def test_login__from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("pw\n"))
    tried: list[tuple[str, Credential]] = []
    environ = {"HOME": str(tmp_path)}

    login.run(["-u", "mona", "--password-stdin"], environ, lambda *given: tried.append(given))

    assert tried == [("ghcr.io", MONA)]
    assert docker_config.logins(environ) == {"ghcr.io": MONA}


def test_login__asks_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Input())
    monkeypatch.setattr("builtins.input", lambda _prompt: "mona")
    monkeypatch.setattr("getpass.getpass", lambda _prompt: "pw")
    environ = {"HOME": str(tmp_path)}

    login.run(["quay.io"], environ, no_check)

    assert docker_config.logins(environ) == {"quay.io": MONA}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "There is nobody to ask"),
        (["--password-stdin"], "Whose password"),
        (["--password-stdin", "-u", "mona"], "is empty"),
    ],
)
def test_login__needs_name_and_password(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))

    with pytest.raises(SettingsError, match=said):
        login.run(arguments, {"HOME": "/nonexistent"}, no_check)


@pytest.mark.parametrize("place", ["", "file", "/proc/nope"])
def test_login__that_can_not_be_kept_is_told(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("pw\n"))
    (tmp_path / "file").write_text("")
    (tmp_path / ".config.json.new").mkdir()
    environ = {"DOCKER_CONFIG": str(tmp_path / place)}

    with pytest.raises(SettingsError, match="can't be kept in") as raised:
        login.run(["-u", "mona", "--password-stdin"], environ, no_check)

    assert "DOCKER_CONFIG" in raised.value.fix


def test_login__refused_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_registry: str, _credential: Credential) -> None:
        raise AccessDenied("no")

    monkeypatch.setattr("sys.stdin", io.StringIO("pw"))

    with pytest.raises(AccessDenied):
        login.run(["-u", "mona", "--password-stdin"], {"HOME": str(tmp_path)}, refuse)

    assert not (tmp_path / ".docker").exists()


def helper(directory: Path, script: str) -> dict[str, str]:
    """An environment whose docker keeps logins with this program."""
    (directory / ".docker").mkdir()
    (directory / ".docker/config.json").write_text(json.dumps({"credsStore": "mine"}))
    program = directory / "docker-credential-mine"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return {"HOME": str(directory), "PATH": f"{directory}:/usr/bin:/bin"}


def test_keep__by_the_helper_that_docker_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = helper(tmp_path, f'echo "$1" >{tmp_path}/verb; cat >{tmp_path}/kept')
    monkeypatch.setenv("PATH", environ["PATH"])

    docker_config.keep(environ, "ghcr.io", MONA)

    assert (tmp_path / "verb").read_text() == "store\n"
    kept = json.loads((tmp_path / "kept").read_text())
    assert kept == {"ServerURL": "ghcr.io", "Username": "mona", "Secret": "pw"}
    assert "pw" not in (tmp_path / ".docker/config.json").read_text()


def test_keep__a_helper_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = helper(tmp_path, "exit 1")
    monkeypatch.setenv("PATH", environ["PATH"])

    with pytest.raises(Unavailable, match="docker-credential-mine did not keep the login"):
        docker_config.keep(environ, "ghcr.io", MONA)
