"""Cache use and slowest steps."""

from datetime import UTC, datetime

import pytest

from ghcr_action.buildx import measures
from ghcr_action.buildx.measures import CacheUse
from ghcr_action.buildx.step import Step, StepName
from tests.unit.buildx.recordings import folded, recorded

END = datetime(2026, 11, 23, tzinfo=UTC)


def step(
    name: str,
    seconds: float = 1.0,
    *,
    number: int = 1,
    is_cached: bool = False,
    is_over: bool = True,
) -> Step:
    return Step(
        digest=name,
        name=StepName.parse(name),
        number=number,
        completed=END if is_over else None,
        seconds=seconds,
        is_cached=is_cached,
    )


USES = {
    "nothing": ((), CacheUse(cached=0, cacheable=0), "n/a"),
    "one-executed": (
        (step("[1/1] RUN a", 2.5),),
        CacheUse(cached=0, cacheable=1),
        "0/1",
    ),
    "one-cached": (
        (step("[1/1] RUN a", is_cached=True),),
        CacheUse(cached=1, cacheable=1),
        "1/1",
    ),
    "mixed": (
        (
            step("[2/3] RUN a", is_cached=True),
            step("[3/3] RUN b", 2.0),
            step("[x 2/2] COPY c d", 3.0),
        ),
        CacheUse(cached=1, cacheable=3),
        "1/3",
    ),
    "others-do-not-count": (
        (
            step("[internal] load .dockerignore"),
            step("[auth] a token for b"),
            step("[context x] load"),
            step("[1/2] FROM debian", is_cached=True),
            step("exporting to image", is_cached=True),
            step("importing cache manifest from x"),
            step("https://example.com/a", is_cached=True),
        ),
        CacheUse(cached=0, cacheable=0),
        "n/a",
    ),
    "unfinished-does-not-count": (
        (step("[1/1] RUN a", is_over=False),),
        CacheUse(cached=0, cacheable=0),
        "n/a",
    ),
}


@pytest.mark.parametrize(("steps", "use", "text"), USES.values(), ids=USES)
def test_cache_use__counted(steps: tuple[Step, ...], use: CacheUse, text: str) -> None:
    assert measures.cache_use(steps) == use
    assert str(use) == text


@pytest.mark.parametrize(
    ("cached", "cacheable", "ratio"), [(0, 0, None), (0, 2, 0.0), (1, 4, 0.25), (3, 3, 1.0)]
)
def test_cache_use__ratio(cached: int, cacheable: int, ratio: float | None) -> None:
    assert CacheUse(cached=cached, cacheable=cacheable).ratio == ratio


RECORDED = {
    "ok": "0/3",
    "cached": "3/3",
    "failed": "0/2",
    "copy": "0/1",
    "multi": "0/4",
    "raced": "0/1",
    "syntax": "n/a",
}


@pytest.mark.parametrize(("name", "text"), RECORDED.items(), ids=RECORDED)
def test_cache_use__recorded(name: str, text: str) -> None:
    assert str(measures.cache_use(folded(*recorded(name)).steps)) == text


def test_slowest__longest_first_and_of_equals_the_earlier() -> None:
    long, early, late = step("[1/9] RUN a", 9.0), step("b", 2.0, number=2), step("c", 2.0, number=3)
    others = (
        step("d", 5.0, is_cached=True),
        step("e", 5.0, is_over=False),
        step("f", 0.0),
        step("[internal] load", 7.0),
    )

    assert measures.slowest((late, *others, early, long)) == (long, early, late)
    assert len(measures.slowest((long,) * 9)) == measures.SLOWEST


def test_first_runs__a_step_counts_as_it_went_first() -> None:
    first = (step("[1/2] RUN a", 2.0), step("[2/2] RUN b", is_over=False))
    second = (
        step("[1/2] RUN a", 0.0, is_cached=True),
        step("[2/2] RUN b", 3.0),
        step("exporting to image"),
    )

    assert measures.first_runs(first, second) == (first[0], second[1], second[2])
    assert measures.first_runs() == ()
