"""A checked-out repository in memory."""

from dataclasses import dataclass, field
from datetime import datetime

from ghcr_action.errors import ActionError


@dataclass
class FakeGit:
    """``checked_out`` is a ref and a commit, an error where the ref can't be told, or None without
    a repository."""

    checked_out: tuple[str, str] | ActionError | None = None
    dates: dict[str, datetime] = field(default_factory=dict)

    def head(self) -> tuple[str, str] | None:
        if isinstance(self.checked_out, ActionError):
            raise self.checked_out
        return self.checked_out

    def commit_date(self, sha: str) -> datetime | None:
        return self.dates.get(sha)
