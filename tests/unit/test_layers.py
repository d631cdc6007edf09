"""What changed between two images, by table."""

import pytest

from ghcr_action.images import layers
from ghcr_action.images.facts import PlatformFacts
from ghcr_action.images.layers import Change, Comparison, Kind, Layer
from ghcr_action.values.image_config import ImageConfig, Instruction
from ghcr_action.values.oci import Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest
from tests.fakes.engine import image

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")


def layer(name: str, size: int, command: str = "") -> Layer:
    return Layer(digest=Digest.of(name.encode()), size=size, command=command)


BASE, PIP, APP, APP2, CONFIG = (
    layer("base", 40),
    layer("pip", 20, "RUN pip install"),
    layer("app", 5, "COPY app /app"),
    layer("app 2", 6, "COPY app /app"),
    layer("config", 1, "COPY config /etc"),
)


@pytest.mark.parametrize(
    ("before", "after", "expected", "fresh"),
    [
        (
            (BASE, APP),
            (BASE, APP),
            [(Kind.UNCHANGED, "", 40, 40), (Kind.UNCHANGED, "COPY app /app", 5, 5)],
            0,
        ),
        (
            (BASE, APP),
            (BASE, APP2),
            [(Kind.UNCHANGED, "", 40, 40), (Kind.CHANGED, "COPY app /app", 5, 6)],
            6,
        ),
        (
            (BASE, APP),
            (BASE, PIP, APP2),
            [
                (Kind.UNCHANGED, "", 40, 40),
                (Kind.ADDED, "RUN pip install", None, 20),
                (Kind.CHANGED, "COPY app /app", 5, 6),
            ],
            26,
        ),
        (
            (BASE, CONFIG),
            (BASE,),
            [(Kind.UNCHANGED, "", 40, 40), (Kind.REMOVED, "COPY config /etc", 1, None)],
            0,
        ),
        (
            (BASE,),
            (layer("new base", 50),),
            [(Kind.ADDED, "", None, 50), (Kind.REMOVED, "", 40, None)],
            50,
        ),
        (
            (APP, APP),
            (APP2, APP),
            [(Kind.CHANGED, "COPY app /app", 5, 6), (Kind.UNCHANGED, "COPY app /app", 5, 5)],
            6,
        ),
        ((), (), [], 0),
    ],
    ids=[
        "nothing",
        "changed",
        "added and changed",
        "removed",
        "unknown instructions never match",
        "the digest comes first",
        "empty",
    ],
)
def test_compare__layers(
    before: tuple[Layer, ...],
    after: tuple[Layer, ...],
    expected: list[tuple[Kind, str, int | None, int | None]],
    fresh: int,
) -> None:
    found = layers.compare(before, after)

    assert found == Comparison(
        changes=tuple(Change(kind=k, command=c, before=b, after=a) for k, c, b, a in expected)
    )
    assert (found.before, found.after, found.fresh) == (
        sum(each.size for each in before),
        sum(each.size for each in after),
        fresh,
    )
    assert sum(found.count(kind) for kind in Kind) == len(found.changes)


def test_of__instructions_as_the_dockerfile_has_them() -> None:
    manifest = image([AMD64])[0]
    assert isinstance(manifest, Manifest)
    history = (
        Instruction(command="/bin/sh -c #(nop) ADD file:1 in / "),
        Instruction(command="ENV a=b", is_empty=True),
        Instruction(command="RUN /bin/sh -c pip   install x # buildkit"),
    )

    assert [each.command for each in layers.of(manifest, ImageConfig(history=history))] == [
        "ADD file:1 in /",
        "RUN pip install x",
    ]
    assert [each.command for each in layers.of(manifest, ImageConfig(history=history[:1]))] == [
        "",
        "",
    ]


def test_by_platform__only_what_both_have() -> None:
    def facts(platform: Platform) -> PlatformFacts:
        manifest = image([platform])[0]
        assert isinstance(manifest, Manifest)
        return PlatformFacts(
            digest=manifest.descriptor.digest,
            manifest=manifest,
            config=ImageConfig(),
            platform=platform,
        )

    found = layers.by_platform([facts(AMD64)], [facts(AMD64), facts(ARM64)])

    assert list(found) == ["linux/amd64"]
    assert found["linux/amd64"].fresh == 0
