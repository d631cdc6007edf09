"""The clock and the chance of this machine."""

import time
from datetime import UTC, datetime


class SystemClock:
    """The machine's clock behind the Clock port."""

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def jitter(self) -> float:
        """A number between 0 and 1; not for secrets."""
        import random

        return random.random()  # noqa: S311 (spreads retries, guards nothing)
