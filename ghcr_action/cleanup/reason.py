"""Why a version goes or stays: the rule, for programs, and a sentence, for people."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One reason."""

    rule: str
    """The input or family with its item, such as ``remove: pr-*``; or ``part``, ``last``,
    ``unreadable``, ``none``."""
    text: str
    """Half a sentence: "it is younger than 7 days"."""

    def __str__(self) -> str:
        return self.text
