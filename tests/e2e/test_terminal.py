"""The command line at a terminal, with the real engine and a real registry: a build's bar, its end,
and a stop."""

import json
import signal
from pathlib import Path

import pytest

from tests.contract.display import Seat, seat
from tests.e2e.judges import Judges
from tests.testbed import Testbed

BASE = "debian:trixie-slim"
DOCKERFILE = """\
FROM {base}
RUN echo begun; sleep {seconds}; echo slept; head -c 11534336 /dev/zero >/zeros
"""


def environ(testbed: Testbed, tmp_path: Path) -> dict[str, str]:
    """What a person at this terminal has."""
    found = {
        name: value
        for name, value in testbed.env.items()
        if name not in ("CI", "COLUMNS", "LINES", "PYTHONPATH")
    }
    return {
        **found,
        "TERM": "xterm-256color",
        "HOME": str(tmp_path),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_WORKSPACE": str(tmp_path),
    }


def publish(testbed: Testbed, repository: str, *flags: str) -> tuple[str, ...]:
    return (
        "publish",
        "--images",
        f"{testbed.registry}/{repository}",
        "--tags",
        "1",
        "--no-cache",
        "--summary",
        "false",
        *flags,
    )


def see_a_build(there: Seat) -> None:
    there.wait_for("begun")
    there.wait_for("build \x1b")


@pytest.mark.parametrize("columns", [40, 200])
def test_publish__shows_a_bar_among_whole_lines(
    columns: int, testbed: Testbed, judge: Judges, repository: str, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE.format(base=BASE, seconds=2))

    with seat(
        columns, environ(testbed, tmp_path), *publish(testbed, repository, "--json")
    ) as there:
        see_a_build(there)
        code, out, seen = there.end()

    assert code == 0, seen.text
    assert {judge.crane("digest", f"{testbed.registry}/{repository}:1")} == {
        json.loads(out)["digest"]
    }
    assert "━" not in seen.text
    assert seen.shows_cursor
    text = seen.text if columns == 200 else seen.text.replace("\n", "")
    assert "| begun" in text
    assert "| slept" in text
    assert f"Published {testbed.registry}/{repository}@" in text


def test_publish__stopped_in_a_build_leaves_the_terminal_and_no_build(
    testbed: Testbed, repository: str, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE.format(base=BASE, seconds=600))

    with seat(100, environ(testbed, tmp_path), *publish(testbed, repository)) as there:
        see_a_build(there)
        there.process.send_signal(signal.SIGINT)
        code, out, seen = there.end()

    assert (code, out) == (130, "")
    assert seen.text.endswith(
        "ERROR: Cancelled: what was under way was stopped, and the logins are removed."
    )
    assert "━" not in seen.text
    assert seen.shows_cursor
    assert [path.name for path in tmp_path.iterdir()] == ["Dockerfile"]
