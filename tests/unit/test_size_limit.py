"""``size-limit``: what it says, and what has grown too much."""

import pytest

from ghcr_action.errors import SettingsError
from ghcr_action.report import growth
from ghcr_action.report.comment.rows import LayerCells, PlatformCells
from ghcr_action.settings import size_limit
from ghcr_action.settings.reader import Reader
from ghcr_action.settings.size_limit import SizeLimit
from ghcr_action.settings.visibility import Check

MIB = 1024**2


def limit(text: str, check: str = "warn") -> SizeLimit | None:
    reader = Reader({"size-limit": text, "size-check": check})
    found = size_limit.parse(reader)
    reader.finish()
    return found


LIMITS = {
    "": None,
    "10%": SizeLimit(text="10%", share=0.1),
    "+2.5 %": SizeLimit(text="+2.5 %", share=0.025),
    "5 MiB": SizeLimit(text="5 MiB", size=5 * MIB),
    "5M": SizeLimit(text="5M", size=5 * MIB),
    "5MB": SizeLimit(text="5MB", size=5_000_000),
    "1 gib": SizeLimit(text="1 gib", size=1024**3),
    "1500": SizeLimit(text="1500", size=1500),
    "0": SizeLimit(text="0", size=0),
    "2 B": SizeLimit(text="2 B", size=2),
}


@pytest.mark.parametrize(("text", "found"), LIMITS.items(), ids=LIMITS)
def test_limit__bytes_or_a_share(text: str, found: SizeLimit | None) -> None:
    assert limit(text) == found


def test_limit__may_stop_a_run() -> None:
    found = limit("10%", "fail")

    assert found is not None
    assert found.check is Check.FAIL


@pytest.mark.parametrize("text", ["ten", "10 percent", "-5%", "5 TB", "%"])
def test_limit__refuses_what_it_can_not_read(text: str) -> None:
    with pytest.raises(SettingsError, match="`size-limit` is"):
        limit(text)


def cells(platform: str, size: int, base: int | None) -> PlatformCells:
    return PlatformCells(platform=platform, digest="sha256:ab", size=size, base=base)


LAYERS = (
    LayerCells(kind="changed", text="RUN `pip` install", before=MIB, after=3 * MIB),
    LayerCells(kind="removed", text="COPY old", before=MIB),
)


@pytest.mark.parametrize(
    ("platforms", "layers", "said"),
    [
        ((cells("linux/amd64", 11 * MIB, 10 * MIB),), LAYERS, ""),
        ((cells("linux/amd64", 9 * MIB, 10 * MIB),), LAYERS, ""),
        ((cells("linux/amd64", 99 * MIB, None),), LAYERS, ""),
        (
            (cells("linux/amd64", 12 * MIB, 10 * MIB), cells("linux/arm64", 14 * MIB, 10 * MIB)),
            LAYERS,
            (
                "linux/arm64 grew by 4.0 MiB (+40.0%), more than `size-limit: 10%`; "
                "most of it is `RUN 'pip' install` (+2.0 MiB)."
            ),
        ),
        (
            (cells("linux/amd64", 12 * MIB, 10 * MIB),),
            (),
            "linux/amd64 grew by 2.0 MiB (+20.0%), more than `size-limit: 10%`.",
        ),
        (
            (cells("linux/amd64", 12 * MIB, 10 * MIB),),
            LAYERS[1:],
            "linux/amd64 grew by 2.0 MiB (+20.0%), more than `size-limit: 10%`.",
        ),
    ],
    ids=["as much", "smaller", "no base", "the worst of two", "no layers", "no layer grew"],
)
def test_over__names_the_layer(
    platforms: tuple[PlatformCells, ...], layers: tuple[LayerCells, ...], said: str
) -> None:
    assert growth.over(limit("10%"), platforms, layers) == said


def test_over__without_a_limit() -> None:
    assert growth.over(None, (cells("linux/amd64", 2, 1),), ()) == ""
