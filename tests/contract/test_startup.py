"""What a run loads: each process pays for every module, so that it is said here which a mode may
load, and by when."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from ghcr_action.inputs.modes import MODES
from tests.testbed import ROOT

PROBE = """
import atexit, json, os, sys
known = set(sys.modules)
lines = {}

def loaded():
    return sorted(name for name, module in sys.modules.items() if module and name not in known)

class Watched:
    def __init__(self, stream):
        self.stream = stream

    def write(self, text):
        line = text.partition("\\n")[0]
        if line:
            lines.setdefault(line, loaded())
        return self.stream.write(text)

    def flush(self):
        self.stream.flush()

def tell():
    with open(os.environ["PROBED"], "w") as file:
        json.dump({"lines": lines, "end": loaded()}, file)

atexit.register(tell)
sys.stdout = Watched(sys.stdout)
if sys.argv[1:] == ["post"]:
    from ghcr_action.post import post as start
elif sys.argv[1:]:
    from ghcr_action.__main__ import main as start
else:
    from ghcr_action.main import entrypoint as start
start()
"""
"""Which modules there are when a line is written first, and at the end."""

REQUESTS = {"requests", "urllib3", "certifi", "idna"}
SUMMARY = {"jinja2", "markupsafe"}
CLIENTS = {
    "cryptography",
    "tuf",
    "securesystemslib",
    "github",
    "requests",
    "urllib3",
    "jinja2",
    "yaml",
    "packaging",
    "asyncio",
    "email",
    "http.client",
    "ssl",
    "subprocess",
}
REPOSITORY = {
    "full_name": "octo/app",
    "name": "app",
    "html_url": "https://github.com/octo/app",
    "description": "An app",
    "license": None,
    "default_branch": "main",
}
LATER = {"attestation", "buildx", "images", "plans", "report"}
"""Rooms that a run without an image does without."""
NOBODY = "127.0.0.1:9/octo/app"


class Loaded:
    """The modules of one moment."""

    def __init__(self, names: list[str]) -> None:
        self.names = frozenset(names)

    @property
    def outside(self) -> set[str]:
        """Packages of others."""
        found = (
            {name.partition(".")[0] for name in self.names}
            - sys.stdlib_module_names
            - {"ghcr_action"}
        )
        return {name for name in found if "cython" not in name and "mypyc" not in name}

    @property
    def rooms(self) -> set[str]:
        """Our rooms of which there is a module."""
        ours = (name.split(".") for name in self.names if name.startswith("ghcr_action."))
        return {parts[1] for parts in ours if len(parts) > 2}

    def of(self, room: str) -> set[str]:
        """Our modules in a directory."""
        return {
            name.removeprefix(f"ghcr_action.{room}.")
            for name in self.names
            if name.startswith(f"ghcr_action.{room}.")
        }


def probe(
    directory: Path, *arguments: str, state: Mapping[str, str] | None = None, **given: str
) -> tuple[dict[str, Loaded], Loaded]:
    """A process, with arguments as a person types them or inputs as the runner gives them: what it
    has loaded by line, and in the end."""
    commit = {"id": "8" * 40, "timestamp": "2026-11-28T12:00:00Z"}
    event = {"repository": REPOSITORY, "head_commit": commit}
    (directory / "event.json").write_text(json.dumps(event))
    workflow = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(directory / "event.json"),
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REPOSITORY": "octo/app",
        "GITHUB_SHA": "8" * 40,
        **{f"INPUT_{name.upper().replace('_', '-')}": value for name, value in given.items()},
    }
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "RUNNER_TEMP": str(directory),
        "PROBED": str(directory / "probed"),
    }
    environ |= {"PYTHONPATH": str(ROOT), **(workflow if given else {}), **(state or {})}
    subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        check=False,
        env=environ,
        cwd=directory,
        timeout=60,
    )
    found = json.loads((directory / "probed").read_text())
    return {line: Loaded(names) for line, names in found["lines"].items()}, Loaded(found["end"])


COSTLY = {"hashlib", "html", "platform", "random", "shutil", "subprocess", "tempfile", "uuid"}
"""Of the standard library: what each of them costs is a tenth of a short run."""


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_startup__of_the_command_line_loads_what_reads_arguments(
    tmp_path: Path, argument: str
) -> None:
    lines, end = probe(tmp_path, argument)

    assert (bool(lines), end.outside) == (True, set())
    assert end.rooms <= {"cli", "diagnosis", "inputs", "logins", "settings", "values"}
    assert end.names & {"ghcr_action.main", "ghcr_action.wiring", *COSTLY} == {"shutil"}


def test_startup__of_the_post_step_loads_nothing_where_nothing_was_left(tmp_path: Path) -> None:
    _, end = probe(tmp_path, "post")

    assert end.names & {"logging", "pathlib", "re", "typing"} == {"typing"}
    assert {name for name in end.names if name.startswith("ghcr_action.")} == {"ghcr_action.post"}


def test_startup__of_the_post_step_loads_what_removes_files(tmp_path: Path) -> None:
    left = tmp_path / "ghcr-action-1-x"
    left.mkdir()
    (left / "config.json").touch()

    _, end = probe(tmp_path, "post", state={"STATE_private": str(left)})

    assert (left.exists(), end.outside, end.rooms) == (
        False,
        set(),
        {"adapters", "diagnosis", "values"},
    )


def test_startup__of_metadata_loads_nobody_elses_code(tmp_path: Path) -> None:
    _, end = probe(tmp_path, mode="metadata", github_token="any-token", images="ghcr.io/octo/app")

    assert (end.outside, end.of("modes"), end.rooms & LATER) == (set(), {"metadata"}, set())
    assert (
        end.names & (COSTLY | {"ghcr_action.values.oci", "ghcr_action.values.reference"}) == set()
    )


def test_startup__of_an_inspection_loads_what_it_looks_at(tmp_path: Path) -> None:
    _, end = probe(tmp_path, mode="inspect", github_token="any-token", source=f"{NOBODY}:1")

    assert (end.outside, end.of("modes")) == (REQUESTS | SUMMARY, {"inspect"})
    assert (end.of("attestation"), end.of("plans"), end.of("names")) == (set(), set(), {"asked"})


def test_startup__of_a_promotion_loads_the_registry_client_when_it_asks(tmp_path: Path) -> None:
    lines, end = probe(
        tmp_path,
        mode="promote",
        github_token="any-token",
        source=f"{NOBODY}:1",
        tags="2",
        push_retries="0",
    )

    assert (lines["::group::Plan"].outside, end.outside) == (set(), REQUESTS | SUMMARY)
    assert "subprocess" not in lines["::group::Plan"].names  # no login here is kept by a program


SETTINGS = {
    "publish": {"comment", "metadata", "publish", "visibility"},
    "bake": {"bake", "comment", "metadata", "publish", "visibility"},
    "metadata": {"metadata"},
    "comment": {"comment"},
    "merge": {"comment", "merge", "metadata", "visibility"},
    "promote": {"metadata", "promote"},
    "pull": {"pull"},
    "inspect": {"inspect"},
    "visibility": {"visibility"},
    "cleanup": {"cleanup", "comment"},
}
"""The modes whose settings each mode shares."""


@pytest.mark.parametrize("mode", MODES)
def test_startup__of_a_mode_loads_its_own_settings_and_no_client(mode: str) -> None:
    names = ("main", f"settings.{mode}", f"modes.{mode}")
    told = "import json, sys; sys.stdout.write(json.dumps(sorted(sys.modules)))"
    code = f"{'; '.join(f'import ghcr_action.{name}' for name in names)}; {told}"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], check=True, capture_output=True, text=True, cwd=ROOT
    )

    loaded = Loaded(json.loads(done.stdout))
    assert (loaded.of("settings") & MODES.keys(), loaded.names & CLIENTS) == (
        SETTINGS[mode],
        frozenset(),
    )


def test_startup__of_a_publication_loads_github_while_it_builds() -> None:
    """A thread loads it, so that whoever asks first does not wait for it."""
    prepare = (
        "from ghcr_action.adapters.github import PyGitHub; "
        "PyGitHub('https://api.github.com', None, 'octo/app').prepare()"
    )
    wait = (
        "import sys, threading; [each.join() for each in threading.enumerate() if "
        "each is not threading.main_thread()]"
    )
    told = (
        "sys.stdout.write(str([name in sys.modules for name in ('github', 'jwt', 'nacl', "
        "'cryptography', 'charset_normalizer') if sys.modules.get(name, 0) is not None]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{prepare}; {wait}; {told}"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )

    assert done.stdout == "[True, False, False, False]"
