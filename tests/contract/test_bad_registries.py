"""Registries that lie, break off, loop and hang, as a whole run of each mode meets them: what a
person reads, and nothing written."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ghcr_action.diagnosis import tell
from ghcr_action.errors import ActionError, ContentInvalid, NotFound, PolicyRefused, Unavailable
from ghcr_action.modes import inspect, merge, promote, publish, pull
from ghcr_action.ports import Ports
from ghcr_action.values import oci
from ghcr_action.values.oci import MAX_MANIFEST, Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest
from ghcr_action.values.secret import Secret
from tests.contract.http_registry import RIGHT, Stand, hold, nonsense_of, stand
from tests.fakes import ports as fakes
from tests.fakes.engine import FakeEngine, image
from tests.fakes.events import push_event
from tests.fakes.ghcr import Ghcr
from tests.fakes.http import Reply
from tests.fakes.runner import FakeRunner
from tests.fakes.workspace import FakeWorkspace
from tests.flow.existing import artifact, settings

PLATFORMS = [Platform("linux", "amd64"), Platform("linux", "arm64")]
ROOT, BLOBS = image(PLATFORMS)
CHILD = image(PLATFORMS[:1])[0]
assert isinstance(ROOT, Index)
ENTRIES = tuple(entry.digest for entry in ROOT.manifests)
assert isinstance(CHILD, Manifest)
DIGEST, OTHER = ROOT.descriptor.digest, Digest.of(b"something else")
NONSENSE, PAGE = nonsense_of(MAX_MANIFEST), b"<html>Welcome</html>"
APP = "/v2/octo/app/manifests/"
READING: dict[str, Callable[..., Any]] = {
    "promote": promote.run,
    "merge": merge.run,
    "pull": pull.run,
    "inspect": inspect.run,
}
MODES = {**READING, "publish": publish.run}
AGAIN = "Push it again; if it happens again, don't trust this registry."


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What the registry does, and what is said of it; ``{image}`` is the image that the mode reads,
    ``{host}`` the registry."""

    method: str = "GET"
    path: str = APP
    replies: Callable[[], Iterable[Reply]]
    kind: type[ActionError] = ContentInvalid
    what: str = "{image} is not what it claims to be"
    why: str
    why_by_digest: str = ""
    """The same from ``merge``, which names the image by its digest."""
    fix: str = AGAIN
    patience: float = 30
    """Seconds until an answer is given up: short only where none comes, so that a busy machine makes no other failure."""
    code: str = ""
    """Of the catalogue, and its cause; empty where the registry answered what only we can judge."""
    cause: str = ""


def always(reply: Reply) -> Callable[[], Iterable[Reply]]:
    return lambda: itertools.repeat(reply)


def manifest(raw: bytes, media_type: str = ROOT.media_type, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(headers={"Content-Type": media_type, **named}, body=raw)


def endless() -> Iterable[Reply]:
    for number in itertools.count():
        link = f'</v2/octo/app/tags/list?last={number}>; rel="next"'
        yield Reply(
            headers={"Content-Type": "application/json", "Link": link}, body=b'{"tags": ["1"]}'
        )


def bytes_of(raw: bytes) -> str:
    return f"the bytes that came have the digest {Digest.of(raw)}"


TORN: dict[str, Any] = {
    "kind": Unavailable,
    "code": "NETWORK-FAULT",
    "cause": "A temporary fault of {host} or of the network.",
    "fix": "Run the step again if our own retries did not help. "
    "If it persists, ask whoever runs {host}.",
}
READ = {
    "truncated manifest": Fault(
        replies=always(replace(manifest(ROOT.raw), cut=40)),
        what="Could not read {image}",
        why="the answer of http://{host}{path} broke off after 40 bytes",
        **TORN,
    ),
    "page in place of a manifest": Fault(
        replies=always(manifest(PAGE, "text/html")),
        why="it is not a manifest: not JSON: Expecting value: line 1 column 1 (char 0)",
        why_by_digest=bytes_of(PAGE),
    ),
    "wrong content type": Fault(
        replies=always(manifest(ROOT.raw, "text/html")),
        why=(
            f"it is not a manifest: the document says {ROOT.media_type}, the registry "
            "says text/html"
        ),
    ),
    "wrong Docker-Content-Digest": Fault(
        replies=always(manifest(ROOT.raw, Docker_Content_Digest=str(OTHER))),
        why=f"the registry says its digest is {OTHER}, and the bytes have the digest {DIGEST}",
    ),
    "redirect loop": Fault(
        replies=always(Reply(status=302, headers={"Location": f"{APP}1"})),
        kind=Unavailable,
        what="Could not read {image}",
        why="http://{host}{path} was redirected more than 5 times",
        fix="Check the registry's name; whoever runs it has to mend the redirects.",
    ),
    "4 MiB of nonsense": Fault(
        replies=always(manifest(NONSENSE)),
        why="it is not a manifest: a value is nested too deep",
        why_by_digest=bytes_of(NONSENSE),
    ),
    "more than 4 MiB": Fault(
        replies=always(manifest(NONSENSE + b"[")),
        what="Could not read {image}",
        why=f"http://{{host}}{{path}} answered with more than {MAX_MANIFEST} bytes",
        fix="Check the reference.",
    ),
    "token endpoint that hangs": Fault(
        path="/token",
        replies=always(Reply(hangs=True)),
        patience=1,
        kind=Unavailable,
        what="Could not log in to {host}",
        why="GET http://{host}/token?{query}: no answer within the time allowed",
        code="NETWORK-SILENT",
        cause=("{host} gave no answer in time: it is overloaded, or a firewall swallows requests."),
        fix=(
            "Run the step again if our own retries did not help. If it persists, check that this "
            "runner may reach {host}."
        ),
    ),
    "child with other bytes": Fault(
        path=f"{APP}{CHILD.descriptor.digest}",
        replies=always(manifest(CHILD.raw + b" ", CHILD.media_type)),
        what=f"{{app}}@{CHILD.descriptor.digest} is not what it claims to be",
        why=bytes_of(CHILD.raw + b" "),
    ),
    "child that is missing": Fault(
        path=f"{APP}{CHILD.descriptor.digest}",
        replies=always(Reply(status=404)),
        kind=NotFound,
        what=f"{{app}}@{CHILD.descriptor.digest} is not there",
        why=f"{DIGEST} lists it; a clean-up may have deleted it",
        why_by_digest="an index lists it; a clean-up may have deleted it",
        fix="Push the image again, and let the clean-up keep what an index lists.",
    ),
    "truncated blob": Fault(
        path=f"/blobs/{CHILD.config.digest}",
        replies=always(Reply(body=BLOBS[CHILD.config.digest], cut=2)),
        what=f"Could not read blob {CHILD.config.digest} of {{app}}",
        why="the connection broke off after 2 bytes: the connection failed",
        **TORN,
    ),
    "blob with other bytes": Fault(
        path=f"/blobs/{CHILD.config.digest}",
        replies=always(Reply(body=b"x" * CHILD.config.size)),
        what=f"Blob {CHILD.config.digest} of {{app}} is not what it claims to be",
        why=f"its digest is {Digest.of(b'x' * CHILD.config.size)}",
        fix="Push the image again; if it happens again, don't trust this source.",
    ),
}
WRITTEN = {
    "wrong Docker-Content-Digest": Fault(
        method="PUT",
        path="/manifests/1.2.3",
        replies=always(Reply(status=201, headers={"Docker-Content-Digest": str(OTHER)})),
        what="{target}:1.2.3 is not what it claims to be",
        why=f"the registry says its digest is {OTHER}, and the bytes have the digest {{written}}",
    ),
    "endless tag list": Fault(
        path="/tags/list",
        replies=endless,
        what="Could not list the tags of {target}",
        why="the list has no end: 1000 pages were read",
        fix="Whoever runs the registry has to mend this.",
    ),
    "token endpoint that hangs": READ["token endpoint that hangs"],
}


@dataclass(frozen=True, kw_only=True)
class Met:
    """How a run ended."""

    error: ActionError
    outputs: dict[str, str]


def inputs(mode: str, app: str, released: str) -> dict[str, str]:
    names = f"{released}:1.2.3\n{released}:latest"
    given = {
        "promote": {"source": f"{app}:1", "tags": names},
        "merge": {"digests": f"{app}@{DIGEST}", "tags": names},
        "pull": {"source": f"{app}:1", "output": "image"},
        "inspect": {"source": f"{app}:1"},
        "publish": {"tags": names, "platforms": ",".join(map(str, PLATFORMS))},
    }
    return given[mode]


def ports(s: Stand, **replaced: Any) -> Ports:
    return replace(fakes.make(clock=s.clock, **replaced), registry=s.registry)


def failed(mode: str, s: Stand) -> Met:
    """A run that fails, its error told as ``main`` tells it."""
    workspace = FakeWorkspace({"Dockerfile": b"FROM scratch", ".git/HEAD": b"ref: refs/heads/main"})
    runner = FakeRunner()
    made = ports(s, workspace=workspace, engine=FakeEngine(s.registry), runner=runner)
    app, released = s.repository, f"{s.server.host}/octo/released"

    with pytest.raises(ActionError) as caught:
        MODES[mode](settings(mode, **inputs(mode, str(app), released)), made)

    assert all(written.root is None for written in workspace.written.values())
    told = tell.tell(
        caught.value, push_event(), credentials={s.server.host: RIGHT}, token=Secret("t0ken")
    )
    return Met(error=told, outputs=runner.outputs)


def refused(mode: str, s: Stand) -> Met:
    """The same of a run that gave no name to anything."""
    met = failed(mode, s)
    assert {
        name: holding.tags for name, holding in s.ghcr.repositories.items() if holding.tags
    } == {"octo/app": {"1": str(DIGEST)}}
    return met


def expected(fault: Fault, mode: str, s: Stand, met: Met) -> tuple[object, ...]:
    """What, why and fix as the mode has to say them; of several logins at once, either may be the
    one that is told."""
    by_digest = mode == "merge"
    target = f"@{DIGEST}" if by_digest else ":1"
    words = {
        "host": s.server.host,
        "app": str(s.repository),
        "image": f"{s.repository}{target}",
        "path": f"{APP}{target[1:]}",
        "target": f"{s.server.host}/octo/released",
        "written": next(
            (
                str(Digest.of(asked.body))
                for asked in s.server.asked
                if asked.path.endswith("/1.2.3") and asked.body
            ),
            "",
        ),
        "query": next(
            (
                text
                for asked in s.server.asked
                if asked.path == "/token" and (text := query(asked.query)) in met.error.why
            ),
            "one of those that were sent",
        ),
    }
    why = (by_digest and fault.why_by_digest) or fault.why
    what, why, fix, cause = (
        text.format_map(words) for text in (fault.what, why, fault.fix, fault.cause)
    )
    told = f"{what} [{fault.code}]" if fault.code else what
    said = f"{cause}\n{why}" if cause else why
    return (fault.kind, fault.kind.exit_code, told, said, fix)


def query(found: Any) -> str:
    return "&".join(f"{name}={value}" for name, values in found.items() for value in values)


def said(error: ActionError) -> tuple[object, ...]:
    kind = next(kind for kind in type(error).__mro__ if kind.__module__ == ActionError.__module__)
    return (kind, error.exit_code, error.what, error.why, error.fix)


def prepare(s: Stand, fault: Fault) -> None:
    """An index of two platforms, and then a bad day; blobs are never mounted, so that all of them
    are read."""
    for digest in ENTRIES:
        hold(s.ghcr, oci.parse(BLOBS[digest]))
    hold(s.ghcr, ROOT, blobs=BLOBS)
    s.server.script(fault.method, fault.path, fault.replies())


@pytest.mark.parametrize("mode", READING)
@pytest.mark.parametrize("fault", READ.values(), ids=READ)
def test_bad_registry__that_is_read(fault: Fault, mode: str) -> None:
    with stand(ghcr=Ghcr(mounts=False), read=fault.patience, retries=0) as s:
        prepare(s, fault)

        met = refused(mode, s)

        assert said(met.error) == expected(fault, mode, s, met)
        assert "json" not in met.outputs


@pytest.mark.parametrize("mode", ["promote", "merge", "publish"])
@pytest.mark.parametrize("fault", WRITTEN.values(), ids=WRITTEN)
def test_bad_registry__that_is_written_to(fault: Fault, mode: str) -> None:
    with stand(ghcr=Ghcr(mounts=False), read=fault.patience, retries=0) as s:
        prepare(s, fault)

        met = refused(mode, s)

        assert said(met.error) == expected(fault, mode, s, met)
        assert met.outputs.get("pushed", "false") == "false"


def test_bad_registry__a_tag_that_moves_between_read_and_write() -> None:
    moved = Reply(
        headers={
            "Content-Type": ROOT.media_type,
            "Docker-Content-Digest": str(OTHER),
            "Content-Length": "1",
        }
    )
    with stand(ghcr=Ghcr()) as s:
        prepare(s, Fault(method="HEAD", path=f"{APP}1$", replies=always(moved), why=""))

        met = refused("promote", s)

        assert said(met.error) == (
            PolicyRefused,
            7,
            f"{s.repository}:1 moved while this ran: no name was written",
            f"it was {DIGEST}, and is {OTHER}",
            "Run again, or name the digest as `source`.",
        )
        assert met.error.code == "SOURCE-MOVED"


@pytest.mark.parametrize("mode", ["promote", "merge", "publish"])
def test_bad_registry__a_name_that_moves_between_write_and_check(mode: str) -> None:
    """Somebody else writes it right after us."""
    with stand(ghcr=Ghcr()) as s:
        prepare(
            s,
            Fault(
                method="PUT", path="/manifests/latest", replies=always(Reply(status=201)), why=""
            ),
        )
        latest = f"{s.server.host}/octo/released:latest"
        hold(s.ghcr, CHILD, name="octo/released", tag="latest")

        error = failed(mode, s).error

        found = s.ghcr.repositories["octo/released"].tags
        assert said(error) == (
            ContentInvalid,
            8,
            f"{latest} answers with {CHILD.descriptor.digest}",
            f"{found['1.2.3']} was pushed; another run may have moved the tag since",
            (
                "Let only one run at a time publish this tag (`concurrency` in the "
                "workflow), then run again."
            ),
        )


def test_bad_registry__a_fallback_index_that_lists_what_is_gone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A clean-up deleted the signature and left the tag that lists it: no reason to stop."""
    signature = artifact(b"a signature that was deleted", ROOT.descriptor).descriptor
    stale = oci.parse(
        oci.dump(
            {
                "schemaVersion": 2,
                "mediaType": ROOT.media_type,
                "manifests": [oci.describe(signature)],
            }
        )
    )
    with stand(ghcr=Ghcr()) as s:
        prepare(s, Fault(path="/nowhere", replies=list, why=""))
        hold(s.ghcr, stale, tag=oci.fallback_tag(DIGEST).name)

        promote.run(
            settings(
                "promote", **inputs("promote", str(s.repository), f"{s.server.host}/octo/released")
            ),
            ports(s),
        )

        assert s.ghcr.repositories["octo/released"].tags == {
            "1.2.3": str(DIGEST),
            "latest": str(DIGEST),
        }
    assert caplog.messages == [
        (
            "A referrer was left out, as the list that names it is stale: "
            f"{s.repository.at(signature.digest)} is not there."
        )
    ]
