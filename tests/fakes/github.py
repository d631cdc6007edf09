"""GitHub in memory, seen through the port; ``github_api`` is the one that speaks HTTP."""

from dataclasses import dataclass, field
from datetime import datetime

from ghcr_action.values.event import RepositoryFacts


@dataclass
class FakeGitHub:
    """Without facts it answers as a GitHub that can't be asked."""

    facts: RepositoryFacts | None = None
    dates: dict[str, datetime] = field(default_factory=dict)

    def repository(self) -> RepositoryFacts | None:
        return self.facts

    def commit_date(self, sha: str) -> datetime | None:
        return self.dates.get(sha)
