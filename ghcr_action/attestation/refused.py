"""Why an attestation is not accepted: one exception, whose text is the reason."""

from typing import NoReturn


class Refused(Exception):
    """An attestation that proves nothing here; the text is a clause that a report can quote."""

    @property
    def reason(self) -> str:
        """The text."""
        return str(self)


class UnknownAuthority(Refused):
    """Signed by somebody the trusted root does not name: a newer root may."""


def refuse(reason: str) -> NoReturn:
    """Raise Refused."""
    raise Refused(reason)


def need(condition: object, reason: str) -> None:
    """Raise Refused where the condition does not hold."""
    if not condition:
        raise Refused(reason)
