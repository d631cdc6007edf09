"""`mode: publish`, from settings and facts to the whole plan: each row is one workflow, and
golden/publish.txt holds every field of what it leads to."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from ghcr_action.attestation import instances
from ghcr_action.errors import ActionError, PolicyRefused, SettingsError
from ghcr_action.plans import publish
from ghcr_action.plans.attest import Attesting, Unattested
from ghcr_action.plans.publish import Facts, Plan
from ghcr_action.values.engine import BuilderFacts
from ghcr_action.values.event import Event
from tests.fakes.events import fork_pull_request, pull_request_event, push_event, tag_event
from tests.unit.plans import whole
from tests.unit.plans.given import (
    AMD64,
    ARM64,
    CLASSIC,
    build_facts,
    decision,
    metadata,
    settings,
)

FILE = "publish.txt"
RULES = "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}\ntype=ref,event=branch"
SIGNED = Attesting(instance=instances.PUBLIC, server="https://github.com", repository="octo/app")
UNSIGNED = Unattested(why="the job has no token that says who it is")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One workflow, and where it runs."""

    given: dict[str, str] = field(default_factory=dict)
    event: Event = field(default_factory=push_event)
    build: dict[str, Any] = field(default_factory=dict)
    there: str = ""
    """The tags that octo/app has."""
    attest: Attesting | Unattested = UNSIGNED
    cannot_push: str = ""


TAGS = {"images": "ghcr.io/octo/app", "tags": RULES}
MULTI = {"platforms": "linux/amd64,linux/arm64"}
CLOUD_NODES = "- name: arm\n  endpoint: ssh://arm\n  platforms: linux/arm64\n"
ROWS = {
    "a push to main": Row(given=TAGS),
    "a release, signed": Row(given=TAGS, event=tag_event(), there="1.2.2 1 latest", attest=SIGNED),
    "an older release": Row(given=TAGS, event=tag_event(), there="1.3.0 1 latest"),
    "a protected tag that exists": Row(
        given=TAGS | {"immutable-tags": "*.*.*"}, event=tag_event(), there="1.2.3"
    ),
    "every name is kept": Row(
        given={"tags": "ghcr.io/octo/app:1.2.3", "immutable-tags": "*", "if-exists": "skip"},
        there="1.2.3",
    ),
    "two platforms, one emulated, two registries": Row(
        given=TAGS | MULTI | {"images": "ghcr.io/octo/app\nquay.io/octo/app"}
    ),
    "matrix job, by digest, cached": Row(
        given=TAGS | {"platforms": "linux/arm64", "push-by-digest": "true", "cache": "registry"}
    ),
    "matrix job of a fork": Row(
        given=TAGS | {"platforms": "linux/arm64", "push-by-digest": "true"},
        event=fork_pull_request(),
    ),
    "a pull request, loaded": Row(
        given=TAGS | {"tags": "type=ref,event=pr", "load": "true", "push": "false"},
        event=pull_request_event(),
    ),
    "pushed and loaded": Row(given=TAGS | {"load": "true", "no-cache": "true"}),
    "tested first, from scratch": Row(
        given=TAGS | MULTI | {"test": "docker run $IMAGE true", "no-cache": "true"}
    ),
    "checks that must hold": Row(given=TAGS | {"checks": "error"}),
    "call": Row(given=TAGS | {"call": "check"}),
    "the token can't push": Row(given=TAGS, cannot_push="the job's token can only read packages"),
    "classic store": Row(given=TAGS, build={"engine": CLASSIC}, attest=SIGNED),
    "classic store, loaded and tested": Row(
        given=TAGS | {"load": "true", "test": "true"}, build={"engine": CLASSIC}
    ),
    "classic store, two platforms": Row(given=TAGS | MULTI, build={"engine": CLASSIC}),
    "classic store, by digest": Row(
        given=TAGS | {"push-by-digest": "true"}, build={"engine": CLASSIC}
    ),
    "docker-container, configured": Row(
        given=TAGS
        | {
            "driver": "docker-container",
            "driver-opts": "image=moby/buildkit:v0.26.0",
            "buildkitd-config-inline": "[worker.oci]\n",
            "keep-state": "true",
        }
    ),
    "several nodes": Row(
        given=TAGS | MULTI | {"driver": "docker-container", "append": CLOUD_NODES}
    ),
    "remote with TLS": Row(
        given=TAGS
        | {
            "driver": "remote",
            "endpoint": "tcp://buildkit:1234",
            "BUILDER_NODE_0_AUTH_TLS_CACERT": "CA",
        }
    ),
    "kubernetes, kept": Row(
        given=TAGS | {"driver": "kubernetes", "driver-opts": "namespace=ci", "cleanup": "false"}
    ),
    "a builder that is there": Row(
        given=TAGS | MULTI | {"builder": "mine"},
        build={"builder": BuilderFacts(driver="docker-container", platforms=(AMD64, ARM64))},
    ),
    "the engine by its builder's name": Row(
        given=TAGS | {"builder": "desktop", "add-hosts": "host:host-gateway"},
        build={"builder": BuilderFacts(driver="docker", host_gateway="192.0.2.1")},
    ),
    "secrets, caches and an output beside": Row(
        given=TAGS
        | {
            "secrets": "npm=s3cret",
            "cache-from": "type=gha",
            "cache-to": "type=gha,mode=max",
            "outputs": "type=oci,dest=image.tar",
            "build-args": "A=1",
            "labels": "x=y",
            "provenance": "false",
            "sbom": "true",
            "env": "DEBUG=1",
        }
    ),
}


def facts_of(row: Row, found: Any) -> Facts:
    """What was read."""
    known = metadata(found.metadata.request, row.event)
    return Facts(
        build=build_facts(**row.build),
        metadata=known,
        decision=decision(found.names, known, found.policy, row.event, row.there),
        attest=row.attest,
        cannot_push=row.cannot_push,
    )


def plan(row: Row, **more: str) -> Plan:
    """The plan of a row."""
    found = settings("publish", row.given | more, row.event)
    return publish.make(found, facts_of(row, found))


def planned() -> dict[str, Plan]:
    """Every row."""
    return {title: plan(row) for title, row in ROWS.items()}


def test_make__the_whole_plan_of_each_row() -> None:
    assert whole.rows(planned()) == whole.read(FILE)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_make__a_dry_run_has_the_same_plan(row: Row) -> None:
    assert plan(row) == plan(row, **{"dry-run": "true"})


def test_make__no_warning_of_an_annotation_that_is_there() -> None:
    """Loading is a call of its own, which has no attestation and so no index; the push has both."""
    found = plan(Row(given={"tags": "quay.io/octo/app:1", "load": "true"}))

    assert "index:a=b" in found.build.arguments
    assert found.warnings == ()


REFUSED: dict[str, tuple[Row, type[ActionError], str]] = {
    "no tag": (
        Row(given=TAGS | {"tags": "type=semver,pattern={{version}}"}),
        SettingsError,
        "There is no tag to publish under",
    ),
    "no such builder": (
        Row(given=TAGS | {"builder": "mine"}),
        SettingsError,
        "There is no builder `mine`",
    ),
    "signing required, and the engine writes the tags": (
        Row(
            given=TAGS,
            build={"engine": CLASSIC},
            attest=Attesting(instance=instances.PUBLIC, is_required=True),
        ),
        SettingsError,
        "`attest: true`, and this engine writes the tags itself",
    ),
    "a protected tag, and the engine writes the tags": (
        Row(given=TAGS | {"immutable-tags": "main"}, there="main", build={"engine": CLASSIC}),
        PolicyRefused,
        "A tag of `immutable-tags` exists",
    ),
}


@pytest.mark.parametrize(("row", "kind", "what"), REFUSED.values(), ids=REFUSED)
def test_make__what_is_refused_before_anything_is_built(
    row: Row, kind: type[ActionError], what: str
) -> None:
    found = settings("publish", row.given, row.event)

    with pytest.raises(kind, match=f"^{what}"):
        publish.make(found, facts_of(row, found))
