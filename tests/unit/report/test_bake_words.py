"""A bake in words: a line for each target, on a page and on a terminal, and never too long."""

from dataclasses import replace

from ghcr_action.buildx.measures import CacheUse
from ghcr_action.plans import bake
from ghcr_action.plans.bake_plan import BakeOutcome, TargetOutcome
from ghcr_action.report import bake as words
from ghcr_action.report.bake import BakeRow, BakeView
from ghcr_action.report.words import summary
from ghcr_action.values.oci import Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest
from ghcr_action.values.size import ImageSize, PlatformImage
from tests.fakes.engine import image
from tests.unit.plans.test_bake_plan import APP, HOME, facts, settings

ROOT = image([Platform("linux", "amd64")], of="app")[0]


def outcome(**changed: object) -> BakeOutcome:
    plan = bake.make(settings(), facts({"app": APP, "docs": {"output": ["out"]}}))
    assert isinstance(ROOT, Manifest)
    names = [f"linux/{name}" for name in ("amd64", "arm64", "386", "s390x", "riscv64")]
    size = ImageSize(
        platforms=tuple(
            PlatformImage(
                platform=Platform.parse(name), digest=Digest.of(name.encode()), size=1 << 20
            )
            for name in names
        ),
        total=5 << 20,
    )
    targets = (
        TargetOutcome(plan=plan.targets[0], root=ROOT, size=size, pushed=True),
        TargetOutcome(plan=plan.targets[1]),
    )
    return replace(BakeOutcome(plan=plan, targets=targets), **changed)  # type: ignore[arg-type]


def test_view__a_row_for_each_target() -> None:
    view = words.view(outcome(), source="abc", is_dry_run=False, steps=())

    assert [(row.target, row.status, row.platforms) for row in view.rows] == [
        ("app", "✅ pushed", "linux/amd64, linux/arm64, linux/386, linux/s390x and 1 more"),
        ("docs", "🟦 built, not pushed", ""),
    ]
    assert view.verdict == "✅ 1 pushed"
    written = summary.bake(view)
    digest = ROOT.descriptor.digest
    assert f"| `app` | ✅ pushed | `{digest.short}` | `1` |" in written.markdown
    assert f"docker pull {HOME}/app@{digest}" in written.markdown
    assert str(digest) in written.plain
    assert "out" in "".join(words.plan_lines(outcome().plan))


def test_view__what_the_cache_spared() -> None:
    use = CacheUse(cached=1, cacheable=2)

    view = words.view(outcome(cache=use), source="", is_dry_run=False, steps=())

    assert dict(view.facts)["Cache"] == "1/2 steps, shared ones once"


def test_view__an_evaluation_and_a_plan() -> None:
    plan = bake.make(settings(call="check"), facts({"app": APP}))
    idle = BakeOutcome(plan=plan, targets=(TargetOutcome(plan=plan.targets[0]),))

    assert words.view(idle, source="", is_dry_run=False, steps=()).verdict == "🟦 evaluated"
    assert words.view(idle, source="", is_dry_run=True, steps=()).verdict == "planned"
    assert words.reason(idle) == "`call: check` evaluates, it does not build"


def test_view__what_is_not_built_is_left_out_of_a_plan() -> None:
    plan = bake.make(
        settings(), facts({"app": APP, "b": {"tags": [f"{HOME}/b:1"]}}, changed={"app": "x"})
    )
    idle = BakeOutcome(plan=plan, targets=tuple(TargetOutcome(plan=each) for each in plan.targets))

    view = words.view(idle, source="", is_dry_run=True, steps=())

    assert [row.status for row in view.rows] == ["planned", "left out"]


def test_reason__of_each_target_where_there_is_none_for_all() -> None:
    plan = bake.make(settings(), facts({"app": APP, "b": {}}, changed={}))
    idle = BakeOutcome(plan=plan, targets=tuple(TargetOutcome(plan=each) for each in plan.targets))

    assert words.reason(idle) == (
        "app: nothing that it is built from has changed; b: it has no tags"
    )


def test_summary__hostile_names_stay_cells() -> None:
    row = BakeRow(
        target="a|b",
        status="x",
        digest="",
        tags="",
        size="",
        platforms="<b>",
        reason="@team | </details>",
    )

    written = summary.bake(BakeView(title="1 target", verdict="x", rows=(row,))).markdown

    line = next(line for line in written.splitlines() if "team" in line)
    assert line.replace("\\|", "").count("|") == 7
    assert "</details>" not in line
    assert "<b>" not in line


def test_summary__is_no_longer_than_a_runner_takes() -> None:
    row = BakeRow(
        target="t",
        status="x",
        digest="sha256:" + "0" * 64,
        tags="y" * 30_000,
        size="",
        platforms="",
    )
    view = BakeView(title="t", verdict="v", rows=(row,) * 60, chart="c", outputs=(("o", "v"),))

    written = summary.bake(view).markdown

    assert len(written.encode()) <= summary.MAX_MARKDOWN
    assert "all but 20 of the targets" in written
