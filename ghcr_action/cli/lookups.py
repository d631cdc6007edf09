"""Commands that look and write nothing: the tags of a repository, a digest, the difference of two
images."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ghcr_action import parallel
from ghcr_action.cli import verbs
from ghcr_action.errors import InvalidValue, NotFound, SettingsError
from ghcr_action.images import layers, look
from ghcr_action.images.layers import Change, Kind
from ghcr_action.report.words import plain
from ghcr_action.values import size as sizes

if TYPE_CHECKING:
    from ghcr_action.images.facts import Inspected
    from ghcr_action.images.layers import Comparison
    from ghcr_action.ports import Ports
    from ghcr_action.settings.inspect import InspectSettings

MAX_COMMAND = 72
"""Characters of an instruction in a line."""


def tags(settings: InspectSettings, ports: Ports) -> None:
    """Every tag of a repository, one a line."""
    expect_repository(str(settings.sources[0]))
    repository = settings.sources[0].repository
    found = ports.registry.tags(repository)
    if found is None:
        raise NotFound(f"{repository} is not there", fix="Check the name.")
    ports.runner.output("tags", "\n".join(map(str, found)))


def expect_repository(text: str) -> None:
    """Raises SettingsError for a tag or a digest, which nothing here would look at."""
    try:
        verbs.check_repository(text)
    except InvalidValue as cause:
        raise SettingsError(str(cause)) from cause


def digest(settings: InspectSettings, ports: Ports) -> None:
    """What a reference names now, by one request."""
    reference = settings.sources[0]
    found = ports.registry.head(reference)
    if found is None:
        raise NotFound(f"{reference} is not there", fix="Check `source`: NAME:TAG or NAME@DIGEST.")
    ports.runner.output("digest", str(found.digest))


def diff(settings: InspectSettings, ports: Ports) -> None:
    """Two images: their layers by platform, and their labels."""
    if len(settings.sources) != 2:
        raise SettingsError("Two different images are needed", why="both names are the same")
    older, newer = parallel.each(
        lambda reference: look.look(reference, ports.registry, referrers=False), settings.sources
    )
    compared = layers.by_platform(older.platforms, newer.platforms)
    ports.runner.output("diff", "\n".join(_lines(older, newer, compared)))
    ports.runner.output("changes", json.dumps(_document(older, newer, compared)))


def _lines(older: Inspected, newer: Inspected, compared: Mapping[str, Comparison]) -> Iterable[str]:
    yield f"{older.reference}  {older.digest}"
    yield f"{newer.reference}  {newer.digest}"
    if older.digest == newer.digest:
        yield "The same image."
        return
    for platform, found in compared.items():
        yield ""
        yield f"{platform}: {sizes.words(found.before)} → {_size(found.after, found.before)}"
        yield from plain.table((_row(each) for each in found.changes), right=(1, 2, 3))
    for one, other in ((older, newer), (newer, older)):
        for platform in sorted(_platforms(one) - _platforms(other)):
            yield f"\n{platform}: only in {one.reference}"
    if changed := list(_labels(older, newer)):
        yield "\nLabels"
        yield from plain.table(changed)


def _row(each: Change) -> tuple[str, ...]:
    before, after = (
        "–" if size is None else sizes.words(size) for size in (each.before, each.after)
    )
    change = (each.after or 0) - (each.before or 0)
    text = each.command[:MAX_COMMAND] or "a layer without history"
    return (str(each.kind), before, after, _signed(change), text)


def _size(after: int, before: int) -> str:
    share = f", {(after - before) / before:+.1%}" if before else ""
    return f"{sizes.words(after)} ({_signed(after - before)}{share})"


def _signed(change: int) -> str:
    return f"{'+' if change > 0 else '−'}{sizes.words(abs(change))}" if change else "0"


def _platforms(image: Inspected) -> set[str]:
    return {str(each.platform) for each in image.platforms}


def _labels(older: Inspected, newer: Inspected) -> Iterable[tuple[str, ...]]:
    for key in sorted({*older.labels, *newer.labels}):
        before, after = older.labels.get(key), newer.labels.get(key)
        if before != after:
            yield (
                "added" if before is None else "removed" if after is None else "changed",
                key,
                before or "–",
                after or "–",
            )


def _document(
    older: Inspected, newer: Inspected, compared: Mapping[str, Comparison]
) -> dict[str, object]:
    return {
        "before": older.pinned,
        "after": newer.pinned,
        "platforms": {
            platform: {
                "before": found.before,
                "after": found.after,
                "layers": [
                    {"kind": each.kind, "before": each.before, "after": each.after}
                    | {"command": each.command}
                    for each in found.changes
                    if each.kind is not Kind.UNCHANGED
                ],
            }
            for platform, found in compared.items()
        },
        "labels": {
            key: {"before": older.labels.get(key), "after": newer.labels.get(key)}
            for _, key, _, _ in _labels(older, newer)
        },
    }
