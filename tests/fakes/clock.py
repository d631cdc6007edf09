"""A clock that moves only when somebody waits."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass
class FakeClock:
    started: datetime = datetime(2026, 11, 23, 11, 36, 5, tzinfo=UTC)
    elapsed: float = 0.0
    waits: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.started + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.elapsed += seconds

    def jitter(self) -> float:
        return 0.5
