"""Whole runs against a registry and an engine that quote every proof they were sent, in every
encoding, and fail at every phase: no secret is in anything that the run tells."""

import base64
import html
import json
import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from ghcr_action import main
from ghcr_action.adapters import clock as clocks
from ghcr_action.adapters import commands
from ghcr_action.adapters.runner import ActionsRunner
from ghcr_action.images import transfer
from ghcr_action.log import send
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Repository, Tag
from tests.contract.http_registry import stand
from tests.fakes.engine import image
from tests.fakes.ghcr import Ghcr
from tests.fakes.http import Asked, Reply, Scripted
from tests.fakes.layout import MemoryLayout

PASSWORD = 'right-password/with "more"'
PAT = "context-pat-0123456789"
SECRETS = {
    "password": PASSWORD,
    "github-token": "ghs_0123456789abcdefghij",
    "secrets": "build-secret-value",
    "secret-envs": "variable-secret-value",
    "context": PAT,
    "build-contexts": "named-pat-0123456789",
    "cache-to": "cache-key/0123456789+x",
    "cache-from": "cache-token-0123456789",
}
"""The value that stands in each input."""
ENCODINGS = (
    str,
    lambda text: quote(text, safe=""),
    lambda text: json.dumps(text)[1:-1],
    html.escape,
    lambda text: base64.b64encode(text.encode()).decode().rstrip("="),
    lambda text: base64.b64encode(f"octocat:{text}".encode()).decode().rstrip("="),
    lambda text: text.encode().hex(),
)
DOCKER = f"""#!{sys.executable}
import base64, json, os, sys
with open(os.path.join(os.path.dirname(sys.argv[0]), "../called"), "a") as called:
    print(*sys.argv, file=called)
said = json.dumps([sys.argv, dict(os.environ)])
values = json.loads(os.environ["SAID"])
for value in values:
    said += " ".join((value, base64.b64encode(value.encode()).decode(), value.encode().hex()))
phase = os.environ["PHASE"]
if phase == "describe" or sys.argv[1:2] == ["buildx"] and "build" in sys.argv:
    print(said, file=sys.stderr)
    print("ERROR: failed to solve: " + said, file=sys.stderr)
    sys.exit(1)
if "info" in sys.argv:
    print(json.dumps(dict(ServerVersion="28.0.0", OSType="linux", Architecture="x86_64",
        DriverStatus=[["driver-type", "io.containerd.snapshotter.v1"]],
        ClientInfo=dict(Plugins=[dict(Name="buildx", Version="v0.29.1")]))))
else:
    print(said)
"""


@pytest.fixture(autouse=True)
def signals_and_log() -> Iterator[None]:
    kept = {
        number: signal.getsignal(number)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    }
    ours = logging.getLogger("ghcr_action")
    before = (ours.handlers[:], ours.propagate, ours.level)
    yield
    ours.handlers[:], ours.propagate = before[:2]
    ours.setLevel(before[2])
    for number, handler in kept.items():
        signal.signal(number, handler)


class Run:
    """One run, and everything that it told."""

    def __init__(self, directory: Path, *, phase: str = "") -> None:
        for name in ("temp", "home", "workspace"):
            (directory / name).mkdir()
        (directory / "workspace/Dockerfile").write_text("FROM scratch\n")
        (directory / "workspace/.git").mkdir()
        (directory / "workspace/.git/HEAD").write_text("ref: refs/heads/main")
        (directory / "home/docker").write_text(DOCKER)
        (directory / "home/docker").chmod(0o755)
        self._directory = directory
        self.files = {
            name: directory / name.lower() for name in ("OUTPUT", "ENV", "STEP_SUMMARY", "STATE")
        }
        for path in self.files.values():
            path.write_text("")
        self.environ = {
            "PATH": f"{directory / 'home'}:{os.environ['PATH']}",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_REPOSITORY": "octo/app",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_SHA": "a" * 40,
            "GITHUB_ACTOR": "mona",
            "GITHUB_API_URL": "http://127.0.0.1:9",
            "GITHUB_WORKSPACE": str(directory / "workspace"),
            "RUNNER_TEMP": str(directory / "temp"),
            "HOME": str(directory / "home"),
            "DOCKER_HOST": "unix:///no/such/socket",
            "VARIABLE": SECRETS["secret-envs"],
            "SAID": json.dumps(list(SECRETS.values())),
            "PHASE": phase,
            **{f"GITHUB_{name}": str(path) for name, path in self.files.items()},
        }

    def __call__(self, **inputs: str) -> int:
        given = {"github-token": SECRETS["github-token"]} | {
            name.replace("_", "-"): value for name, value in inputs.items()
        }
        with (self._directory / "log").open("w") as log:
            send(log, commands.CommandFormatter(), verbose=True)
            runner = ActionsRunner(self.environ, clocks.SystemClock(), log)
            return main.run(given, self.environ, runner)

    def told(self) -> dict[str, str]:
        """Place → text; a mask is how the runner learns of a secret."""
        lines = (self._directory / "log").read_text().splitlines()
        shown = "\n".join(line for line in lines if not line.startswith("::add-mask::"))
        results = {
            str(path): path.read_text(errors="replace")
            for path in (self._directory / "temp").rglob("*")
            if path.is_file()
        }
        return {"log": shown, **{n: p.read_text() for n, p in self.files.items()}, **results}


def nowhere(told: dict[str, str]) -> int:
    """How many searches found nothing. Fails with the first that finds a secret."""
    count = 0
    for place, text in told.items():
        for name, value in SECRETS.items():
            for encode in ENCODINGS:
                assert encode(value) not in text, (name, place)
                count += 1
    return count


def quoting(status: int, at: int, ghcr: Ghcr) -> Scripted:
    """A registry whose request number ``at``, and all after it, are refused with a page that quotes
    what was sent."""
    seen = [0]

    def answer(asked: Asked) -> Reply:
        seen[0] += 1
        if seen[0] < at:
            return ghcr.answer(asked)
        sent = "".join(f"{name}: {value}\n" for name, value in asked.headers.items())
        pair = asked.headers.get("Authorization", "").partition(" ")[2]
        plain = base64.b64decode(pair).decode(errors="replace") if "." not in pair and pair else ""
        page = f"you sent {sent} {plain} {quote(plain)} {PASSWORD} {quote(PASSWORD, safe='')}"
        document = {"errors": [{"code": "DENIED", "message": page}]}
        return Reply(
            status=status,
            headers={"Content-Type": "application/json", "Retry-After": "0"},
            body=json.dumps(document).encode() if at % 2 else page.encode(),
        )

    return Scripted(answer)


@pytest.mark.parametrize("login", ["bearer", "basic"])
@pytest.mark.parametrize("mode", ["promote", "inspect", "merge"])
def test_secrets__a_registry_that_quotes_them_at_every_phase(
    tmp_path: Path, mode: str, login: str
) -> None:
    root, blobs = image([Platform("linux", "amd64")])
    searched = 0
    for at in range(1, 8):
        status = (403, 400, 503)[at % 3]
        ghcr = Ghcr()
        with stand(ghcr=ghcr) as other:
            transfer.push(
                MemoryLayout(root, blobs), root.descriptor, other.repository, other.registry
            )
            other.registry.put(other.repository.tag(Tag("build")), root)
        ghcr.login = login
        directory = tmp_path / str(at)
        directory.mkdir()
        run = Run(directory)
        with quoting(status, at, ghcr).running() as server:
            repository = Repository(server.host, "octo/app")
            source = f"{repository}@{root.descriptor.digest}"
            named = {
                "promote": {"source": f"{repository}:build", "tags": "one\ntwo"},
                "inspect": {"source": f"{repository}:build"},
                "merge": {"digests": source, "images": str(repository), "tags": "main"},
            }[mode]
            retries = {"push_retries": "1"} if status == 503 else {}
            run(
                mode=mode,
                registry=server.host,
                username="octocat",
                password=PASSWORD,
                **named,
                **retries,
            )
        searched += nowhere(run.told())
    assert searched >= 7 * len(SECRETS) * len(ENCODINGS) * 5


@pytest.mark.parametrize("phase", ["describe", "build", "dry run", "wrong input"])
def test_secrets__an_engine_that_prints_them_at_every_phase(tmp_path: Path, phase: str) -> None:
    run = Run(tmp_path, phase=phase)
    host = "127.0.0.1:9"

    run(
        registry=host,
        username="octocat",
        password=PASSWORD,
        images=f"{host}/octo/app",
        tags="one",
        secrets=f"id={SECRETS['secrets']}",
        secret_envs="other=VARIABLE",
        context=f"https://x:{SECRETS['context']}@github.com/octo/app.git",
        build_contexts=f"lib=https://x:{SECRETS['build-contexts']}@git.example/octo/lib.git",
        cache_to=f"type=s3,region=x,bucket=y,secret_access_key={SECRETS['cache-to']}",
        cache_from=f"type=gha,token={SECRETS['cache-from']}",
        build_args="NPM_TOKEN=x",
        push="false",
        **{"dry_run": "true"} if phase == "dry run" else {},
        **{"nonsense": PAT, "pull": "perhaps"} if phase == "wrong input" else {},
    )

    told = run.told()
    assert nowhere(told)
    if phase in ("dry run", "build"):
        assert "`build-args`: NPM_TOKEN looks like a secret" in told["log"]
        assert "`cache-to` holds a password or a token" in told["log"]
        assert "context` holds a password" not in told["log"]
        assert "***" in told["log"]
    called = (tmp_path / "called").read_text() if (tmp_path / "called").exists() else ""
    assert phase != "build" or "GIT_AUTH_HEADER.git.example" in called
    for name in SECRETS.keys() - {"cache-to", "cache-from"}:
        assert all(encode(SECRETS[name]) not in called for encode in ENCODINGS), name
