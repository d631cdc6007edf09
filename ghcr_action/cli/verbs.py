"""The words that a command line begins with: the modes of the action, and the small commands beside
them.

Each says which of its arguments need no flag.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ghcr_action.errors import InvalidValue
from ghcr_action.inputs.modes import MODES


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One word, and what it does."""

    does: str
    mode: str
    """The mode whose inputs it reads."""
    operands: tuple[str, ...] = ()
    """What stands there without a flag, as help shows it: ``SRC``, ``DST…`` for one or more."""
    inputs: tuple[str, ...] = ()
    """The input that each operand gives."""
    names_repositories: bool = False
    """Whether each operand is a repository, and never a tag of one."""
    is_own: bool = False
    """Whether this is no mode of the action."""
    is_quiet: bool = False
    """Whether the end says all that the log would say."""
    result: tuple[str, ...] = ("images", "image", "digest")
    """Outputs of which the first that is known is the last thing a person reads."""


def _mode(mode: str, *operands: tuple[str, str], **more: object) -> Verb:
    names = tuple(name for name, _ in operands)
    given = tuple(name for _, name in operands)
    return Verb(does=MODES[mode], mode=mode, operands=names, inputs=given, **more)  # type: ignore[arg-type]


def _own(
    does: str, mode: str, *operands: tuple[str, str], result: str, names_repositories: bool = False
) -> Verb:
    return Verb(
        does=does,
        mode=mode,
        operands=tuple(name for name, _ in operands),
        inputs=tuple(name for _, name in operands),
        names_repositories=names_repositories,
        is_own=True,
        is_quiet=mode == "inspect",
        result=(result,),
    )


_KNOWN = {
    "publish": _mode("publish", ("NAME…", "tags")),
    "metadata": _mode(
        "metadata",
        ("NAME…", "images"),
        names_repositories=True,
        is_quiet=True,
        result=("tags",),
    ),
    "comment": _mode("comment", ("FILE", "report"), result=("comment-url",)),
    "promote": _mode("promote", ("SRC", "source"), ("DST…", "tags")),
    "pull": _mode("pull", ("REF", "source")),
    "inspect": _mode("inspect", ("REF…", "source"), is_quiet=True),
    "visibility": _mode(
        "visibility",
        ("NAME…", "images"),
        names_repositories=True,
        is_quiet=True,
        result=("visibility",),
    ),
    "cleanup": _mode("cleanup", ("NAME…", "packages"), names_repositories=True, result=("freed",)),
}
OWN: Mapping[str, Verb] = {
    "copy": _own(
        "copy an image to another name, or every tag of a repository with --all-tags",
        "promote",
        ("SRC", "source"),
        ("DST", "tags"),
        result="image",
    ),
    "tags": _own(
        "list the tags of a repository",
        "inspect",
        ("NAME", "source"),
        result="tags",
        names_repositories=True,
    ),
    "digest": _own("print the digest of an image", "inspect", ("REF", "source"), result="digest"),
    "diff": _own(
        "compare two images by layers and labels",
        "inspect",
        ("A", "source"),
        ("B", "source"),
        result="diff",
    ),
    "untag": _own(
        "take tags away, and leave the images", "inspect", ("REF…", "source"), result="untagged"
    ),
}
"""Commands that no workflow has."""
VERBS: Mapping[str, Verb] = {
    **{mode: _KNOWN.get(mode) or _mode(mode) for mode in MODES},
    **OWN,
}


def given(verb: Verb, operands: Sequence[str], inputs: Mapping[str, str]) -> dict[str, str]:
    """The inputs that the operands stand for beside those with a flag, several of one input on
    lines of their own.

    Raises InvalidValue where there are too many, or where one is no name: a variable of the shell
    that is empty would mean the image of the work tree, ``.`` a tag.
    """
    takes_more = verb.operands and verb.operands[-1].endswith("…")
    names = [*verb.inputs, *verb.inputs[-1:] * max(0, len(operands) - len(verb.inputs))]
    if len(operands) > len(verb.inputs) and not takes_more:
        raise InvalidValue(f"{operands[len(verb.inputs)]!r} belongs to no flag")
    for name, operand in zip(names, operands, strict=False):
        _check(operand, is_file=name == "report", has_context=verb.mode == "publish")
        if verb.names_repositories:
            check_repository(operand)
    if verb.mode == "publish" and operands:
        return _published(operands, inputs)
    found: dict[str, str] = {}
    for name, operand in zip(names, operands, strict=False):
        found[name] = f"{found[name]}\n{operand}" if name in found else operand
    return found


def missing(verb: Verb, operands: Sequence[str], inputs: Mapping[str, str]) -> str:
    """The operand of a command of ours that is not there; empty where none is missing."""
    if not verb.is_own or len(operands) >= len(verb.operands):
        return ""
    name, taken = verb.operands[len(operands)], verb.inputs[len(operands)]
    return "" if inputs.get(taken) and not operands else name.rstrip("…")


def check_repository(text: str) -> None:
    """Raises InvalidValue for a tag or a digest where a repository is meant."""
    if tag := _behind(text):
        kind = "digest" if tag.startswith("@") else "tag"
        raise InvalidValue(
            f"{text!r} has a {kind}, and a repository stands there; write {text.removesuffix(tag)}"
        )


def _check(operand: str, *, is_file: bool, has_context: bool) -> None:
    """Raises InvalidValue."""
    if not operand.strip():
        raise InvalidValue("a name is empty: the shell's variable may not be set")
    if re.match(r"[.~/]", operand) and not is_file:
        hint = f"; the build context is --context {operand}" if has_context else ""
        raise InvalidValue(f"{operand!r} is a path, and the name of an image stands there{hint}")


def _published(operands: Sequence[str], inputs: Mapping[str, str]) -> dict[str, str]:
    """The names to publish. What ``--tags`` says is for these repositories, and no other; without
    it a name that has no tag is ``latest``."""
    from ghcr_action.names import asked

    texts = [text if "/" not in text or _behind(text) else f"{text}:latest" for text in operands]
    named = [text for text in operands if "/" in text or _behind(text)]
    if not named or inputs.get("images") or not asked.has_rules(inputs.get("tags", "")):
        return {"tags": "\n".join(texts)}
    repositories = dict.fromkeys(text.removesuffix(_behind(text)) for text in named)
    found = {"images": "\n".join(repositories)}
    tags = [text for text in operands if text not in repositories]
    return found | ({"tags": "\n".join(tags)} if tags else {})


def _behind(text: str) -> str:
    from ghcr_action.values import tag

    return tag.behind(text)
