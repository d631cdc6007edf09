"""A summary that would be too long: what goes first, what is said of it, and that whatever stays is
whole."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ghcr_action.plans.visibility import Finding
from ghcr_action.report.cleanup import CleanupRow, CleanupView
from ghcr_action.report.inspect import InspectedView
from ghcr_action.report.visibility import VisibleRow
from ghcr_action.report.words import plain, render, summary
from ghcr_action.report.words.views import FailureView, ImageView, PlatformRow
from ghcr_action.values.summary import Summary

LIMIT = summary.MAX_MARKDOWN
MUCH = "x" * LIMIT
DIGEST = f"sha256:{'4e' * 32}"
VIEW = ImageView(
    title="ghcr.io/acme/api",
    verdict="✅ pushed",
    digest=DIGEST,
    facts=(("Source", "a1b2c3d"), ("Tags", "1")),
    notices=("one",),
)


def left_out(*names: str) -> tuple[str, ...]:
    return ("one", *(f"Left out, since GitHub takes 1 MiB at most: {name}." for name in names))


def test_image__that_fits_is_whole() -> None:
    view = replace(VIEW, chart="gantt", commands=("docker",))

    assert summary.image(view) == Summary(markdown=render.summary(view), plain=plain.image(view))


@pytest.mark.parametrize(
    ("large", "kept"),
    [
        (
            replace(VIEW, chart=MUCH, commands=("docker",)),
            replace(VIEW, commands=("docker",), notices=left_out("the timeline")),
        ),
        (
            replace(VIEW, chart="gantt", outputs=(("tags", MUCH),), pins=(("A", "b", "c"),)),
            replace(VIEW, pins=(("A", "b", "c"),), notices=left_out("the timeline", "the outputs")),
        ),
        (
            replace(VIEW, outputs=(("a", "b"),), commands=(MUCH,)),
            replace(VIEW, notices=left_out("the outputs", "what ran")),
        ),
        (replace(VIEW, pins=(("A", "b", MUCH),)), replace(VIEW, notices=left_out("how to pin it"))),
        (
            replace(
                VIEW,
                facts=(("Source", "a1b2c3d"), ("Tags", MUCH)),
                by_digest=("i@d",),
                by_tag=("i:1",) * 30,
                notices=("one",) * 40,
            ),
            replace(
                VIEW,
                facts=(("Source", "a1b2c3d"),),
                by_digest=("i@d",),
                by_tag=("i:1",) * 20,
                notices=(*("one",) * 20, *left_out("all but 20 of each list")[1:]),
            ),
        ),
    ],
    ids=["timeline", "outputs", "commands", "pins", "open parts"],
)
def test_image__folded_parts_go_first(large: ImageView, kept: ImageView) -> None:
    found = summary.image(large)

    assert found == Summary(markdown=render.summary(kept), plain=plain.image(large))
    assert len(found.markdown.encode()) <= LIMIT


def test_image__a_template_of_ones_own_is_given_less() -> None:
    write: Callable[[ImageView], str] = lambda view: f"{view.chart}{view.title}"  # noqa: E731  a user's template

    assert summary.image(replace(VIEW, chart=MUCH), write).markdown == VIEW.title


def test_image__bytes_count_not_characters() -> None:
    view = replace(VIEW, chart="ä" * (LIMIT // 2))

    assert summary.image(view).markdown == render.summary(
        replace(VIEW, notices=left_out("the timeline"))
    )


INSPECTED = InspectedView(
    title="ghcr.io/acme/api:1",
    digest=DIGEST,
    facts=(("Digest", DIGEST),),
    platforms=(),
    referrers=(),
    texts=(),
)
NO_TEXTS = (
    "Left out, since GitHub takes 1 MiB at most: labels and annotations; the "
    "output `json` has them."
)
FEW = (
    "Left out, since GitHub takes 1 MiB at most: all but 20 of the referrers and "
    "platforms; the output `json` has them."
)


@pytest.mark.parametrize(
    ("large", "kept"),
    [
        (
            replace(INSPECTED, texts=(("label", "a", MUCH),)),
            replace(INSPECTED, notices=(NO_TEXTS,)),
        ),
        (
            replace(
                INSPECTED,
                referrers=(("a/b", DIGEST, "1 B"),) * 20_000,
                texts=(("label", "a", "b"),),
            ),
            replace(INSPECTED, referrers=(("a/b", DIGEST, "1 B"),) * 20, notices=(NO_TEXTS, FEW)),
        ),
        (
            replace(
                INSPECTED,
                platforms=(PlatformRow(platform="linux/amd64", digest=DIGEST, size="1 B"),)
                * 20_000,
            ),
            replace(
                INSPECTED,
                platforms=(PlatformRow(platform="linux/amd64", digest=DIGEST, size="1 B"),) * 20,
                notices=(FEW,),
            ),
        ),
    ],
    ids=["labels", "referrers", "platforms"],
)
def test_inspected__labels_go_first(large: InspectedView, kept: InspectedView) -> None:
    assert summary.inspected((large,)) == Summary(
        markdown=render.inspected((kept,)), plain=plain.inspected((large,))
    )


def test_cleanup__of_many_packages_counts_what_it_does_not_show() -> None:
    row = CleanupRow(tags="untagged", digest=DIGEST, said="1")
    one = CleanupView(
        title="p",
        verdict="v",
        warnings=(),
        going=(row,) * 200,
        more_going=3,
        kept=(row,) * 200,
        more_kept=0,
    )
    some, many = (one,) * 90, (one,) * 140

    short = replace(one, kept=(row,) * 20, more_kept=180)
    assert summary.cleanup(some) == Summary(
        markdown=render.cleanup((short,) * 90), plain=plain.cleanup(some)
    )
    shorter = replace(short, going=(row,) * 20, more_going=183)
    assert summary.cleanup(many).markdown == render.cleanup((shorter,) * 140)


def test_failure__what_was_said_is_in_the_log() -> None:
    view = FailureView(what="The build failed", said=MUCH, code="BUILD")

    found = summary.failure(view)

    assert found.markdown == render.failure(
        replace(view, said="It is too long for this page: the log of the step has all of it.")
    )
    assert found.plain == ""


def test_visibility__is_short() -> None:
    rows = (
        VisibleRow(image="ghcr.io/a/b", finding=Finding(visibility="public", sentence="public")),
    )

    assert summary.visibility(rows) == Summary(
        markdown=render.visibility(rows), plain=plain.visibility(rows)
    )
