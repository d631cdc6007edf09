"""What people write in the place of what an input takes, and what they meant."""

import re
from collections.abc import Iterable

_BLOCK_ITEM = r"-\s+(?P<item>(?:\S.*)?)"
_FLOW = r"\[(?P<items>[^\[\]]*)\]"
_PART = "\"[^\"]*\"|'[^']*'|[^,\\s][^,]*"
_YES, _NO = ("yes", "y", "on", "1", "t", "enabled"), ("no", "n", "off", "0", "f", "disabled")
_OTHER_NAMES = {
    "arch": "platforms",
    "archs": "platforms",
    "build-context": "context",
    "build-extra-args": "build-args",
    "build-file": "file",
    "buildargs": "build-args",
    "containerfile": "file",
    "containerfiles": "file",
    "directory": "context",
    "dockerfile": "file",
    "image": "images",
    "image-name": "images",
    "image-tag": "tags",
    "metadata-tags": "tags",
    "name": "images",
    "package-name": "packages",
    "path": "context",
    "push-image": "push",
    "repository": "images",
    "tag-names": "tags",
    "token": "github-token",
    "workdir": "context",
}
"""Names that other actions have for one of ours."""
_OF_OTHERS = frozenset(
    {
        "build-platform",
        "buildx-fallback",
        "cache-binary",
        "cache-image",
        "content",
        "ecr",
        "entrypoint",
        "estargz",
        "install",
        "lint",
        "lint-fail-on",
        "port",
        "project",
        "reset",
        "save",
        "save-tag",
        "save-tags",
        "sbom-dir",
        "scope",
        "use",
        "version",
    }
)
"""Inputs of other actions that none of ours stands for, however near: blocks of theirs are pasted
here."""
_NEAR = 0.8
"""How much of two names is the same where one is taken for a typo of the other."""


def yaml_items(text: str) -> tuple[str, ...]:
    """The items of a text that is a YAML list, ``- a`` on every line or ``[a, b]``; nothing where
    it is not one.

    A set of characters in a glob, ``[0-9]``, is none: there is neither a quote nor a separator with
    a blank in it.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = [re.fullmatch(_BLOCK_ITEM, line) for line in lines]
    if lines and all(found):
        return tuple(_bare(each["item"]) for each in found if each)
    flow = re.fullmatch(_FLOW, text.strip())
    if flow and re.search(r"[\"'\n]|,\s", flow["items"]):
        return _json(text) or tuple(map(_bare, re.findall(_PART, flow["items"])))
    return ()


def _json(text: str) -> tuple[str, ...]:
    """The items of a JSON list; an object is ``key=value,…``. Nothing where it is none."""
    import json

    try:
        found = json.loads(text)
    except ValueError:
        return ()
    return tuple(
        ",".join(
            f"{key}={value if isinstance(value, str) else json.dumps(value)}"
            for key, value in each.items()
        )
        if isinstance(each, dict)
        else str(each)
        for each in found
    )


def boolean(text: str) -> str:
    """``true`` or ``false`` for a word that means it elsewhere; empty for any other."""
    return "true" if text.lower() in _YES else "false" if text.lower() in _NO else ""


def word(text: str, words: Iterable[str]) -> str:
    """The nearest of a few words; the first where none is near."""
    import difflib

    known = tuple(words)
    return next(iter(difflib.get_close_matches(text.lower(), known, n=1)), known[0])


def name(text: str, names: Iterable[str]) -> str:
    """The input that somebody may have meant; empty where none is near, and for an input of
    another action that none of ours stands for."""
    word = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", text).replace("_", "-").lower()
    if word in _OF_OTHERS:
        return ""
    return _OTHER_NAMES.get(word, "") or near(word, names)


def near(text: str, names: Iterable[str]) -> str:
    """The name that a text is a slip of; empty where none is."""
    import difflib

    return next(iter(difflib.get_close_matches(text, tuple(names), n=1, cutoff=_NEAR)), "")


def _bare(text: str) -> str:
    stripped = text.strip()
    return (
        stripped[1:-1]
        if len(stripped) > 1 and stripped[0] == stripped[-1] and stripped[0] in "\"'"
        else stripped
    )
