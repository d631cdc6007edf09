"""The ``flavor`` input: what holds for all rules, and who decides about ``latest``."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ghcr_action.errors import InvalidValue
from ghcr_action.inputs import lists
from ghcr_action.metadata import expressions
from ghcr_action.metadata.expressions import Template

_LATEST = {"auto": None, "true": True, "false": False}
EMPTY = expressions.parse("", expressions.GLOBAL)


@dataclass(frozen=True, kw_only=True)
class Flavor:
    """``latest`` is None for ``auto``: the first rule that yields a tag decides."""

    latest: bool | None = None
    prefix: Template = EMPTY
    suffix: Template = EMPTY
    prefix_latest: bool = False
    suffix_latest: bool = False


def parse(items: Sequence[str]) -> tuple[Flavor, tuple[str, ...]]:
    """The flavor and the problems found; several lines merge, the last word counts."""
    flavor = Flavor()
    problems: list[str] = []
    for item in items:
        try:
            flavor = _merged(flavor, item)
        except InvalidValue as error:
            problems.append(f"flavor: {item!r}: {error}")
    return flavor, tuple(problems)


def _merged(flavor: Flavor, item: str) -> Flavor:
    """``onlatest`` belongs to the prefix or suffix before it on the line; without one it has no
    effect, as in metadata-action."""
    owner = ""
    for key, value in ((key.lower(), value) for key, value in lists.attributes(item)):
        if key == "latest":
            flavor = replace(flavor, latest=_LATEST[_choice(key, value, *_LATEST)])
        elif key in ("prefix", "suffix"):
            owner = key
            template = expressions.parse(value, expressions.GLOBAL)
            flavor = (
                replace(flavor, prefix=template)
                if key == "prefix"
                else replace(flavor, suffix=template)
            )
        elif key == "onlatest":
            is_on = _choice(key, value, "true", "false") == "true"
            belongs = {
                "prefix": replace(flavor, prefix_latest=is_on),
                "suffix": replace(flavor, suffix_latest=is_on),
            }
            flavor = belongs.get(owner, flavor)
        else:
            raise InvalidValue(
                f"{key or value!r} is unknown: latest=, prefix=, suffix= and onlatest= are allowed"
            )
    return flavor


def _choice(key: str, value: str, *allowed: str) -> str:
    if value not in allowed:
        raise InvalidValue(f"{key}={value!r}: {', '.join(allowed)} are allowed")
    return value
