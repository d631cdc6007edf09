"""The words that a command line begins with: the modes of the action, and the small commands beside
them.

Each says which of its arguments need no flag.
"""

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


def _own(does: str, mode: str, *operands: tuple[str, str], result: str) -> Verb:
    return Verb(
        does=does,
        mode=mode,
        operands=tuple(name for name, _ in operands),
        inputs=tuple(name for _, name in operands),
        is_own=True,
        is_quiet=mode == "inspect",
        result=(result,),
    )


_KNOWN = {
    "publish": _mode("publish", ("NAME…", "tags")),
    "metadata": _mode("metadata", ("NAME…", "images"), is_quiet=True, result=("tags",)),
    "comment": _mode("comment", ("FILE", "report"), result=("comment-url",)),
    "promote": _mode("promote", ("SRC", "source"), ("DST…", "tags")),
    "pull": _mode("pull", ("REF", "source")),
    "inspect": _mode("inspect", ("REF…", "source"), is_quiet=True),
    "visibility": _mode("visibility", ("NAME…", "images"), is_quiet=True, result=("visibility",)),
    "cleanup": _mode("cleanup", ("NAME…", "packages"), result=("freed",)),
}
OWN: Mapping[str, Verb] = {
    "copy": _own(
        "copy an image to another name, or every tag of a repository with --all-tags",
        "promote",
        ("SRC", "source"),
        ("DST", "tags"),
        result="image",
    ),
    "tags": _own("list the tags of a repository", "inspect", ("NAME", "source"), result="tags"),
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


def given(verb: Verb, operands: Sequence[str]) -> dict[str, str]:
    """The inputs that the operands stand for, several of one input on lines of their own.

    Raises InvalidValue where there are too many, or where one is missing that others follow.
    """
    takes_more = verb.operands and verb.operands[-1].endswith("…")
    names = [*verb.inputs, *verb.inputs[-1:] * max(0, len(operands) - len(verb.inputs))]
    if len(operands) > len(verb.inputs) and not takes_more:
        raise InvalidValue(f"{operands[len(verb.inputs)]!r} belongs to no flag")
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
