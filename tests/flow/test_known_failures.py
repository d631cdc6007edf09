"""Every known failure, as whole runs end in it: the catalogue names nothing that nobody can meet,
and reads nothing that we wrote ourselves."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ghcr_action.diagnosis import tell
from ghcr_action.diagnosis.find import CATALOGUE
from ghcr_action.diagnosis.known import Circumstances, Login
from ghcr_action.errors import AccessDenied, ActionError
from ghcr_action.logins.credential import Credential
from ghcr_action.modes import cleanup, inspect, promote, publish
from ghcr_action.settings import parse
from ghcr_action.values.answer import Answer, Where
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Repository, Tag
from ghcr_action.values.secret import Secret
from tests.fakes import ports as fakes
from tests.fakes import refusals
from tests.fakes.clock import FakeClock
from tests.fakes.events import fork_pull_request, push_event
from tests.fakes.github import FakeGitHub
from tests.flow import existing, test_mode_comment
from tests.flow.test_publish import World
from tests.unit.diagnosis.seen import ANSWERED, ENGINE_ONLY, RUN, SEEN

TOKEN = Secret("job-token-1234567890")
HOUR = "2026-11-23T12:00:00Z"
PUSHED = {"digest": "d", "name": "pushing x with docker", "started": HOUR, "completed": HOUR}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One answer in a run, and the code that the run ends with."""

    code: str
    answer: Answer
    context: Circumstances

    @property
    def image(self) -> Repository:
        assert self.context.image
        return self.context.image

    @property
    def event(self) -> Event:
        """The event that is behind these circumstances."""
        known = {"repository": "Acme/tools", "owner_type": "Organization"}
        if self.context.is_fork:
            return fork_pull_request(**known)
        if self.context.is_dependabot:
            known["actor"] = "dependabot[bot]"
        return push_event(server_url=self.context.server_url, **known)

    @property
    def credentials(self) -> dict[str, Credential]:
        """The login that is behind them."""
        if self.context.login is Login.NONE:
            return {}
        is_job = self.context.login is Login.JOB_TOKEN
        login = Credential(username="mona", password=TOKEN if is_job else Secret("a-person"))
        return {self.image.registry: login}


def _told(case: Case, run: Callable[[], object]) -> tuple[ActionError, ActionError]:
    """The error that a run ends with, as ``main`` tells it, and as it was raised."""
    with pytest.raises(ActionError) as caught:
        run()
    error = tell.tell(caught.value, case.event, credentials=case.credentials, token=TOKEN)
    return error, caught.value


def _settings(case: Case, mode: str, **given: str) -> Any:
    login = case.credentials.get(case.image.registry)
    texts = {"github-token": TOKEN.reveal() * bool(case.credentials), "mode": mode, **given}
    if login:
        texts |= {
            "registry": case.image.registry,
            "username": login.username,
            "password": login.password.reveal(),
        }
    return parse.settings(texts, {}, case.event)[0]


def by_engine(case: Case) -> tuple[ActionError, ActionError]:
    """A build that fails with these words; what was pushed before is part of its progress."""
    world = World()
    words = case.answer.words
    if case.context != RUN and "failed to push" not in words:
        words = f"failed to push {case.image}:1: {words}"
    done = (json.dumps({"vertexes": [PUSHED]}),) if case.answer.after_push else ()
    world.engine.failing = [(*done, f"ERROR: failed to solve: {words}")] * 9
    given = {"images": str(case.image), "tags": "1"}
    given["push"] = "false" if case.context.login is Login.NONE else "true"
    return _told(case, lambda: publish.run(_settings(case, "publish", **given), world.ports))


def by_registry(case: Case) -> tuple[ActionError, ActionError]:
    """A push or a read that the registry answers so."""
    world, error = World(), _raised(case.answer)
    if case.answer.sent:
        return _upload(case, error)
    is_push = case.answer.is_write or case.answer.part == "token"
    if is_push and case.context.login is not Login.NONE:
        world.registry.faults["check_push", str(case.image)] = error
        given = {"push": "true", "images": str(case.image), "tags": "1"}
        return _told(case, lambda: publish.run(_settings(case, "publish", **given), world.ports))
    source = case.image.tag(Tag("1"))
    world.registry.faults["manifest", str(source)] = error
    settings = _settings(case, "inspect", source=str(source))
    return _told(case, lambda: inspect.run(settings, world.ports))


class _Uploads(dict[tuple[str, str], Exception]):
    """Every upload of a blob fails."""

    def __init__(self, error: ActionError) -> None:
        self._error = error

    def get(self, key: tuple[str, str], default: Any = None) -> Any:
        return self._error if key[0] == "put_blob" else default


def _upload(case: Case, error: ActionError) -> tuple[ActionError, ActionError]:
    """An image of another registry is promoted to this one, which does not take its layers."""
    world = existing.World()
    world.hold("registry.example/octo/source:1")
    world.registry.faults = _Uploads(error)
    given = {"source": "registry.example/octo/source:1", "tags": f"{case.image}:1"}
    return _told(case, lambda: promote.run(_settings(case, "promote", **given), world.ports))


def by_api(case: Case) -> tuple[ActionError, ActionError]:
    """A clean-up that GitHub's API answers so, or a report that is to be posted."""
    error = _raised(case.answer)
    if "/issues/" in case.answer.url or "too long" in case.answer.words:
        posting = test_mode_comment.World()
        posting.github.unavailable = error
        return _told(case, posting.post)
    if case.answer.method == "DELETE":
        return _deletion(case, error)
    ports = fakes.make(github=FakeGitHub(unavailable=error))
    settings = _settings(case, "cleanup", packages=str(case.image))
    return _told(case, lambda: cleanup.run(settings, ports))


def _deletion(case: Case, error: ActionError) -> tuple[ActionError, ActionError]:
    from tests.flow.test_cleanup import OLD
    from tests.flow.test_cleanup import World as Package

    package = Package()
    package.store.faults[OLD.descriptor.digest] = [error] * 9
    return _told(case, package.clean)


def _raised(answer: Answer) -> ActionError:
    """What the adapter that got this answer raises."""
    facts: dict[str, Any] = {"method": answer.method, "fault": answer.fault}
    if answer.where is Where.API:
        raised = refusals.api(answer.words, answer.status, path=answer.url, **facts)
    else:
        assert answer.part
        image = str(answer.repository)
        raised = refusals.registry(
            answer.words,
            answer.status,
            part=answer.part,
            image=image,
            codes=tuple(answer.codes),
            **facts,
        )
    raised.answer = answer
    if answer.status == 404 and answer.method == "DELETE":  # a second read had shown it
        return raised.as_kind(AccessDenied)
    return raised


RUNS = {Where.ENGINE: by_engine, Where.REGISTRY: by_registry, Where.API: by_api}
STAYS = {
    "GHCR-API-429-LIMIT": "DELETE",
}
"""A delete for which GitHub takes no more requests ends no run: the rest is left for the next. And a
run for a fork never pushes."""
CASES = [
    *(
        Case(code=code, answer=Answer(where=Where.ENGINE, words=text), context=context)
        for text, context, code, _ in SEEN
    ),
    *(
        Case(code=code, answer=answer, context=context)
        for answer, context, code, _ in ANSWERED
        if STAYS.get(code) != answer.method and not (context.is_fork and answer.is_write)
    ),
]
IDS = [
    f"{case.code}-{case.answer.where}-{case.answer.method}{case.answer.status or ''}"
    for case in CASES
]


@contextmanager
def reworded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every sentence that we write into an error says something else; facts stay."""
    written = ActionError.__init__

    def write(self: ActionError, what: str, **parts: Any) -> None:
        facts = {name: part for name, part in parts.items() if name not in ("why", "fix", "docs")}
        written(self, _other(what), why=_other(parts.get("why", "")), fix="Ask a friend.", **facts)

    with monkeypatch.context() as patched:
        patched.setattr(ActionError, "__init__", write)
        yield


def _other(text: str) -> str:
    """As long a text without a word of it."""
    return "".join("x" if character.isalnum() else " " for character in text)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_run__ends_in_the_known_failure(case: Case) -> None:
    error, _ = RUNS[case.answer.where](case)

    row = next(row for row in CATALOGUE if row.code == case.code)
    assert (error.code, type(error)) == (case.code, row.kind)
    assert f"[{case.code}]" in error.what
    assert error.why
    assert error.fix


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_run__ends_in_the_same_whatever_our_own_sentences_say(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reworded(monkeypatch):
        error, raised = RUNS[case.answer.where](case)

    assert error.code == case.code
    assert "answered" not in f"{raised.what}{raised.why}"


def test_rewording__leaves_nothing_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with reworded(monkeypatch):
        error = refusals.denied("permission_denied: write_package")

    assert set(f"{error.what}{error.why}") <= {"x", " "}
    assert error.answer is not None


def test_runs__reach_every_row_and_leave_none_over() -> None:
    reached = {case.code for case in CASES}

    assert sorted({row.code for row in CATALOGUE} - reached) == []
    assert len(reached) == len(CATALOGUE) <= len(CASES)


def test_waits__are_the_same_whatever_our_own_sentences_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether a build is tried again hangs on what the engine said."""

    def waits() -> list[float]:
        world = World()
        world.engine.failing = [("ERROR: failed to push x: 502 Bad Gateway",)] * 3
        world.publish()
        assert isinstance(world.ports.clock, FakeClock)
        return world.ports.clock.waits

    plain = waits()
    with reworded(monkeypatch):
        assert waits() == plain
    assert plain


def test_seen__what_only_an_engine_says_is_said_by_one() -> None:
    assert {case.code for case in CASES} >= ENGINE_ONLY
    assert all(replace(RUN, login=login).login is login for login in Login)
