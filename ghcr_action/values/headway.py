"""How far a build has come, as a value: separate from the fold that finds out, because whoever shows it needs no more."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Headway:
    """Steps that are done, of those that are known so far, and what runs now."""

    done: int
    known: int
    now: str = ""
    """A step on one line, without control characters; empty between two steps."""
