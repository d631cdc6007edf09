"""`mode: metadata` over working fakes: from raw events to outputs, and what happens when nobody can
be asked."""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ghcr_action.errors import SettingsError
from ghcr_action.metadata.compute import Metadata
from ghcr_action.modes import metadata
from ghcr_action.ports import Ports
from ghcr_action.settings import parse
from ghcr_action.settings.metadata import MetadataSettings
from ghcr_action.values.event import Event, RepositoryFacts
from tests.fakes import ports as fakes
from tests.fakes.clock import FakeClock
from tests.fakes.git import FakeGit
from tests.fakes.github import FakeGitHub
from tests.fakes.runner import FakeRunner
from tests.fakes.workspace import FakeWorkspace

SHA = "860c1904a1ce19322e91ac35af1ab07466440c37"
HEAD = "f11797211e5a9b86a7afbf8d16e7ba2ec7ad1dc0"
QUEUE = "refs/heads/gh-readonly-queue/main/pr-104-0f1e2d3c"
FACTS = RepositoryFacts(
    name="app",
    html_url="https://github.com/octo/App",
    description="An app",
    license="Apache-2.0",
    default_branch="main",
)
REPOSITORY = {"full_name": "octo/App", "default_branch": "main", "private": False}
PULL = {
    "number": 7,
    "head": {"sha": HEAD, "ref": "topic", "repo": {"full_name": "octo/App"}},
    "base": {"ref": "main"},
}
PREFIX = "org.opencontainers.image."


def event(name: str, ref: str, **payload: Any) -> Event:
    environ = {
        "GITHUB_EVENT_NAME": name,
        "GITHUB_REF": ref,
        "GITHUB_SHA": SHA,
        "GITHUB_REPOSITORY": "octo/App",
    }
    return Event.decode(environ, {"repository": REPOSITORY} | payload)


PUSH = event("push", "refs/heads/main")


def settings(happened: Event, environ: Mapping[str, str], **given: str) -> MetadataSettings:
    texts = {"mode": "metadata"} | {name.replace("_", "-"): text for name, text in given.items()}
    found = parse.settings(texts, environ, happened)[0]
    assert isinstance(found, MetadataSettings)
    return found


def run(happened: Event = PUSH, ports: Ports | None = None, /, **given: str) -> Metadata:
    ports = ports or fakes.make(github=FakeGitHub(facts=FACTS))
    return metadata.run(settings(happened, ports.environ, **given), ports)


def test_run__what_the_event_says_of_the_repository_is_not_asked_for() -> None:
    said = {
        "name": "app",
        "html_url": "https://github.com/octo/App",
        "description": "As the event says",
        "license": None,
    }
    happened = event("push", "refs/heads/main", repository=REPOSITORY | said)

    labels = run(happened).labels

    assert (labels[f"{PREFIX}description"], labels[f"{PREFIX}licenses"]) == (
        "As the event says",
        "",
    )


EVENTS = {
    "push branch": (event("push", "refs/heads/feature/x"), "app:feature-x app:sha-860c190"),
    "push tag": (
        event("push", "refs/tags/v1.2.3"),
        "app:1.2.3 app:v1.2.3 app:sha-860c190 app:latest",
    ),
    "pull_request": (
        event("pull_request", "refs/pull/7/merge", pull_request=PULL),
        "app:pr-7 app:sha-860c190",
    ),
    "pull_request_target": (
        event("pull_request_target", "refs/heads/main", pull_request=PULL),
        "app:pr-7 app:sha-860c190",
    ),
    "schedule": (
        event("schedule", "refs/heads/main", repository=None),
        "app:nightly app:edge app:main app:sha-860c190",
    ),
    "workflow_dispatch": (
        event("workflow_dispatch", "refs/heads/main"),
        "app:edge app:main app:sha-860c190",
    ),
    "release": (
        event("release", "refs/tags/v2.0.0-rc.1"),
        "app:2.0.0-rc.1 app:v2.0.0-rc.1 app:sha-860c190",
    ),
    "merge_group": (
        event("merge_group", QUEUE),
        "app:gh-readonly-queue-main-pr-104-0f1e2d3c app:sha-860c190",
    ),
    "workflow_run": (event("workflow_run", "refs/heads/main"), "app:edge app:main app:sha-860c190"),
}
RULES = "type=schedule\ntype=semver,pattern={{version}}\ntype=edge\ntype=ref,event=branch\ntype=ref,event=tag\ntype=ref,event=pr\ntype=sha"


@pytest.mark.parametrize(("happened", "expected"), EVENTS.values(), ids=EVENTS)
def test_run__on_event(happened: Event, expected: str) -> None:
    assert " ".join(run(happened, images="App", tags=RULES).tags) == expected


def test_run__base_ref_of_a_tag() -> None:
    happened = event("push", "refs/tags/v1.2.3", base_ref="refs/heads/release/1")

    assert run(happened, tags="type=raw,value={{base_ref}}").tag_names == ("release-1",)


def test_run__sets_outputs_and_variables() -> None:
    runner, workspace = FakeRunner(), FakeWorkspace()
    ports = fakes.make(github=FakeGitHub(facts=FACTS), runner=runner, workspace=workspace)
    given = {
        "images": "ghcr.io/octo/App",
        "annotation_levels": "manifest",
        "sep_labels": "|",
        "bake_target": "app",
    }

    run(PUSH, ports, **given)

    labels = {
        f"{PREFIX}created": "2026-11-23T11:36:05.000Z",
        f"{PREFIX}description": "An app",
        f"{PREFIX}licenses": "Apache-2.0",
        f"{PREFIX}revision": SHA,
        f"{PREFIX}source": "https://github.com/octo/App",
        f"{PREFIX}title": "app",
        f"{PREFIX}url": "https://github.com/octo/App",
        f"{PREFIX}version": "main",
    }
    annotations = [f"manifest:{key}={value}" for key, value in labels.items()]
    whole = {
        "tags": ["ghcr.io/octo/app:main"],
        "tag-names": ["main"],
        "labels": labels,
        "annotations": annotations,
    }
    assert runner.outputs == {
        "version": "main",
        "tags": "ghcr.io/octo/app:main",
        "tag-names": "main",
        "labels": "|".join(f"{key}={value}" for key, value in labels.items()),
        "annotations": "\n".join(annotations),
        "json": json.dumps(whole, separators=(",", ":")),
        "bake-file-tags": "/temp/docker-metadata-action-bake-tags.json",
        "bake-file-labels": "/temp/docker-metadata-action-bake-labels.json",
        "bake-file-annotations": "/temp/docker-metadata-action-bake-annotations.json",
        "bake-file": "/temp/docker-metadata-action-bake.json",
    }
    assert runner.exported == {
        f"DOCKER_METADATA_OUTPUT_{name.upper().replace('-', '_')}": value
        for name, value in runner.outputs.items()
    }
    assert json.loads(workspace.files["/temp/docker-metadata-action-bake-tags.json"]) == {
        "target": {
            "app": {
                "tags": ["ghcr.io/octo/app:main"],
                "args": {"DOCKER_META_IMAGES": "ghcr.io/octo/app", "DOCKER_META_VERSION": "main"},
            }
        }
    }


def test_run__exports_nothing_where_switched_off() -> None:
    runner = FakeRunner()

    run(
        PUSH,
        fakes.make(
            github=FakeGitHub(facts=FACTS),
            runner=runner,
            environ={"DOCKER_METADATA_SET_OUTPUT_ENV": "false"},
        ),
    )

    assert (runner.exported, runner.outputs["version"]) == ({}, "main")


def test_run__logs_what_it_computed(caplog: pytest.LogCaptureFixture) -> None:
    runner = FakeRunner()

    with caplog.at_level(logging.INFO, "ghcr_action"):
        run(
            PUSH,
            fakes.make(github=FakeGitHub(facts=FACTS), runner=runner),
            images="a/b",
            annotation_levels="index",
        )

    assert runner.groups == ["Metadata"]
    assert caplog.messages[:3] == ["Version: main", "Tags:", "  a/b:main"]
    assert f"  {PREFIX}title=app" in caplog.messages
    assert f"  index:{PREFIX}title=app" in caplog.messages


def test_run__without_a_tag_says_why(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "ghcr_action"):
        run(tags="type=ref,event=tag")

    assert [record.message for record in caplog.records if record.levelno > logging.INFO] == [
        "no tag is generated: no rule of the input tags yields one for this event",
        "tags: 'type=ref,event=tag' yields nothing: 'refs/heads/main' is not a tag",
    ]
    assert "Version: none" in caplog.messages


def test_gather__without_github_takes_the_event() -> None:
    found = run(PUSH, fakes.make())

    assert found.warnings == ()  # the adapter has warned already
    assert {key: value for key, value in found.labels.items() if key != f"{PREFIX}created"} == {
        f"{PREFIX}description": "",
        f"{PREFIX}licenses": "",
        f"{PREFIX}revision": SHA,
        f"{PREFIX}source": "https://github.com/octo/App",
        f"{PREFIX}title": "App",
        f"{PREFIX}url": "https://github.com/octo/App",
        f"{PREFIX}version": "main",
    }


def test_gather__outside_a_workflow_knows_no_url() -> None:
    found = run(Event(name="", ref="", sha="", repository=""), fakes.make(), tags="dev")

    assert (found.tag_names, found.labels[f"{PREFIX}source"], found.labels[f"{PREFIX}title"]) == (
        ("dev",),
        "",
        "",
    )


EPOCHS = {
    "given": ("1767225600", "2026-01-01T00:00:00.000Z"),
    "zero": ("0", "1970-01-01T00:00:00.000Z"),
    "empty": ("", "2026-11-23T11:36:05.000Z"),
}


@pytest.mark.parametrize(("epoch", "expected"), EPOCHS.values(), ids=EPOCHS)
def test_gather__source_date_epoch(epoch: str, expected: str) -> None:
    ports = fakes.make(github=FakeGitHub(facts=FACTS), environ={"SOURCE_DATE_EPOCH": epoch})

    assert run(PUSH, ports).labels[f"{PREFIX}created"] == expected


@pytest.mark.parametrize("epoch", ["today", "1.5", "99999999999999999999"])
def test_gather__source_date_epoch_wrong(epoch: str) -> None:
    ports = fakes.make(environ={"SOURCE_DATE_EPOCH": epoch})

    with pytest.raises(SettingsError, match=f"SOURCE_DATE_EPOCH is '{epoch}'"):
        run(PUSH, ports)


COMMITTED = "type=raw,value={{commit_date 'YYYYMMDD-HHmm'}}"
APRIL = datetime(2026, 4, 1, 12, 30, tzinfo=UTC)


def pushed(*commits: tuple[str, str], **payload: Any) -> Event:
    return event(
        "push",
        "refs/heads/main",
        commits=[{"id": sha, "timestamp": at} for sha, at in commits],
        **payload,
    )


DATES = {
    "of the payload's commits": (
        pushed((HEAD, "2026-01-01T00:00:00Z"), (SHA, "2026-02-02T10:00:00+02:00")),
        {},
        "20260202-0800",
    ),
    "of the payload's head": (
        pushed(head_commit={"id": SHA, "timestamp": "2026-03-03T00:00:00Z"}),
        {},
        "20260303-0000",
    ),
    "without a zone": (pushed((SHA, "2026-02-02T10:00:00")), {}, "20260202-1000"),
    "of GitHub": (PUSH, {SHA: APRIL}, "20260401-1230"),
    "of GitHub, where the payload's is no date": (
        pushed((SHA, "yesterday")),
        {SHA: APRIL},
        "20260401-1230",
    ),
    "of a pull request's commit": (
        event("pull_request", "refs/pull/7/merge", pull_request=PULL),
        {SHA: APRIL},
        "20260401-1230",
    ),
}


@pytest.mark.parametrize(("happened", "dates", "expected"), DATES.values(), ids=DATES)
def test_gather__commit_date(happened: Event, dates: dict[str, datetime], expected: str) -> None:
    ports = fakes.make(github=FakeGitHub(facts=FACTS, dates=dates))

    assert run(happened, ports, tags=COMMITTED).tag_names == (expected,)


def test_gather__commit_date_of_a_pull_requests_head() -> None:
    happened = event("pull_request", "refs/pull/7/merge", pull_request=PULL)
    ports = fakes.make(github=FakeGitHub(facts=FACTS, dates={HEAD: APRIL}))

    found = run(happened, ports, tags=COMMITTED, pr_sha="head")

    assert (found.tag_names, found.labels[f"{PREFIX}revision"]) == (("20260401-1230",), HEAD)
    assert found.labels["com.github.pull-request.merge-revision"] == SHA


@pytest.mark.parametrize(
    "happened",
    [PUSH, Event(name="push", ref="refs/heads/main", sha="", repository="")],
    ids=["commit", "no commit"],
)
def test_gather__commit_date_that_nobody_knows(happened: Event) -> None:
    found = run(happened, tags=COMMITTED)

    assert found.tag_names == ("20261123-1136",)
    assert found.warnings == (
        "the date of the commit is not known: {{commit_date}} is the time of this run",
    )


class SilentGitHub(FakeGitHub):
    """Fails the test that asks for a date."""

    def commit_date(self, sha: str) -> datetime | None:
        raise AssertionError(sha)


@pytest.mark.parametrize("known", ["by an epoch", "by the work tree"])
def test_gather__github_is_asked_for_the_commit_only_where_nobody_else_knows(known: str) -> None:
    git = FakeGit(dates={PUSH.sha: APRIL}) if known == "by the work tree" else FakeGit()
    environ = (
        {} if known == "by the work tree" else {"SOURCE_DATE_EPOCH": f"{APRIL.timestamp():.0f}"}
    )
    ports = fakes.make(github=SilentGitHub(facts=FACTS), git=git)

    found = run(PUSH, replace(ports, environ=environ))

    assert found.tag_names == ("main",)
    assert found.labels[f"{PREFIX}created"].startswith("2026-04-01T")


def test_gather__the_image_is_as_old_as_its_commit_and_the_date_is_that_of_the_run() -> None:
    pushed = replace(PUSH, commit_dates=((PUSH.sha, "2026-04-01T12:30:00Z"),))
    ports = fakes.make(github=FakeGitHub(facts=FACTS))

    found = run(pushed, ports, tags="type=raw,value={{date 'YYYY'}}")

    assert found.tag_names == (f"{FakeClock().now():%Y}",)
    assert found.labels[f"{PREFIX}created"].startswith("2026-04-01T")
    assert f"manifest:{PREFIX}created={found.labels[f'{PREFIX}created']}" in found.annotations


TREES = {
    "branch": (("refs/heads/topic", HEAD), "topic sha-f117972"),
    "tag": (("refs/tags/v1.2.3", HEAD), "1.2.3 v1.2.3 sha-f117972 latest"),
    "pull request": (("refs/pull/12/merge", HEAD), "pr-12 sha-f117972"),
}


@pytest.mark.parametrize(("head", "expected"), TREES.values(), ids=TREES)
def test_gather__from_the_work_tree(head: tuple[str, str], expected: str) -> None:
    ports = fakes.make(github=FakeGitHub(facts=FACTS), git=FakeGit(checked_out=head))

    found = run(PUSH, ports, tags=RULES, metadata_context="git")

    assert " ".join(found.tag_names) == expected
    assert found.labels[f"{PREFIX}revision"] == HEAD


def test_gather__commit_date_of_the_work_tree() -> None:
    git = FakeGit(checked_out=("refs/heads/topic", HEAD), dates={HEAD: APRIL})
    ports = fakes.make(github=SilentGitHub(facts=FACTS), git=git)

    assert run(PUSH, ports, tags=COMMITTED, metadata_context="git").tag_names == ("20260401-1230",)


def test_gather__without_a_work_tree() -> None:
    with pytest.raises(SettingsError, match="metadata-context: git needs a repository") as caught:
        run(metadata_context="git")

    assert (
        caught.value.fix
        == "put a step `uses: actions/checkout` before this one, or leave metadata-context out"
    )


def test_gather__tells_what_the_work_tree_can_not() -> None:
    problem = SettingsError("HEAD is on no branch and no tag")

    with pytest.raises(SettingsError, match="HEAD is on no branch and no tag"):
        run(PUSH, fakes.make(git=FakeGit(checked_out=problem)), metadata_context="git")
