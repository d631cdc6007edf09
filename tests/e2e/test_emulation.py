"""Emulation for real: a step of another processor's image runs, by QEMU that the kernel starts."""

import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import TOKEN
from tests.e2e.judges import Judges
from tests.e2e.places import Process
from tests.testbed import SCRIPT, Testbed

EMULATORS = "tonistiigi/binfmt:latest"
PLATFORMS = {"linux/amd64": b"x86_64\n", "linux/s390x": b"s390x\n"}
DOCKERFILE = f"""\
FROM --platform=$BUILDPLATFORM {EMULATORS} AS machines
FROM scratch
ARG TARGETARCH
COPY --from=machines /$TARGETARCH/busybox /bin/sh
ARG MARK
RUN ["/bin/sh", "-c", "uname -m >/machine"]
"""


@pytest.fixture
def formats(tmp_path: Path) -> Iterator[Path]:
    """The kernel's list of formats, mounted as every Linux with systemd has it: emulators last as
    long as somebody looks at it. None is installed before, nor afterwards, whatever the engine
    goes on to say."""
    path = tmp_path / "formats"
    path.mkdir()
    subprocess.run(["mount", "-t", "binfmt_misc", "none", path], check=True)
    try:
        assert not (path / "qemu-s390x").exists()
        yield path
    finally:
        if (path / "qemu-s390x").exists():
            (path / "qemu-s390x").write_text("-1")
        subprocess.run(["umount", path], check=True)


def machine(judge: Judges, reference: str, platform: str, into: Path) -> bytes:
    """What the step wrote into this platform's image."""
    judge.crane("export", f"--platform={platform}", reference, str(into))
    with tarfile.open(into) as archive:
        file = archive.extractfile("machine")
        return file.read() if file else b""


@pytest.mark.parametrize("qemu", ["auto", EMULATORS])
def test_emulation__runs_the_steps_of_another_processor(
    qemu: str,
    formats: Path,
    tmp_path: Path,
    testbed: Testbed,
    judge: Judges,
    repository: str,
    api_url: str,
) -> None:
    subprocess.run([SCRIPT, "base-image", EMULATORS], check=True, capture_output=True)
    process = Process(tmp_path / "p", testbed, token=TOKEN, api_url=api_url)
    (process.workspace / "Dockerfile").write_text(DOCKERFILE)
    name = f"{testbed.registry}/{repository}"
    given = {"images": name, "tags": "1", "platforms": ",".join(PLATFORMS)}

    given |= {"cache": "off", "provenance": "false", "build-args": f"MARK={repository}"}

    refused = process.run({**given, "qemu": "off", "no-cache": "true"})
    done = process.run({**given, "qemu": qemu})

    assert (refused.exit_code, done.exit_code) == (5, 0), done.raw_log
    assert "exec format error" in refused.raw_log
    assert (formats / "qemu-s390x").exists()
    assert judge.validate(f"{name}:1").startswith("PASS")
    for platform, expected in PLATFORMS.items():
        assert machine(judge, f"{name}:1", platform, tmp_path / "image.tar") == expected
