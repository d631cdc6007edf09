"""What a run tells at its end, for a page and for a terminal."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The same view twice."""

    markdown: str
    plain: str
    """Lines without markup; a heading is a line with a rule below it. Empty where the log has said
    it all."""
