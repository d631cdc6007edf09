"""The errors a user can meet, sorted by what the user has to do next.

One base class, so that nothing slips past the boundary in ``main``; one exit code for each child.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from ghcr_action.values.invalid import InvalidValue

if TYPE_CHECKING:
    from ghcr_action.values.answer import Answer
    from ghcr_action.values.writes import Writes

__all__ = [
    "AccessDenied",
    "ActionError",
    "BuildFailed",
    "ContentInvalid",
    "InvalidValue",
    "LimitReached",
    "NotFound",
    "PolicyRefused",
    "SettingsError",
    "Unavailable",
    "coded",
]
Kind = TypeVar("Kind", bound="ActionError")


class ActionError(Exception):
    """Something failed that a user can mend: what, why, how to fix it, and one link."""

    exit_code = 1
    code = "ACTION"
    """Stable, for people who search and for workflows that decide; an error of the catalogue has a
    more exact one of its own."""

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        fix: str = "",
        docs: str = "",
        code: str = "",
        answer: Answer | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix
        self.docs = docs
        self.code = code or type(self).code
        self.answer = answer
        """What the other side said, where somebody else refused."""
        self.cause = ""
        """Why, in a sentence of the catalogue; ``why`` begins with it, and goes on with what the
        other side said."""
        self.is_told = False
        """Whether the catalogue was asked already."""
        self.writes: Writes | None = None
        """What has become of the run's names, where some were written before it failed."""

    def but(
        self,
        *,
        what: str | None = None,
        why: str | None = None,
        fix: str | None = None,
        code: str | None = None,
    ) -> Self:
        """The same error with other words; whatever is left out stays, its facts as well."""
        return self.as_kind(type(self), what=what, why=why, fix=fix, code=code)

    def as_kind(
        self,
        kind: type[Kind],
        *,
        what: str | None = None,
        why: str | None = None,
        fix: str | None = None,
        code: str | None = None,
    ) -> Kind:
        """The same as ``but``, as another kind of error."""
        is_own = self.code != type(self).code
        found = kind(
            self.what if what is None else what,
            why=self.why if why is None else why,
            fix=self.fix if fix is None else fix,
            docs=self.docs,
            code=(self.code if is_own else "") if code is None else code,
            answer=self.answer,
        )
        found.writes = self.writes
        return found

    def __str__(self) -> str:
        """Every part that is known, one paragraph each."""
        parts = (
            self.what,
            self.why and f"Why: {self.why}",
            self.writes and f"Names: {self.writes}",
            self.fix and f"Fix: {self.fix}",
            self.docs,
        )
        return "\n".join(part for part in parts if part)


def coded(error: ActionError, code: str) -> ActionError:
    """The error with this code, where it has none of its own: no catalogue of other services' words
    explains it then."""
    return error.but(code=code) if error.code == type(error).code else error


class SettingsError(ActionError):
    """Edit the workflow: an input is wrong."""

    exit_code = 2
    code = "SETTINGS"


class AccessDenied(ActionError):
    """Grant a permission: the token may not do this."""

    exit_code = 3
    code = "ACCESS-DENIED"


class NotFound(ActionError):
    """Check the name: it is not there."""

    exit_code = 4
    code = "NOT-FOUND"


class BuildFailed(ActionError):
    """Read the build log: the Dockerfile did not build."""

    exit_code = 5
    code = "BUILD"


class Unavailable(ActionError):
    """Try again: an engine, a registry or an API did not answer as it should, and may later."""

    exit_code = 6
    code = "UNAVAILABLE"


class LimitReached(Unavailable):
    """GitHub takes no more requests for now; its answer says for how long."""

    code = "GHCR-API-429-LIMIT"


class PolicyRefused(ActionError):
    """An intended stop: a rule the user set forbids this."""

    exit_code = 7
    code = "POLICY"


class ContentInvalid(ActionError):
    """What was received is not what it claims to be: push again, or distrust the source."""

    exit_code = 8
    code = "CONTENT"
