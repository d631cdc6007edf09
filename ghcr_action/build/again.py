"""Whether a failed build is worth another try, and after how long. Separate because the registry client asks its own answers, and a build
has only the engine's words.

The engine keeps what it has built, so that another try repeats what failed (most often the push) and little else.
"""

import re

from ghcr_action.build.failure import Failure
from ghcr_action.diagnosis.diagnose import diagnose
from ghcr_action.diagnosis.known import Circumstances, Retry, Waits, Where

_PASSING = re.compile(r"\blocked for .*: unavailable|: broken pipe$", re.MULTILINE)
"""Two exporters of one build wrote the same layer into containerd's content store at once, or the registry hung up in mid-upload; both
seen with Engine 28.5.2."""


def wait(found: Failure, *, attempt: int, retries: int, jitter: float, after_push: bool = False) -> float | None:
    """Seconds before the next attempt, the first failed one being 0; None where another attempt can't help or none is left.

    ``jitter`` is between 0 and 1. ``after_push`` says that the build has pushed: what is not there may only not be there yet. A step that
    ran and failed, a refusal (401, 403) and a Dockerfile that is wrong stay what they are.
    """
    if found.exit_code is not None:
        return None
    waits, asked = _waits(found.message, after_push=after_push)
    if attempt >= min(retries, waits.attempts) or (asked or 0) > waits.longest:
        return None
    grown = min(waits.longest, waits.shortest * 2**attempt) * (0.5 + jitter / 2)
    return grown if asked is None else asked + jitter * waits.shortest


def _waits(message: str, *, after_push: bool) -> tuple[Waits, float | None]:
    if _PASSING.search(message):
        return Retry.PASSING.value, None
    found = diagnose(message, where=Where.ENGINE, context=Circumstances(after_push=after_push))
    return found.retry.value, found.wait
