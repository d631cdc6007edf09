"""The settings of ``mode: visibility``, and the part of them that ``publish`` has too."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ghcr_action.names import asked
from ghcr_action.names.asked import Names
from ghcr_action.settings.common import Common
from ghcr_action.settings.reader import Reader
from ghcr_action.values.reference import Reference, Tag
from ghcr_action.values.secret import Secret


class Wanted(StrEnum):
    """What the input ``visibility`` can say."""

    ANY = "any"
    PUBLIC = "public"
    PRIVATE = "private"
    INTERNAL = "internal"


class Check(StrEnum):
    """What happens where an image is visible to others than was asked."""

    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class VisibilityRequest:
    """What is wanted, and what happens where it is not met."""

    wanted: Wanted = Wanted.ANY
    check: Check = Check.WARN


@dataclass(frozen=True, kw_only=True)
class VisibilitySettings:
    """Images to look at: what ``tags`` names whole, else ``latest`` of each of ``images``."""

    common: Common
    visibility: VisibilityRequest
    references: tuple[Reference, ...]

    @property
    def registries(self) -> frozenset[str]:
        """The hosts of every name there is."""
        return frozenset(each.repository.registry for each in self.references)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret there is, to be masked."""
        return self.common.secrets


def request(reader: Reader) -> VisibilityRequest:
    """``visibility`` and ``visibility-check``; problems stay with the reader."""
    return VisibilityRequest(
        wanted=reader.choice("visibility", tuple(Wanted)),
        check=reader.choice("visibility-check", tuple(Check)),
    )


def parse(reader: Reader, common: Common, environ: Mapping[str, str]) -> VisibilitySettings:  # noqa: ARG001 (one shape for all modes)
    """Settings of ``mode: visibility``; problems stay with the reader."""
    images, tags, registry = reader.raw("images"), reader.raw("tags"), reader.text("registry")
    references = reader.part(
        tuple[Reference, ...](),
        lambda: _references(asked.parse(images, tags, common.event, registry=registry)),
    )
    return VisibilitySettings(common=common, visibility=request(reader), references=references)


def _references(named: Names) -> tuple[Reference, ...]:
    tagged = tuple(
        each if each.tag or each.digest else each.repository.tag(Tag("latest"))
        for each in named.references
    )
    return tagged or tuple(repository.tag(Tag("latest")) for repository in named.repositories)
