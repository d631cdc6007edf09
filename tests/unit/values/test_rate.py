"""Bytes on their way, in words."""

import pytest

from ghcr_action.values import rate
from ghcr_action.values.rate import TransferProgress
from ghcr_action.values.reference import Digest

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("found", "share", "moving", "moved"),
    [
        (
            TransferProgress(passed=210 * MIB, total=500 * MIB, seconds=5),
            "42 %",
            "210.0 MiB of 500.0 MiB, 42.0 MiB/s, 6.9 s left",
            "500.0 MiB in 5.0 s, 42.0 MiB/s",
        ),
        (
            TransferProgress(passed=500 * MIB, total=500 * MIB, seconds=125),
            "100 %",
            "500.0 MiB of 500.0 MiB, 4.0 MiB/s, 0.0 s left",
            "500.0 MiB in 2m 05s, 4.0 MiB/s",
        ),
        (
            TransferProgress(passed=500 * MIB - 1, total=500 * MIB, seconds=0),
            "99 %",
            "500.0 MiB of 500.0 MiB",
            "500.0 MiB in 0.0 s",
        ),
        (
            TransferProgress(passed=0, total=MIB, seconds=3),
            "0 %",
            "0 B of 1.0 MiB",
            "1.0 MiB in 3.0 s",
        ),
        (TransferProgress(passed=0, total=0, seconds=0), "100 %", "0 B of 0 B", "0 B in 0.0 s"),
    ],
    ids=["under way", "there", "no time yet", "stalled", "empty"],
)
def test_rate__in_words(found: TransferProgress, share: str, moving: str, moved: str) -> None:
    assert (found.share, rate.moving(found), rate.moved(found)) == (share, moving, moved)


def test_name__is_what_people_compare() -> None:
    assert rate.name(Digest.of(b"layer")) == Digest.of(b"layer").encoded[:12]
