"""What an input is: its group, how its text is read, and what a row of the table says of it."""

from dataclasses import dataclass
from enum import Enum, StrEnum


class Group(StrEnum):
    """The headings of ``--help`` and of the reference page."""

    ALL = "all modes"
    ACCESS = "access"
    NAMES = "names"
    EXISTING = "images that exist"
    BUILD = "build"
    BAKE = "bake"
    PUSH = "push"
    ATTESTATIONS = "attestations"
    AFTER = "after the push"
    CLEANUP = "clean-up"


class Kind(Enum):
    """How a text is read; ``lists`` has the rules."""

    TEXT = "text"
    BOOLEAN = "true or false"
    LIST = "lines"
    """One item for each line; a comma belongs to its item."""
    CSV = "lines or commas"
    RAW_LIST = "lines, quotes kept"
    """One item for each line; quotes are for whoever reads the item."""
    SECRET = "text, masked"


LISTS = (Kind.LIST, Kind.CSV, Kind.RAW_LIST)
_DOCUMENTS = frozenset({"append", "digests", "registry-auth"})
"""Texts that are lists of their own grammar, whose items may come one by one."""


@dataclass(frozen=True, kw_only=True)
class Input:
    """One input: its name, what it is for, and its default as ``action.yml`` writes it."""

    name: str
    group: Group
    kind: Kind
    summary: str
    default: str = ""

    @property
    def may_repeat(self) -> bool:
        """Whether its flag may be given more than once: what follows is a further line."""
        return self.kind in LISTS or self.name in _DOCUMENTS


def rows(group: Group, *rows: tuple[str, Kind, str, str]) -> tuple[Input, ...]:
    """Rows of one group: name, kind, default, summary."""
    return tuple(
        Input(name=name, group=group, kind=kind, default=default, summary=summary)
        for name, kind, default, summary in rows
    )


TEXT, BOOLEAN, LIST, CSV, RAW_LIST, SECRET = (
    Kind.TEXT,
    Kind.BOOLEAN,
    Kind.LIST,
    Kind.CSV,
    Kind.RAW_LIST,
    Kind.SECRET,
)
