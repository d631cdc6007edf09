"""Bytes on their way, in words: one form for the log and the terminal."""

from dataclasses import dataclass

from ghcr_action.values import size
from ghcr_action.values.reference import Digest


@dataclass(frozen=True, kw_only=True)
class TransferProgress:
    """Bytes that have passed, of how many, in which time."""

    passed: int
    total: int
    seconds: float

    @property
    def rate(self) -> float:
        """Bytes a second; 0 while no time has passed."""
        return self.passed / self.seconds if self.seconds > 0 else 0.0

    @property
    def share(self) -> str:
        """``42 %``; a hundred only where everything has passed."""
        return f"{100 * self.passed // self.total if self.total else 100} %"

    @property
    def left(self) -> str:
        """The time that the rest takes at this rate, ``7.0 s``; empty while the rate is not
        known."""
        return duration((self.total - self.passed) / self.rate) if self.rate else ""


def name(digest: Digest) -> str:
    """The part of a digest that people compare: its first twelve characters, as engines show
    them."""
    return digest.encoded[:12]


def moving(progress: TransferProgress) -> str:
    """``210.0 of 500.0 MiB, 41.3 MiB/s, 7.0 s left``; without what is not known yet."""
    parts = (
        f"{size.words(progress.passed)} of {size.words(progress.total)}",
        _rate(progress),
        progress.left and f"{progress.left} left",
    )
    return ", ".join(filter(None, parts))


def moved(progress: TransferProgress) -> str:
    """``500.0 MiB in 12.1 s, 41.3 MiB/s``."""
    return ", ".join(
        filter(
            None, (f"{size.words(progress.total)} in {duration(progress.seconds)}", _rate(progress))
        )
    )


def _rate(progress: TransferProgress) -> str:
    return f"{size.words(round(progress.rate))}/s" if progress.rate else ""


def duration(seconds: float) -> str:
    """``3.2 s``, ``2m 41s``, ``1h 02m``."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m {rest:02}s" if minutes < 60 else f"{minutes // 60}h {minutes % 60:02}m"
