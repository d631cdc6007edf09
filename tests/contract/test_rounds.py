"""What is asked at the same time: over a network it is the questions in series that a user waits
for."""

import contextlib
import threading
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

import pytest

from ghcr_action.images import transfer
from ghcr_action.modes import inspect, merge, promote, publish, visibility
from ghcr_action.ports import Ports
from ghcr_action.values.oci import Index
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Tag
from tests.contract.http_registry import Stand, stand
from tests.fakes import ports as fakes
from tests.fakes.engine import image
from tests.fakes.ghcr import Ghcr
from tests.fakes.github import FakeGitHub
from tests.fakes.http import Asked, Reply
from tests.fakes.layout import MemoryLayout
from tests.fakes.workspace import FakeWorkspace
from tests.flow.existing import settings


@dataclass
class Meeting(Ghcr):
    """Holds two requests, method and end of the path, until both are there; one that waits in vain
    is refused."""

    awaited: tuple[tuple[str, str], ...] = ()
    there: tuple[threading.Event, threading.Event] = field(
        default_factory=lambda: (threading.Event(), threading.Event())
    )

    def answer(self, asked: Asked) -> Reply:
        found = super().answer(asked)
        for place, (method, end) in enumerate(self.awaited):
            if found.status != 401 and asked.method == method and asked.path.endswith(end):
                self.there[place].set()
                return found if self.there[1 - place].wait(10) else Reply(status=501)
        return found


def meeting(s: Stand, *awaited: tuple[str, str]) -> Ports:
    assert isinstance(s.ghcr, Meeting)
    s.ghcr.awaited = awaited
    return replace(fakes.make(), registry=s.registry)


def pushed(s: Stand, *platforms: Platform) -> str:
    """The digest of an image that is there before a run without a login begins."""
    root, blobs = image(list(platforms))
    with stand(ghcr=s.ghcr) as other:
        repository = replace(s.repository, registry=other.server.host)
        transfer.push(MemoryLayout(root, blobs), root.descriptor, repository, other.registry)
        transfer.tag(other.registry, root, [repository.tag(Tag("build"))])
    return str(root.descriptor.digest)


Port = TypeVar("Port")


class Slow:
    """Another port, one of whose methods waits for the same of a second one."""

    def __init__(self, port: object, method: str, meeting: threading.Barrier) -> None:
        self._port, self._method, self._meeting = port, method, meeting

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name == self._method:
            with contextlib.suppress(threading.BrokenBarrierError):
                self._meeting.wait(10)
        return found


def slow(port: Port, method: str, meeting: threading.Barrier) -> Port:
    """For the type checker the port itself, whose methods it forwards."""
    return cast("Port", Slow(port, method, meeting))


AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")


def test_rounds__promote_reads_the_source_and_its_names() -> None:
    with stand(ghcr=Meeting(), retries=0) as s:
        pushed(s, AMD64)
        names = f"{s.repository}:one"

        plan = promote.run(
            settings("promote", source=f"{s.repository}:build", tags=names),
            meeting(s, ("GET", "/build"), ("HEAD", "/one")),
        )

    assert [str(name) for name in plan.write] == [names]


def test_rounds__merge_reads_the_parts_and_its_names() -> None:
    with stand(ghcr=Meeting(), retries=0) as s:
        digests = [pushed(s, AMD64), pushed(s, ARM64)]
        names = f"{s.repository}:one"

        outcome = merge.run(
            settings("merge", digests="\n".join(digests), tags=names),
            meeting(s, ("GET", f"/manifests/{digests[0]}"), ("HEAD", "/one")),
        )

    assert outcome
    assert [str(name) for name in outcome.plan.decision.write] == [names]


@pytest.mark.parametrize(
    "awaited",
    [
        (("GET", "/manifests/build"), ("GET", "/manifests/other")),
        (("GET", "/manifests/{child}"), ("GET", "/referrers/{digest}")),
    ],
    ids=["several images", "platforms and referrers"],
)
def test_rounds__inspect(awaited: tuple[tuple[str, str], tuple[str, str]]) -> None:
    with stand(ghcr=Meeting(), retries=0) as s:
        digest = pushed(s, AMD64, ARM64)
        found = s.registry.manifest(s.repository.tag(Tag("build")))
        assert isinstance(found, Index)
        transfer.tag(s.registry, found, [s.repository.tag(Tag("other"))])
        child = found.manifests[0].digest
        ends = tuple((method, end.format(child=child, digest=digest)) for method, end in awaited)

        sources = f"{s.repository}:build\n{s.repository}:other"
        images = inspect.run(settings("inspect", source=sources), meeting(s, *ends))

    assert [str(each.digest) for each in images] == [digest, digest]


def test_rounds__visibility_asks_github_and_the_public() -> None:
    meeting = threading.Barrier(2)
    made = fakes.make()
    ports = replace(
        made,
        github=slow(made.github, "package", meeting),
        anonymous=slow(made.anonymous, "head", meeting),
    )

    visibility.run(settings("visibility", images="ghcr.io/octo/app"), ports)

    assert not meeting.broken


def test_rounds__publish_asks_the_engine_and_github() -> None:
    meeting = threading.Barrier(2)
    made = fakes.make(
        workspace=FakeWorkspace(
            {"Dockerfile": b"FROM scratch", ".git/HEAD": b"ref: refs/heads/main"}
        )
    )
    ports = replace(
        made,
        engine=slow(made.engine, "describe", meeting),
        github=slow(made.github, "repository", meeting),
    )

    publish.run(settings("publish", images="ghcr.io/octo/app", dry_run="true"), ports)

    assert not meeting.broken


@pytest.mark.parametrize(
    ("registry", "is_prepared"), [("ghcr.io", True), ("registry.example", False)]
)
def test_rounds__publish_prepares_for_github_only_where_it_will_ask(
    registry: str, is_prepared: bool
) -> None:
    workspace = FakeWorkspace({"Dockerfile": b"FROM scratch", ".git/HEAD": b"ref: refs/heads/main"})
    github = FakeGitHub()
    ports = fakes.make(workspace=workspace, github=github)

    publish.run(settings("publish", images=f"{registry}/octo/app"), ports)

    assert github.is_prepared == is_prepared
