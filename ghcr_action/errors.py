"""The errors a user can meet, sorted by what the user has to do next.

One base class, so that nothing slips past the boundary in ``main``; one exit code for each child.
"""


class ActionError(Exception):
    """Something failed that a user can mend: what, why, how to fix it, and one link."""

    exit_code = 1
    code = "ACTION"
    """Stable, for people who search and for workflows that decide; an error of the catalogue has a
    more exact one of its own."""

    def __init__(
        self, what: str, *, why: str = "", fix: str = "", docs: str = "", code: str = ""
    ) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix
        self.docs = docs
        self.code = code or type(self).code

    def __str__(self) -> str:
        """Every part that is known, one paragraph each."""
        parts = (
            self.what,
            f"Why: {self.why}" * bool(self.why),
            f"Fix: {self.fix}" * bool(self.fix),
            self.docs,
        )
        return "\n".join(part for part in parts if part)


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


class PolicyRefused(ActionError):
    """An intended stop: a rule the user set forbids this."""

    exit_code = 7
    code = "POLICY"


class ContentInvalid(ActionError):
    """What was received is not what it claims to be: push again, or distrust the source."""

    exit_code = 8
    code = "CONTENT"


class InvalidValue(ValueError):
    """A text is outside a grammar. Raised by ``values``; whoever knows the input's name turns it
    into a SettingsError."""
