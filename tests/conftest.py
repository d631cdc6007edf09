"""What every layer of tests shares: the guard around the pure ones, the ban on skipping, and the
testbed."""

import os
import sys
from collections.abc import Generator, Iterator

import hypothesis
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.testbed import ROOT, Testbed, start

GUARDED = (ROOT / "tests/unit", ROOT / "tests/flow")
FORBIDDEN = (
    "socket.__new__",
    "socket.getaddrinfo",
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
)
ENVIRONMENT = ("os.putenv", "os.unsetenv")
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis.settings.register_profile("search", deadline=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "search")
"""CI draws the same examples every time, so that a red run is about the change; a developer's
machine goes on searching."""
_caught: list[str] = []
_guarding = False


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if not _guarding or event not in FORBIDDEN + ENVIRONMENT:
        return
    if event in ENVIRONMENT and os.fsdecode(arguments[0]) == "PYTEST_CURRENT_TEST":  # type: ignore[arg-type]  # bytes, by the event's definition
        return
    _caught.append(f"{event}{arguments!r}")
    raise PermissionError(f"{event}: a unit or flow test touches nothing outside its process")


sys.addaudithook(_audit)


@pytest.fixture(autouse=True)
def guard(request: pytest.FixtureRequest) -> Iterator[None]:
    """No process, socket or environment write in unit and flow tests, not even a swallowed
    attempt."""
    global _guarding  # noqa: PLW0603 -- an audit hook cannot be removed, only told to look away
    _guarding = any(request.path.is_relative_to(directory) for directory in GUARDED)
    _caught.clear()
    yield
    _guarding = False
    assert not _caught


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test fails: a green run means that everything ran."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


SHARED = dict.fromkeys(("test_reusable.py", "test_workflow.py"), "act")
"""End-to-end tests whose files use one name together: a worker takes them all."""
ALONE = {
    "test_existing.py",
    "test_registries.py",
    "test_registry.py",
    "test_registry_judges.py",
    "test_terminal.py",
}
"""Files whose tests share nothing but the testbeds: each is for whoever is free."""


class _Spread(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """A worker takes a file whole, unless the tables above say otherwise (xdist's groups do not
    reach pytest 9.2)."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0].rpartition("/")[2]
        return nodeid if file in ALONE else SHARED.get(file, file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """Our own order for `--dist loadscope`, which the end-to-end tests ask for."""
    return _Spread(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.fixture(scope="session")
def testbed() -> Testbed:
    """The testbed of this machine, shared and left running."""
    return start()
