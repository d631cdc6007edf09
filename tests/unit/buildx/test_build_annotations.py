"""Annotation items: read, printed, and cut to what a lone manifest holds."""

import pytest

from ghcr_action.buildx import annotations
from ghcr_action.buildx.annotations import Annotation

PARSED = {
    "plain": ("a=b", (), "a", "b"),
    "value-with-equals": ("a=b=c", (), "a", "b=c"),
    "value-with-colon": ("a=https://x", (), "a", "https://x"),
    "empty-value": ("a=", (), "a", ""),
    "level": ("index:a=b", ("index",), "a", "b"),
    "levels": ("index,manifest:a=b", ("index", "manifest"), "a", "b"),
    "platform": ("manifest[linux/amd64]:a=b", ("manifest[linux/amd64]",), "a", "b"),
    "levels-with-platform": (
        "manifest-descriptor[linux/arm/v7],index-descriptor:a=b:c",
        ("manifest-descriptor[linux/arm/v7]", "index-descriptor"),
        "a",
        "b:c",
    ),
}


@pytest.mark.parametrize(("text", "levels", "key", "value"), PARSED.values(), ids=PARSED)
def test_parse__and_print(text: str, levels: tuple[str, ...], key: str, value: str) -> None:
    parsed = Annotation.parse(text)

    assert parsed == Annotation(levels=levels, key=key, value=value)
    assert str(parsed) == text


LONE = {
    "no-level": ("a=b", "a=b"),
    "manifest": ("manifest:a=b", "manifest:a=b"),
    "manifest-descriptor": ("manifest-descriptor:a=b", "manifest-descriptor:a=b"),
    "manifest-of-platform": ("manifest[linux/amd64]:a=b", "manifest[linux/amd64]:a=b"),
    "index": ("index:a=b", None),
    "index-descriptor": ("index-descriptor:a=b", None),
    "both-index-levels": ("index,index-descriptor:a=b", None),
    "index-of-platform": ("index[linux/amd64]:a=b", None),
    "index-with-blank": ("index :a=b", None),
    "index-and-manifest": ("index,manifest:a=b", "manifest:a=b"),
    "manifest-and-index": ("manifest,index:a=b", "manifest:a=b"),
    "three": ("manifest,index,manifest-descriptor:a=b", "manifest,manifest-descriptor:a=b"),
    "unknown-level": ("page:a=b", "page:a=b"),
    "not-a-level-at-all": ("In Dex:a=b", "In Dex:a=b"),
    "value-that-looks-like-one": ("a=index:b", "a=index:b"),
}


@pytest.mark.parametrize(("text", "kept"), LONE.values(), ids=LONE)
def test_passed__to_a_lone_manifest(text: str, kept: str | None) -> None:
    assert annotations.passed(("x=y", text), makes_index=False) == (
        ("x=y", kept) if kept else ("x=y",)
    )
    assert annotations.dropped(("x=y", text), makes_index=False) == (() if kept else (text,))


@pytest.mark.parametrize("text", [text for text, _ in LONE.values()], ids=LONE)
def test_passed__to_an_index(text: str) -> None:
    assert annotations.passed((text,), makes_index=True) == (text,)
    assert annotations.dropped((text,), makes_index=True) == ()
