"""The script of publish.yml that spreads platforms over runners, as bash runs it."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.testbed import ROOT

WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text())
STEPS = WORKFLOW["jobs"]["plan"]["steps"]
SCRIPT = next(step["run"] for step in STEPS if "PLATFORMS" in step.get("env", {}))
RUNNERS = WORKFLOW[True]["workflow_call"]["inputs"]["runners"]["default"]
EIGHT = "linux/amd64,linux/arm64,linux/arm/v7,linux/arm/v6,linux/386,linux/ppc64le,linux/s390x,linux/riscv64"
HOSTED, ARM = ["ubuntu-24.04"], ["ubuntu-24.04-arm"]


def spread(
    tmp_path: Path, platforms: str, runners: str = RUNNERS
) -> tuple[subprocess.CompletedProcess[str], str]:
    output = tmp_path / "output"
    output.touch()
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", SCRIPT],
        env={"PLATFORMS": platforms, "RUNNERS": runners, "GITHUB_OUTPUT": str(output)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done, output.read_text()


@pytest.mark.parametrize(
    ("platforms", "runners", "jobs"),
    [
        ("linux/amd64", RUNNERS, [("linux/amd64", HOSTED)]),
        ("linux/amd64,linux/arm64", RUNNERS, [("linux/amd64", HOSTED), ("linux/arm64", ARM)]),
        (
            " linux/amd64 , linux/arm/v7\n\n# no more\n",
            RUNNERS,
            [("linux/amd64", HOSTED), ("linux/arm/v7", ARM)],
        ),
        ("linux/amd64\nlinux/amd64", RUNNERS, [("linux/amd64", HOSTED)]),
        ("linux/s390x", RUNNERS, [("linux/s390x", HOSTED)]),
        (
            "linux/arm/v6",
            "linux=l\nlinux/arm=a\nlinux/arm/v6 = self-hosted, arm, v6\n",
            [("linux/arm/v6", ["self-hosted", "arm", "v6"])],
        ),
        (
            "linux/arm/v7,linux/amd64",
            "linux=l\nlinux/arm=a\n",
            [("linux/arm/v7", ["a"]), ("linux/amd64", ["l"])],
        ),
        ("linux/amd64", "# ours\n\ndefault=a\ndefault=b", [("linux/amd64", ["b"])]),
        (
            "linux/amd64,linux/arm64",
            "ubuntu-24.04\n",
            [("linux/amd64", HOSTED), ("linux/arm64", HOSTED)],
        ),
        (
            "linux/amd64",
            "default=runs-on=77/runner=2cpu,ns:a;b+c@d",
            [("linux/amd64", ["runs-on=77/runner=2cpu", "ns:a;b+c@d"])],
        ),
        (
            EIGHT,
            RUNNERS,
            [(each, ARM if each.startswith("linux/arm") else HOSTED) for each in EIGHT.split(",")],
        ),
    ],
    ids=[
        "one",
        "two",
        "blanks and remarks",
        "twice",
        "default",
        "self-hosted",
        "longest prefix",
        "later line",
        "a label for all",
        "labels of others",
        "eight",
    ],
)
def test_spread__platforms_find_their_runners(
    tmp_path: Path, platforms: str, runners: str, jobs: list[tuple[str, list[str]]]
) -> None:
    done, output = spread(tmp_path, platforms, runners)

    assert done.returncode == 0, done.stdout + done.stderr
    matrix, _, rest = output.partition("\n")
    assert json.loads(matrix.removeprefix("matrix=")) == {
        "include": [
            {"index": index, "platform": platform, "runner": labels}
            for index, (platform, labels) in enumerate(jobs)
        ]
    }
    assert rest == "platforms<<END\n" + "".join(f"{platform}\n" for platform, _ in jobs) + "END\n"


@pytest.mark.parametrize(
    ("platforms", "runners", "said"),
    [
        ("", RUNNERS, '::error title=No platform::Name at least one in "platforms".'),
        (
            "amd64",
            RUNNERS,
            (
                '::error title=platforms cannot be read::"amd64" is not os/architecture or '
                "os/architecture/variant."
            ),
        ),
        (
            'linux/amd64"}]',
            RUNNERS,
            '::error title=platforms cannot be read::"linux/amd64"}]" is not os/architecture or',
        ),
        (
            "linux/$(id)",
            RUNNERS,
            '::error title=platforms cannot be read::"linux/$(id)" is not os/architecture or',
        ),
        (
            "linux/amd64",
            "linux/arm64=a",
            (
                '::error title=No runner for linux/amd64::Name one in "runners", for it or '
                "as default=LABEL."
            ),
        ),
        (
            "linux/amd64",
            "Linux=a",
            '::error title=runners cannot be read::The line "Linux=a" is not platform=label or',
        ),
        (
            "linux/amd64",
            'default=a"',
            '::error title=runners cannot be read::The line "default=a""',
        ),
        (
            "linux/amd64",
            "default=a,,b",
            (
                '::error title=runners cannot be read::The line "default=a,,b" is not '
                "platform=label or"
            ),
        ),
        (
            ",".join(f"linux/a{number}" for number in range(21)),
            RUNNERS,
            "::error title=Too many platforms::21 are asked for;",
        ),
    ],
    ids=[
        "none",
        "no os",
        "JSON",
        "a command",
        "no runner",
        "no prefix",
        "a quote",
        "an empty label",
        "too many",
    ],
)
def test_spread__refuses(tmp_path: Path, platforms: str, runners: str, said: str) -> None:
    done, output = spread(tmp_path, platforms, runners)

    assert done.returncode == 1
    assert done.stdout.startswith(said)
    assert output == ""
