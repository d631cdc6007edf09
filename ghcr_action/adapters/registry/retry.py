"""Which answers can be other ones in some seconds: their classes as a pure function, and the
exception that carries such an answer to where it is decided to ask again.

Source: the table of registry errors seen at GitHub's registry.
"""

from ghcr_action.adapters.registry.refusal import LOST_CODES
from ghcr_action.errors import ActionError
from ghcr_action.values.answer import Fault

_TRANSIENT = frozenset({408, 429, 499})
_FINAL = frozenset({501, 505})


class Transient(Exception):
    """A fault that another attempt may not meet; ``error`` is what to raise when patience ends."""

    def __init__(self, error: ActionError) -> None:
        super().__init__(str(error))
        self.error = error

    @property
    def asked(self) -> float | None:
        """Seconds that the answer asks us to wait."""
        return self.error.answer.retry_after if self.error.answer else None

    def is_spent(self, attempt: int) -> bool:
        """Whether more attempts than this one, the first being 0, show nothing: where there is no
        such host, or nobody listens, one more is enough."""
        fault = self.error.answer.fault if self.error.answer else None
        return attempt > 0 and fault in (Fault.NAME, Fault.REFUSED)


def is_transient(method: str, status: int, codes: frozenset[str], message: str) -> bool:
    """Whether this answer can be another one in some seconds.

    408, 429, 499 and 5xx can, and an upload or blob the registry lost sight of during a push; a
    pull limit by the day can't.
    """
    if status == 429 and "pull rate limit" in message:
        return False
    if method in ("PUT", "POST") and (codes & LOST_CODES or "unknown blob" in message.lower()):
        return True
    return status in _TRANSIENT or (500 <= status < 600 and status not in _FINAL)
