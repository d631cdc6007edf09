"""The builder of a run, whole: the choice, what makes and removes it, its files. golden/builder.txt
holds every field."""

from dataclasses import dataclass, field, replace
from typing import Any

from ghcr_action.buildx.builder import Argv, Bridge, Choice
from ghcr_action.plans import builder
from ghcr_action.values.engine import BuilderFacts
from ghcr_action.values.secret import Secret
from tests.unit.plans import whole
from tests.unit.plans.given import AMD64, CLASSIC, ENGINE, build_facts, settings

FILE = "builder.txt"


@dataclass(frozen=True, kw_only=True)
class Builder:
    """All that a plan says of it."""

    choice: Choice
    bridge: Bridge | None
    setup: tuple[Argv, ...]
    removal: Argv | None
    files: tuple[tuple[str, Secret], ...]


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is asked for, and what there is."""

    given: dict[str, str] = field(default_factory=dict)
    build: dict[str, Any] = field(default_factory=dict)
    digest_only: bool = False


CONTAINER = {"driver": "docker-container"}
ROWS = {
    "nothing asked": Row(),
    "by digest in the classic store": Row(build={"engine": CLASSIC}, digest_only=True),
    "two platforms in the classic store": Row(
        given={"platforms": "linux/amd64,linux/arm64"}, build={"engine": CLASSIC}
    ),
    "attestations, an OCI file and a cache in the classic store": Row(
        given={
            "provenance": "mode=max",
            "outputs": "type=oci,dest=image.tar",
            "cache-to": "type=gha",
        },
        build={"engine": CLASSIC},
    ),
    "the engine, asked for": Row(given={"driver": "docker"}, build={"engine": CLASSIC}),
    "named, and there": Row(
        given={"builder": "mine"},
        build={"builder": BuilderFacts(driver="docker-container", platforms=(AMD64,))},
    ),
    "named, and the engine of another context": Row(
        given={"builder": "desktop"}, build={"builder": BuilderFacts(driver="docker")}
    ),
    "named, and to be made": Row(given=CONTAINER | {"builder": "mine"}),
    "an old buildx and a configuration": Row(
        given=CONTAINER | {"buildkitd-config-inline": "[worker.oci]"},
        build={"engine": replace(ENGINE, buildx=(0, 12, 0))},
    ),
    "a configuration in the work tree": Row(
        given=CONTAINER | {"buildkitd-config": "buildkitd.toml"}
    ),
    "flags, a platform, its state kept": Row(
        given=CONTAINER
        | {
            "buildkitd-flags": "--debug",
            "builder-platforms": "linux/arm64",
            "keep-state": "true",
        }
    ),
    "two nodes with TLS": Row(
        given={
            "driver": "remote",
            "endpoint": "tcp://one:1234",
            "append": "- endpoint: tcp://two:1234",
            "BUILDER_NODE_0_AUTH_TLS_CACERT": "CA",
            "BUILDER_NODE_1_AUTH_TLS_KEY": "KEY",
        }
    ),
    "kubernetes, kept": Row(given={"driver": "kubernetes", "cleanup": "false"}),
}


def _made(row: Row) -> Builder:
    facts = build_facts(**row.build)
    found = settings("publish", {"tags": "ghcr.io/octo/app:1"} | row.given)
    asked = found.building.builder
    choice = builder.choose(asked, found.build, facts, digest_only=row.digest_only)
    bridge = builder.bridge(choice, facts)
    return Builder(
        choice=choice,
        bridge=bridge,
        setup=builder.setup(choice, facts, bridge),
        removal=builder.removal(choice),
        files=builder.files(choice),
    )


def planned() -> dict[str, Builder]:
    """Every row."""
    return {title: _made(row) for title, row in ROWS.items()}


def test_builder__whole() -> None:
    assert whole.rows(planned()) == whole.read(FILE)
