"""What one rule yields in one context: the text of a tag and its say about ``latest``, or
nothing and the reason.

Source: https://github.com/docker/metadata-action#typeschedule and the sections below it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ghcr_action.metadata.expressions import Template
from ghcr_action.metadata.flavor import Flavor
from ghcr_action.metadata.origin import HEADS, PULLS, TAGS, Context
from ghcr_action.metadata.tag_rules import Edge, Match, Raw, Ref, Rule, Schedule, Source, Version
from ghcr_action.values import version

_REFS = {"branch": (HEADS, "a branch"), "tag": (TAGS, "a tag"), "pr": (PULLS, "a pull request")}


@dataclass(frozen=True, kw_only=True)
class Yield:
    """The text of a tag, before it is made valid; ``is_latest`` counts where the flavor says
    ``auto``."""

    text: str
    is_latest: bool = False
    warning: str = ""


@dataclass(frozen=True, kw_only=True)
class Nothing:
    """No tag. ``is_mistake``: the rule was meant to yield one, and the user should hear why it did
    not."""

    reason: str
    is_mistake: bool = False


def of(rule: Rule, flavor: Flavor, context: Context) -> Yield | Nothing:
    """The rule's text between its prefix and suffix, or the flavor's. Raises InvalidValue for a
    pattern that never ends."""
    found = _found(rule.source, context)
    if isinstance(found, Nothing):
        return found
    prefix = rule.prefix if rule.prefix is not None else flavor.prefix
    suffix = rule.suffix if rule.suffix is not None else flavor.suffix
    text = f"{prefix.expand(context.values)}{found.text}{suffix.expand(context.values)}"
    return (
        Yield(text=text, is_latest=found.is_latest, warning=found.warning)
        if text
        else Nothing(reason="its text is empty")
    )


def _found(source: Source, context: Context) -> Yield | Nothing:  # noqa: PLR0911 - one row for each type
    match source:
        case Schedule():
            return _schedule(source, context)
        case Version():
            return _version(source, context)
        case Match():
            return _match(source, context)
        case Edge():
            return _edge(source, context)
        case Ref():
            return _ref(source, context)
        case Raw():
            return Yield(text=source.value.expand(context.values))
        case _:
            text = context.sha if source.is_long else context.short_sha
            return Yield(text=text) if context.sha else Nothing(reason="the commit is not known")


def _schedule(source: Schedule, context: Context) -> Yield | Nothing:
    if "schedule" not in context.event_name:
        return Nothing(reason=f"the event is {context.event_name or 'unknown'}, not a schedule")
    return Yield(text=source.pattern.expand(context.values))


def _edge(source: Edge, context: Context) -> Yield | Nothing:
    branch = source.branch or context.repository.default_branch
    if not branch:
        return Nothing(
            reason="the default branch is not known; name it with branch=",
            is_mistake=context.after(HEADS) is not None,
        )
    return (
        Yield(text="edge")
        if context.ref == f"{HEADS}{branch}"
        else Nothing(reason=f"{context.ref!r} is not the branch {branch}")
    )


def _ref(source: Ref, context: Context) -> Yield | Nothing:
    prefix, kind = _REFS[source.event]
    name = context.after(prefix)
    if name is None:
        return Nothing(reason=f"{context.ref!r} is not {kind}")
    return Yield(
        text=name.removesuffix("/merge") if source.event == "pr" else name,
        is_latest=source.event == "tag",
    )


def _match(source: Match, context: Context) -> Yield | Nothing:
    subject = _subject(source.value, context)
    if isinstance(subject, Nothing):
        return subject
    groups = source.pattern.match(subject)
    if groups is None:
        return Nothing(
            reason=f"{source.pattern.text!r} does not match {subject!r}", is_mistake=True
        )
    text = groups[source.group] if source.group < len(groups) else None
    if text is None:
        return Nothing(
            reason=f"group {source.group} of {source.pattern.text!r} takes no part in {subject!r}",
            is_mistake=True,
        )
    return Yield(text=text, is_latest=True)


def _version(source: Version, context: Context) -> Yield | Nothing:
    """A pre-release is written whole whatever the pattern, unless that is ``{{raw}}`` alone, and
    never is ``latest``."""
    subject = _subject(source.value, context)
    if isinstance(subject, Nothing):
        return subject
    subject, warning = _picked(source, subject)
    subject = subject.replace("/", "-")
    found = version.read(subject) if source.scheme == "semver" else read_pep440(subject)
    if found is None:
        rules = (
            "https://semver.org"
            if source.scheme == "semver"
            else "https://peps.python.org/pep-0440"
        )
        return Nothing(
            reason=f"{subject!r} is not a {source.scheme} version: see {rules}", is_mistake=True
        )
    values, is_prerelease = found
    text = (
        values["version"]
        if is_prerelease and not source.pattern.is_raw
        else source.pattern.expand(_texts(values))
    )
    return Yield(text=text, is_latest=not is_prerelease, warning=warning)


def _picked(source: Version, subject: str) -> tuple[str, str]:
    """The first group of ``match``, or the subject as it is and a warning."""
    if source.match is None:
        return subject, ""
    groups = source.match.match(subject)
    if groups and len(groups) > 1 and groups[1] is not None:
        return groups[1], ""
    return (
        subject,
        f"match={source.match.text!r} finds nothing in {subject!r}, which is read as it is",
    )


def _subject(value: Template | None, context: Context) -> str | Nothing:
    if value is not None:
        return value.expand(context.values)
    tag = context.after(TAGS)
    return (
        Nothing(reason=f"{context.ref!r} is not a tag, and no value is given")
        if tag is None
        else tag
    )


def _texts(values: Mapping[str, str]) -> dict[str, str | datetime]:
    return dict(values)


def read_pep440(text: str) -> tuple[Mapping[str, str], bool] | None:
    """The values of the expressions and whether it is a pre-, post- or development release; None
    where it is no version.

    ``version`` is the normal form: ``v1.0-RC.2`` is ``1.0rc2``. The parts of a local version are
    joined by commas, as JavaScript prints a list, so that ``+build.5`` becomes ``-build-5`` in a
    tag.
    """
    from packaging.version import InvalidVersion
    from packaging.version import Version as PythonVersion

    try:
        found = PythonVersion(text)
    except InvalidVersion:
        return None
    values = {
        "raw": text,
        "version": found.public + (f"+{found.local.replace('.', ',')}" if found.local else ""),
        "major": str(found.major),
        "minor": str(found.minor),
        "patch": str(found.micro),
    }
    return values, found.is_prerelease or found.is_postrelease
