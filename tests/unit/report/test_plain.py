"""What a person at a terminal reads: aligned, nothing cut, and nothing that speaks to the
terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.plans.visibility import Finding
from ghcr_action.report.cleanup import CleanupRow, CleanupView
from ghcr_action.report.inspect import InspectedView
from ghcr_action.report.visibility import VisibleRow
from ghcr_action.report.words import markdown, plain
from ghcr_action.report.words.views import ImageView, PlatformRow

DIGEST = f"sha256:{'4e' * 32}"
PLATFORMS = (
    PlatformRow(platform="linux/amd64", digest=DIGEST, size="84.2 MiB"),
    PlatformRow(platform="linux/arm64/v8", digest=DIGEST, size="912.0 KiB"),
)


def test_image__whole() -> None:
    tags = markdown.Safe(f"{markdown.code('1.8')}, {markdown.code('a|b')}")
    view = ImageView(
        title="ghcr.io/acme/api",
        verdict="✅ pushed",
        digest=DIGEST,
        by_digest=(f"ghcr.io/acme/api@{DIGEST}",),
        by_tag=("ghcr.io/acme/api:1.8",),
        platforms=PLATFORMS,
        facts=(("Tags", tags), ("Compressed", "85.1 MiB, `all` together")),
        notices=("latest stays where it is: 2.0 is newer.",),
        outputs=(("digest", DIGEST),),
        chart="gantt",
    )

    assert plain.image(view) == (
        "\n"
        "ghcr.io/acme/api · ✅ pushed\n"
        "────────────────────────────\n"
        "\n"
        "Tags        1.8, a|b\n"
        "Compressed  85.1 MiB, `all` together\n"
        "\n"
        "Platform        Compressed  Digest\n"
        f"linux/amd64       84.2 MiB  {DIGEST}\n"
        f"linux/arm64/v8   912.0 KiB  {DIGEST}\n"
        "\n"
        "! latest stays where it is: 2.0 is newer.\n"
    )


def test_image__what_is_not_known_takes_no_room() -> None:
    assert plain.image(
        ImageView(title="Image", verdict="planned", reason="Not pushed: a fork.")
    ) == ("\nImage · planned\n───────────────\n\nNot pushed: a fork.\n")


def test_inspected__whole() -> None:
    view = InspectedView(
        title="ghcr.io/acme/api:1",
        digest=DIGEST,
        facts=(("Digest", DIGEST), ("Referrers", "1")),
        platforms=PLATFORMS[:1],
        referrers=(("application/spdx+json", DIGEST, "1.0 KiB"),),
        texts=(("label", "a", "b"),),
    )

    assert plain.inspected((view,)) == (
        "\n"
        "ghcr.io/acme/api:1\n"
        "──────────────────\n"
        "\n"
        f"Digest     {DIGEST}\n"
        "Referrers  1\n"
        "\n"
        "Platform     Compressed  Digest\n"
        f"linux/amd64    84.2 MiB  {DIGEST}\n"
        "\n"
        "Referrer                  Size  Digest\n"
        f"application/spdx+json  1.0 KiB  {DIGEST}\n"
    )


def test_cleanup__whole() -> None:
    row = CleanupRow(tags="pr-7", digest=DIGEST, said="3")
    kept = CleanupRow(tags="latest", digest=DIGEST, said="`keep-tags` names it")
    full = CleanupView(
        title="ghcr.io/acme/api",
        verdict="3 versions deleted",
        warnings=("2 versions are left",),
        going=(row,),
        more_going=4,
        kept=(kept,),
        more_kept=5,
    )
    empty = CleanupView(
        title="x",
        verdict="0 versions deleted",
        warnings=(),
        going=(),
        more_going=0,
        kept=(),
        more_kept=0,
    )

    assert plain.cleanup((full, empty)) == (
        "\n"
        "Clean-up of ghcr.io/acme/api\n"
        "────────────────────────────\n"
        "\n"
        "3 versions deleted\n"
        "\n"
        "! 2 versions are left\n"
        "\n"
        f"Goes{' ' * 67}  Versions  Tags\n"
        f"{DIGEST}         3  pr-7\n"
        "\n"
        "… and 4 more.\n"
        "\n"
        f"Stays{' ' * 66}  Tags    Because\n"
        f"{DIGEST}  latest  `keep-tags` names it\n"
        "\n"
        "… and 5 more.\n"
        "\n"
        "Clean-up of x\n"
        "─────────────\n"
        "\n"
        "0 versions deleted\n"
    )


def test_visibility__whole() -> None:
    private = Finding(
        visibility="private",
        sentence="private, GitHub says",
        problem="It is not public",
        fix="Change it.",
        notices=("It inherits",),
    )
    public = Finding(visibility="public", sentence="public")

    assert plain.visibility(
        (
            VisibleRow(image="ghcr.io/a/b", finding=private),
            VisibleRow(image="ghcr.io/a/long", finding=public),
        )
    ) == (
        "\n"
        "Visibility\n"
        "──────────\n"
        "\n"
        "Image           Visibility  Seen\n"
        "ghcr.io/a/b     private     private, GitHub says\n"
        "ghcr.io/a/long  public      public\n"
        "\n"
        "! It is not public. Change it.\n"
        "! It inherits\n"
    )


@pytest.mark.parametrize(
    ("cell", "columns"),
    [("abc", 3), ("✅", 2), ("日本", 4), ("e\u0301", 1), ("❌\u00a0failed", 9), ("🗑️", 2), ("", 0)],
    ids=["ascii", "emoji", "wide", "combining", "no-break space", "variation selector", "empty"],
)
def test_width__is_what_a_terminal_takes(cell: str, columns: int) -> None:
    assert plain.width(cell) == columns


@given(st.text(max_size=60))
def test_text__says_nothing_to_a_terminal(said: str) -> None:
    assert plain.text(markdown.code(said)) == plain.text(said) or "`" in said or "\\" in said
    assert not [each for each in plain.text(said) if ord(each) < 0x20 or 0x7F <= ord(each) < 0xA0]


def test_table__of_nothing_is_nothing() -> None:
    assert plain.table((), header=("A", "B")) == []
