"""One job for each target and platform, as the JSON of a workflow's matrix.

Linked targets get none: whoever needs them builds them.
"""

import json
from collections.abc import Iterable, Mapping

from ghcr_action.buildx.bake.definition import Definition, Target
from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.values.platform import Platform

MAX_JOBS = 256
"""Of one matrix: https://docs.github.com/en/actions/reference/limits."""
DEFAULT_PLATFORM = "linux/amd64"
RUNNERS = {
    "default": "ubuntu-24.04",
    "linux/arm": "ubuntu-24.04-arm",
    "linux/arm64": "ubuntu-24.04-arm",
}
"""GitHub's own runners, by prefixes of a platform."""


def jobs(
    definition: Definition, runners: Mapping[str, str], published: Iterable[str]
) -> tuple[dict[str, object], ...]:
    """``index``, ``target``, ``platform`` and ``runner`` (a list of labels) for each job.

    ``published`` are the targets that have names: what is only built needs no runner of its own
    kind. A target that names no platform is built for ``DEFAULT_PLATFORM``. Raises SettingsError
    for a platform that no runner is named for, or more jobs than a matrix takes.
    """
    names = frozenset(published)
    pairs = [
        (target, platform)
        for target in definition.wanted
        if target.name in names
        for platform in platforms(target) or (Platform.parse(DEFAULT_PLATFORM),)
    ]
    if len(pairs) > MAX_JOBS:
        raise SettingsError(
            f"{len(pairs)} jobs: a matrix takes {MAX_JOBS}",
            fix="Build fewer targets in one run: name them in `targets`.",
        )
    return tuple(
        {
            "index": index,
            "target": target.name,
            "platform": str(platform),
            "runner": _labels(platform, runners),
        }
        for index, (target, platform) in enumerate(pairs)
    )


def dump(found: Iterable[Mapping[str, object]]) -> str:
    """The output: ``{"include": […]}``."""
    return json.dumps({"include": list(found)}, separators=(",", ":"))


def platforms(target: Target) -> tuple[Platform, ...]:
    """The platforms of a target, each once. Raises SettingsError for one that is none. ``local``,
    buildx's word for the engine's own, is none to be expected."""
    found = []
    for text in target.platforms:
        try:
            found.append(Platform.asked(text))
        except InvalidValue as cause:
            raise SettingsError(
                f"target {target.name!r}: `platforms`: {cause}",
                fix='platforms = ["linux/amd64", "linux/arm64"]',
            ) from cause
    return tuple(dict.fromkeys(each for each in found if not each.is_local))


def runners(lines: Iterable[str]) -> dict[str, str]:
    """``platform=label[,label]`` for each line, or one label for all, which is ``default``. Raises
    SettingsError."""
    found: dict[str, str] = {}
    for line in lines:
        platform, equals, label = line.partition("=")
        if not platform.strip() or (equals and not label.strip()):
            raise SettingsError(
                f"`runners`: {line!r} is not platform=label",
                fix="runners: |\n  linux/arm64=ubuntu-24.04-arm",
            )
        found[platform.strip() if equals else "default"] = (label if equals else platform).strip()
    return found


def _labels(platform: Platform, known: Mapping[str, str]) -> list[str]:
    """The labels of the longest prefix of the platform."""
    key = str(platform)
    while key not in known and "/" in key:
        key = key.rpartition("/")[0]
    label = known.get(key) or known.get("default", "")
    if not label:
        raise SettingsError(f"No runner for {platform}", fix=f"runners: |\n  {platform}=LABEL")
    return [part.strip() for part in label.split(",") if part.strip()]
