"""The metadata part: for ``mode: metadata`` alone, and inside the settings of ``publish``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from ghcr_action.metadata import labels, request
from ghcr_action.metadata.request import Request
from ghcr_action.settings.common import Common
from ghcr_action.settings.reader import Reader
from ghcr_action.values.secret import Secret

if TYPE_CHECKING:
    from ghcr_action.names.asked import Names

Source = Literal["workflow", "git"]


@dataclass(frozen=True, kw_only=True)
class MetadataSettings:
    """Tag rules, labels and annotations, and where ref and commit come from."""

    common: Common
    request: Request = field(hash=False)
    source: Source

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret there is, to be masked."""
        return self.common.secrets


def parse(reader: Reader, common: Common, environ: Mapping[str, str]) -> MetadataSettings:
    """Settings of ``mode: metadata``: no default image, and a full reference is a tag rule like any
    other. ``context`` is metadata-action's word for ``metadata-context``."""
    images, tags = reader.raw("images"), reader.raw("tags")
    source = _source(reader, "context" if reader.text("context") else "metadata-context")
    return _of(reader, common, images, tags, environ, source=source, levels=labels.PEER_LEVELS)


def of(
    reader: Reader, common: Common, named: "Names", environ: Mapping[str, str]
) -> MetadataSettings:
    """The same for names that are already told apart. Problems stay with the reader."""
    images = tuple(map(str, named.repositories))
    source = _source(reader, "metadata-context")
    rules = named.rules or _as_rules(named)
    return _of(reader, common, images, rules, environ, source=source, levels=labels.READ_LEVELS)


def _source(reader: Reader, name: str) -> Source:
    reader.text("metadata-context")
    return reader.choice(name, get_args(Source))


def _of(
    reader: Reader,
    common: Common,
    images: str | tuple[str, ...],
    tags: str | tuple[str, ...],
    environ: Mapping[str, str],
    *,
    source: Source,
    levels: tuple[str, ...],
) -> MetadataSettings:
    """``levels`` is where annotations go by default."""
    found = reader.part(
        request.parse(environ={}), lambda: _request(reader, images, tags, levels, environ)
    )
    return MetadataSettings(common=common, request=found, source=source)


def _request(
    reader: Reader,
    images: str | tuple[str, ...],
    tags: str | tuple[str, ...],
    levels: tuple[str, ...],
    environ: Mapping[str, str],
) -> Request:
    return request.parse(
        images=images,
        tags=tags,
        flavor=reader.raw("flavor"),
        labels=reader.raw("labels"),
        annotations=reader.raw("annotations"),
        annotation_levels=reader.text("annotation-levels"),
        sep_tags=reader.raw("sep-tags") or "\n",
        sep_labels=reader.raw("sep-labels") or "\n",
        sep_annotations=reader.raw("sep-annotations") or "\n",
        bake_target=reader.text("bake-target"),
        pr_sha=reader.text("pr-sha"),
        default_levels=levels,
        environ=environ,
    )


def _as_rules(named: "Names") -> tuple[str, ...]:
    """The tags of full references, so that version and labels speak of what is published."""
    tags = dict.fromkeys(each.tag.name for each in named.references if each.tag)
    return tuple(f"type=raw,value={tag},prefix=,suffix=" for tag in tags)
