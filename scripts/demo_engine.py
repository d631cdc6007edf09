"""Where the demonstration runs: on the machine's own Docker if that can build for two platforms,
else on the testbed."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

SCRIPTS = Path(__file__).resolve().parent
REGISTRY_IMAGE = "registry:3"
REGISTRY_PORT, TOKEN_PORT = 5105, 5106
CONTAINER = "ghcr-action-demo-registry"
USER, PASSWORD = "octocat", "demo-password"


@dataclass(frozen=True, kw_only=True)
class Playground:
    """An engine, a registry that wants tokens, and an independent client."""

    registry: str
    user: str
    password: str
    environ: Mapping[str, str] = field(repr=False)
    left: str
    """What runs on after the demonstration."""
    endings: tuple[tuple[str, str], ...]
    """Commands that end it, and what each does."""

    @property
    def client(self) -> str:
        return "crane" if self._crane() else "docker buildx imagetools"

    def digest_command(self, reference: str) -> list[str]:
        """A command line that prints the digest of a reference, without a login."""
        if crane := self._crane():
            return [crane, "digest", reference]
        return [
            "docker",
            "buildx",
            "imagetools",
            "inspect",
            "--format",
            "{{.Manifest.Digest}}",
            reference,
        ]

    def digest(self, reference: str) -> str:
        done = subprocess.run(
            self.digest_command(reference),
            env=self.environ,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def _crane(self) -> str | None:
        return shutil.which("crane", path=self.environ["PATH"])


def playground(console: Console) -> Playground:
    """The machine's own engine, or why not, and the testbed."""
    reason = why_not_own()
    if not reason:
        console.print("[green]✓[/] this machine's own Docker answers")
        if own := own_playground(console):
            return own
        reason = f"this machine's own Docker cannot get {REGISTRY_IMAGE}"
    console.print(f"[yellow]·[/] {reason}: starting the testbed (scripts/testbed)")
    return testbed_playground()


def why_not_own() -> str:
    """Empty where the machine's own Docker can do it."""
    if not shutil.which("docker"):
        return "there is no Docker on this machine"
    done = subprocess.run(
        ["docker", "info", "--format", "{{json .}}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    info = json.loads(done.stdout or "{}") if done.returncode == 0 else {}
    if not info.get("ServerVersion"):
        return "no Docker engine answers on this machine"
    if ["driver-type", "io.containerd.snapshotter.v1"] not in (info.get("DriverStatus") or []):
        return (
            "this machine's own Docker has no containerd image store, which a build "
            "for two platforms needs"
        )
    return ""


def testbed_playground() -> Playground:
    if os.geteuid() != 0:
        sys.exit(
            "The demonstration needs root here, to start an engine of its own: "
            "run `sudo make demo`, or start Docker and try again."
        )
    command = [str(SCRIPTS / "testbed/testbed"), "up"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(
            "The testbed did not start; its messages are above. "
            "It needs Debian: scripts/testbed/README.md."
        )
    exports = dict(re.findall(r'^export (\w+)="(.*)"$', done.stdout, re.MULTILINE))
    return Playground(
        registry=exports["TESTBED_TOKEN_REGISTRY"],
        user=exports["TESTBED_USER"],
        password=exports["TESTBED_PASSWORD"],
        environ={**os.environ, **exports},
        left=f"an engine and its registries, in {exports['TESTBED_HOME']}, "
        "ready for the next demonstration and for `make test`.",
        endings=(
            ("scripts/testbed/testbed down", "stop them"),
            ("scripts/testbed/testbed purge", "stop them, and remove their files"),
        ),
    )


def own_playground(console: Console) -> Playground | None:
    """A registry in a container and its token service beside us; None where its image can't be
    had."""
    with console.status(f"Starting {REGISTRY_IMAGE}"):
        if (
            docker("image", "inspect", REGISTRY_IMAGE).returncode
            and docker("pull", "--quiet", REGISTRY_IMAGE).returncode
        ):
            return None
        directory = Path(tempfile.gettempdir()) / "ghcr-action-demo"
        directory.mkdir(mode=0o700, exist_ok=True)
        start_tokens(directory)
        start_registry(directory)
    console.print(f"[green]✓[/] registry with token authentication at 127.0.0.1:{REGISTRY_PORT}")
    ending = f"docker rm --force {CONTAINER}; kill $(cat {directory}/token-server.pid)"
    return Playground(
        registry=f"127.0.0.1:{REGISTRY_PORT}",
        user=USER,
        password=PASSWORD,
        environ=dict(os.environ),
        left=f"the container {CONTAINER}, and the service that gives it tokens.",
        endings=((ending, "stop both"),),
    )


def docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)


def start_tokens(directory: Path) -> None:
    """The testbed's token service; it outlives the demonstration, so that the printed command still
    works."""
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    if not certificate.exists():
        command = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "3650",
            "-subj",
            "/CN=demo",
        ]
        subprocess.run(
            [*command, "-keyout", key, "-out", certificate], check=True, capture_output=True
        )
    arguments = [str(TOKEN_PORT), str(key), str(certificate)]
    environ = {**os.environ, "TOKEN_USER": USER, "TOKEN_PASSWORD": PASSWORD}
    if not answers(TOKEN_PORT, "/token"):
        command = [sys.executable, str(SCRIPTS / "testbed/token-server.py"), *arguments]
        process = subprocess.Popen(
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        (directory / "token-server.pid").write_text(str(process.pid))


def start_registry(directory: Path) -> None:
    (directory / "config.yml").write_text(
        "version: 0.1\nlog: {level: warn}\nstorage: {filesystem: {rootdirectory: "
        "/var/lib/registry}}\n"
        "http: {addr: ':5000'}\n"
        f"auth: {{token: {{realm: 'http://127.0.0.1:{TOKEN_PORT}/token', service: testbed, "
        "issuer: testbed, "
        "rootcertbundle: /etc/demo.pem}}\n"
    )
    docker("rm", "--force", CONTAINER)
    docker(
        "create",
        "--name",
        CONTAINER,
        "--publish",
        f"127.0.0.1:{REGISTRY_PORT}:5000",
        REGISTRY_IMAGE,
        "serve",
        "/etc/demo.yml",
    )
    docker("cp", str(directory / "config.yml"), f"{CONTAINER}:/etc/demo.yml")
    docker("cp", str(directory / "certificate.pem"), f"{CONTAINER}:/etc/demo.pem")
    docker("start", CONTAINER)
    for _ in range(100):
        if answers(REGISTRY_PORT, "/v2/") and answers(TOKEN_PORT, "/token"):
            return
        time.sleep(0.1)
    sys.exit(f"The registry did not start. Its log: docker logs {CONTAINER}")


def answers(port: int, path: str) -> bool:
    import requests

    try:
        requests.get(f"http://127.0.0.1:{port}{path}", timeout=2)
    except requests.RequestException:
        return False
    return True
