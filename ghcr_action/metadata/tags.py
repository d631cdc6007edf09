"""From rules to tag names: in the order of priority, each once, each one that a registry
accepts, ``latest`` at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.metadata import yields
from ghcr_action.metadata.flavor import Flavor
from ghcr_action.metadata.origin import Context
from ghcr_action.metadata.tag_rules import Rule
from ghcr_action.metadata.yields import Nothing, Yield
from ghcr_action.values import tag


@dataclass(frozen=True, kw_only=True)
class TagNames:
    """The names, the version first, and what there is to tell the user."""

    names: tuple[str, ...]
    notices: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def of(rules: Sequence[Rule], flavor: Flavor, context: Context) -> TagNames:
    """What the rules, sorted by priority, yield. The first that yields a tag decides about
    ``latest``, unless the flavor does.

    Raises one SettingsError for all rules that can't be evaluated.
    """
    found = _Found()
    for rule in rules:
        try:
            _collect(
                found,
                rule,
                yields.of(rule, flavor, context)
                if _is_enabled(rule, context)
                else Nothing(reason="enable is false"),
            )
        except InvalidValue as error:
            found.problems.append(f"- tags: {rule.text!r}: {error}")
    if found.problems:
        raise SettingsError(
            "Tag rules can't be evaluated:\n" + "\n".join(found.problems),
            fix="edit the lines named above",
        )
    if found.names and (found.is_latest if flavor.latest is None else flavor.latest):
        _add(found, _latest(flavor, context.values))
    if not found.names:
        found.warnings[
            "no tag is generated: no rule of the input tags yields one for this event"
        ] = None
    return TagNames(
        names=tuple(found.names),
        notices=() if found.names else tuple(found.reasons),
        warnings=tuple(found.warnings),
    )


@dataclass
class _Found:
    names: dict[str, None] = field(default_factory=dict)
    is_latest: bool = False
    reasons: dict[str, None] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def _is_enabled(rule: Rule, context: Context) -> bool:
    enable = rule.enable.expand(context.values)
    if enable not in ("true", "false"):
        raise InvalidValue(
            f"enable={rule.enable.text!r} becomes {enable!r}: true or false are allowed"
        )
    return enable == "true"


def _collect(found: _Found, rule: Rule, outcome: Yield | Nothing) -> None:
    if isinstance(outcome, Nothing):
        told = found.warnings if outcome.is_mistake else found.reasons
        told[f"tags: {rule.text!r} yields nothing: {outcome.reason}"] = None
        return
    if outcome.warning:
        found.warnings[f"tags: {rule.text!r}: {outcome.warning}"] = None
    found.is_latest = found.is_latest if found.names else outcome.is_latest
    _add(found, outcome.text)


def _add(found: _Found, text: str) -> None:
    sanitised = tag.sanitised(text)
    name = tag.valid(sanitised)
    if name != sanitised:
        found.warnings[
            (
                f"tag {sanitised!r} becomes {name!r}: a tag starts with a letter, a digit or "
                "'_' and has up to 128 characters"
            )
        ] = None
    found.names[name] = None


def _latest(flavor: Flavor, values: Mapping[str, str | datetime]) -> str:
    prefix = flavor.prefix.expand(values) if flavor.prefix_latest else ""
    suffix = flavor.suffix.expand(values) if flavor.suffix_latest else ""
    return f"{prefix}latest{suffix}"
