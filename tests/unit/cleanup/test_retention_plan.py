from datetime import timedelta

import pytest

from ghcr_action.cleanup import plan as plans
from ghcr_action.cleanup import rules as rules_of
from ghcr_action.cleanup.graph import GHOST, UNTAG_KEY
from ghcr_action.cleanup.plan import Moment
from ghcr_action.cleanup.rules import Brake, By
from ghcr_action.cleanup.selector import Kind, Selector, World
from ghcr_action.values.oci import Index, Manifest
from tests.fakes import retention
from tests.fakes.images import digest_tag, index, manifest
from tests.unit.cleanup.packages import NOW, Package

PART, LAST = plans.PART.text, plans.LAST.text
LAST_TAGGED, LAST_NAMED = plans.LAST_TAGGED.text, plans.LAST_NAMED.text
NOT_NAMED = "no rule names it: it has no tag, and `untagged` is not named"


def image(name: str) -> tuple[Manifest, Manifest, Index]:
    """Two platforms and the index that lists them."""
    amd, arm = (
        manifest(f"{name}-amd", layers={"base": 1000, name: 10}),
        manifest(f"{name}-arm", layers={"base-arm": 900, name: 10}),
    )
    return amd, arm, index(name, amd, arm)


@pytest.fixture
def package() -> Package:
    """``latest`` for two platforms, signed; an older image that lost its tag; and one of a pull
    request."""
    made = Package()
    for name, tags, days in (
        ("old", (), 60),
        ("new", ("latest", "v2"), 20),
        ("pull", ("pr-7",), 10),
    ):
        for part in image(name)[:2]:
            made.add(part, days=days)
        made.add(image(name)[2], *tags, days=days)
    made.add(
        manifest("new-signature", subject=image("new")[2]),
        digest_tag(image("new")[2], ".sig"),
        days=20,
    )
    made.add(manifest("old-signature", subject=image("old")[0]), days=60)
    return made


def test_untagged__an_image_goes_with_all_that_belongs_to_it(package: Package) -> None:
    assert package.going() == [["old", "old-amd", "old-signature", "old-arm"]]
    assert package.kept() == {
        "pull": "no rule names its tag pr-7",
        "pull-arm": PART,
        "pull-amd": PART,
        "new-signature": PART,
        "new": "no rule names its tag latest",
        "new-arm": PART,
        "new-amd": PART,
    }


def test_untagged__is_left_alone_where_only_tags_are_named(package: Package) -> None:
    assert package.going(remove=("pr-*",)) == [["pull", "pull-amd", "pull-arm"]]
    assert package.kept(remove=("pr-*",))["old"] == NOT_NAMED


def test_tags__an_image_stays_for_one_tag_that_is_not_named(package: Package) -> None:
    assert package.going(remove=("latest",)) == []
    assert package.kept(remove=("latest",))["new"] == "no rule names its tag v2"


def test_tags__signatures_go_with_their_image_and_count_as_no_image(package: Package) -> None:
    assert package.going(remove=("latest", "v2")) == [
        ["new", "new-amd", "new-arm", "new-signature"]
    ]
    assert package.going(remove=("tagged",), keep_last=1) == [
        ["new", "new-amd", "new-arm", "new-signature"]
    ]


def test_keep_tags__hold_against_everything(package: Package) -> None:
    assert package.going(remove=("tagged", "untagged"), keep_tags=("v*",)) == [
        ["old", "old-amd", "old-signature", "old-arm"],
        ["pull", "pull-amd", "pull-arm"],
    ]
    assert (
        package.kept(remove=("tagged",), keep_tags=("v*",))["new"]
        == "its tag v2 matches v* of `keep-tags`"
    )


def test_keep_tags__a_signature_that_stays_keeps_what_it_signs() -> None:
    package = Package()
    package.add(manifest("image"))
    package.add(manifest("signature"), digest_tag(manifest("image"), ".sig"))
    package.add(manifest("other"), "v1")

    assert package.going(keep_tags=("sha256-*",)) == []
    assert package.going() == [["image", "signature"]]


def test_keep_tags__an_index_stays_where_its_platform_is_signed_and_kept() -> None:
    """Else the platform would stay as an image without a tag, and no index would list it."""
    package = Package()
    amd, arm, both = image("old")
    for part in (amd, arm, both):
        package.add(part)
    package.add(manifest("signature", subject=amd), digest_tag(amd, ".sig"))
    package.add(manifest("other"), "v1")

    assert package.going() == [["old", "old-amd", "signature", "old-arm"]]
    assert package.going(keep_tags=("sha256-*",)) == []


def test_closed_pull_requests__go_where_github_says_they_are_closed(package: Package) -> None:
    assert package.going(remove=("closed-pull-requests",)) == [["pull", "pull-amd", "pull-arm"]]
    assert package.going(7, remove=("closed-pull-requests",)) == []


def test_keep_last__counts_what_would_go() -> None:
    package = Package()
    for number in range(6):
        package.add(manifest(f"v{number}"), f"v{number}", days=30 - number)
    package.add(manifest("latest"), "latest", days=20)

    assert package.going(remove=("v*",), keep_last=4) == [["v0"], ["v1"]]
    assert (
        package.kept(remove=("v*",), keep_last=4)["v5"] == "it is one of the 4 newest tagged images"
    )
    assert package.going(remove=("v*",), keep_last=4, keep_tags=("v5",)) == [["v0"]]
    assert package.going(remove=("v*",), keep_last=9) == []


def test_keep_last_untagged__counts_images_and_not_their_parts() -> None:
    package = Package()
    for name, days in (("a", 30), ("b", 20), ("c", 10)):
        for part in image(name):
            package.add(part, days=days)

    assert package.going(keep_last_untagged=1) == [["a", "a-amd", "a-arm"], ["b", "b-amd", "b-arm"]]


def test_younger_than__stays_and_is_counted_by_keep_last() -> None:
    package = Package()
    for number, days in enumerate((30, 5, 1)):
        package.add(manifest(f"v{number}"), f"v{number}", days=days)

    assert package.going(remove=("tagged",), keep_younger_than=timedelta(days=7)) == [["v0"]]
    assert (
        package.kept(remove=("tagged",), keep_younger_than=timedelta(days=7))["v1"]
        == "it is younger than 7 days"
    )
    assert package.going(remove=("tagged",), keep_last=2, keep_younger_than=timedelta(days=7)) == [
        ["v0"]
    ]
    assert package.going(remove=("tagged",), keep_last=3, keep_younger_than=timedelta(days=7)) == []


@pytest.mark.parametrize(("days", "goes"), [(7, True), (6.99, False)], ids=["that old", "almost"])
def test_younger_than__its_end(days: float, goes: bool) -> None:
    package = Package()
    package.add(manifest("old"), days=days)
    package.add(manifest("release"), "v1")

    assert bool(package.going(keep_younger_than=timedelta(days=7))) is goes


def test_younger_than__a_fresh_signature_keeps_its_old_image() -> None:
    package = Package()
    package.add(manifest("old"), days=30)
    package.add(manifest("signature", subject=manifest("old")), days=0.5)

    assert package.going() == []
    assert package.kept() == {"signature": "it is younger than 1 day", "old": PART}


def test_younger_than__platforms_that_wait_for_their_index_stay() -> None:
    package = Package()
    package.add(manifest("amd"), days=0.01)
    package.add(manifest("release"), "v1")

    assert package.going() == []


def test_younger_than__an_image_stays_whole_for_a_part_that_does() -> None:
    first, second = manifest("first"), manifest("second")
    package = Package()
    package.add(first, days=30)
    package.add(second, days=0.5)
    package.add(index("image", first, second), days=30)
    package.add(manifest("release"), "v1")

    assert package.going() == []
    assert package.kept()["image"] == "it is younger than 1 day"


def test_shared__what_a_kept_image_holds_stays_and_goes_with_the_last() -> None:
    shared, first, second = manifest("shared"), manifest("first"), manifest("second")
    package = Package()
    package.add(shared, days=40)
    package.add(first, days=40)
    package.add(second, days=30)
    package.add(index("one", shared, first), "one", days=40)
    package.add(index("two", shared, second), "two", days=30)
    package.add(manifest("other"), "other")

    assert package.going(remove=("one",)) == [["one", "first"]]
    assert package.going(remove=("one", "two")) == [["one", "first"], ["two", "shared", "second"]]


def test_nested__what_an_index_in_an_index_holds_stays() -> None:
    inner = index("inner", manifest("leaf"))
    package = Package()
    package.add(manifest("leaf"))
    package.add(inner)
    package.add(index("outer", inner), "v1")

    assert package.going() == []


def test_tagged_child__is_an_image_of_its_own() -> None:
    child = manifest("child")
    package = Package()
    package.add(child, "1.2-amd64")
    package.add(index("parent", child), "1.2")

    assert package.going(remove=("1.2",)) == [["parent"]]
    assert package.kept(remove=("*-amd64",))["child"] == PART
    package.add(manifest("other"), "other")
    assert package.going(remove=("1.2*",)) == [["parent", "child"]]


def test_orphans__are_not_untagged() -> None:
    package = Package()
    package.add(manifest("signature"), digest_tag(manifest("gone"), ".sig"))
    package.add(manifest("attestation", subject=manifest("gone")))
    package.add(manifest("release"), "v1")

    gone = manifest("gone").descriptor.digest
    assert package.going(remove=("untagged", "tagged"), keep_tags=("v1",)) == []
    assert package.kept()["attestation"] == (
        f"it describes {gone}, which is not in this package, and `orphans` is not named"
    )
    assert package.going(remove=("orphans",)) == [["signature"], ["attestation"]]


def test_orphans__of_an_image_that_was_deleted_lately_go_with_it() -> None:
    package = Package()
    package.add(manifest("signature"), digest_tag(manifest("gone"), ".sig"), days=30)
    package.add(manifest("release"), "v1")
    gone = manifest("gone").descriptor.digest

    moment = Moment(now=NOW, world=World(deleted=frozenset({gone})))
    plan = plans.make(package.graph, retention.rules(), moment)

    assert [str(each.reason) for each in plan.to_delete[0].members] == [
        f"it belongs to {gone}, which was deleted"
    ]


def test_hidden__a_manifest_that_github_does_not_list_keeps_what_it_holds() -> None:
    package = Package()
    package.add(manifest("leaf"))
    package.add(index("hidden", manifest("leaf")), is_hidden=True)
    package.add(manifest("release"), "v1")

    assert package.going() == []


def test_circles__stay_with_what_they_hold() -> None:
    leaf, other = manifest("leaf"), manifest("other")
    circle = index("circle", leaf)
    package = Package()
    package.add(leaf)
    package.add(other, digest_tag(circle))
    package.add(circle, digest_tag(other))
    package.add(index("image", leaf), "v1")
    package.add(manifest("release"), "v2")

    assert package.going(remove=("untagged", "v1")) == [["image"]]


def test_last__one_tagged_version_stays() -> None:
    package = Package()
    package.add(manifest("old"), "v1", days=30)
    package.add(manifest("new"), "v2", days=20)
    package.add(manifest("signature"), digest_tag(manifest("old")), days=10)
    package.add(manifest("untagged"))

    assert package.going(remove=("tagged", "untagged")) == [["old", "signature"], ["untagged"]]
    assert package.kept(remove=("tagged", "untagged")) == {"new": LAST_NAMED}


def test_last__a_tag_that_names_a_digest_counts_where_there_is_no_other() -> None:
    package = Package()
    package.add(manifest("signature"), digest_tag(manifest("gone")))
    package.add(manifest("untagged"))

    assert package.kept(remove=("untagged", "orphans")) == {"signature": LAST_TAGGED}


def test_last__one_version_stays_where_none_has_a_tag() -> None:
    package = Package()
    package.add(manifest("old"), days=30)
    package.add(manifest("new"), days=20)

    assert package.going() == [["old"]]
    assert package.kept() == {"new": LAST}


def test_nothing__of_an_empty_package() -> None:
    assert Package().plan() == plans.Retention(to_delete=(), kept=())


def test_freed__counts_what_nobody_else_holds(package: Package) -> None:
    graph = package.graph
    gone = [version.digest for version in package.plan().going]

    # two configs, the signature's config and the own layer; both bases are in images that stay
    assert plans.freed(graph, gone) == 100 + 100 + 100 + 10
    assert plans.freed(graph, []) == 0


def test_going__is_every_version_in_order(package: Package) -> None:
    assert package.named(version.digest for version in package.plan().going) == [
        "old",
        "old-amd",
        "old-signature",
        "old-arm",
    ]


def releases(count: int, *, days: float = 30) -> Package:
    """``vN`` for two platforms, which have tags of their own; all at one time, the oldest first."""
    made = Package()
    for number in range(count):
        amd, arm, whole = image(f"v{number}")
        for part, name in ((amd, "amd64"), (arm, "arm64")):
            made.add(part, f"v{number}-{name}", days=days)
        made.add(whole, f"v{number}", days=days)
    return made


def test_keep_last__platforms_with_a_tag_use_no_slot() -> None:
    package = releases(6)

    going = package.going(remove=("v*",), keep_last=3)

    assert going == [[f"v{n}", f"v{n}-amd", f"v{n}-arm"] for n in range(3)]
    assert package.plan(remove=("v*",)).images == 6


def test_keep_last__platforms_of_an_untagged_index_use_no_slot() -> None:
    amd, arm, whole = image("old")
    package = releases(2)
    package.add(amd, "old-amd64", days=1)
    package.add(arm, "old-arm64", days=1)
    package.add(whole, days=1)

    going = package.going(remove=("v*", "untagged", "old*"), keep_last=2)

    assert going == [["old", "old-amd", "old-arm"]]


@pytest.mark.parametrize("share", [49, 50])
def test_brake__stops_what_is_too_much(share: int) -> None:
    package = releases(4)

    plan = package.plan(remove=("v*",), keep_last=2, brake=Brake(share=share))

    assert (plan.images, len(plan.to_delete)) == (4, 2)
    assert plan.brake == (
        "" if share == 50 else "2 of 4 tagged images would go, and `max-share` is 49%"
    )


def test_brake__everything_is_too_much_though_one_stays() -> None:
    plan = releases(2).plan(remove=("*",))

    assert (len(plan.to_delete), len(plan.kept)) == (1, 3)
    assert plan.brake == "2 of 2 tagged images would go, and `max-share` is 50%"


def test_brake__of_the_one_image_that_stays_in_any_case_says_nothing() -> None:
    plan = releases(1).plan(remove=("*",))

    assert (plan.going, plan.brake) == ((), "")


def test_brake__counts_versions() -> None:
    plan = releases(4).plan(remove=("v0*",), brake=Brake(deletions=2))

    assert plan.brake == "3 versions would go, and `max-deletions` is 2"


def test_last__the_newest_that_can_be_pulled_stays() -> None:
    package = Package()
    package.add(manifest("old"), "v1", days=30)
    package.add(index("broken", manifest("lost")), "v2", days=20)
    package.add(index("half", manifest("lost"), manifest("old")), "v3", days=10)

    kept = package.kept(remove=("tagged", "ghosts"))

    assert kept == {"old": LAST_NAMED}


def test_ghosts__go_where_they_are_named() -> None:
    package = Package()
    package.add(manifest("gone"), "v1")
    package.add(index("empty", manifest("lost")), "v2")
    package.add(index("half", manifest("lost"), manifest("there")), "v3")
    package.add(manifest("there"))
    package.add(manifest("whole"), "v4")
    package.nodes[manifest("gone").descriptor.digest] = GHOST

    assert package.going(remove=("ghosts",)) == [["gone"], ["empty"]]
    assert package.going(remove=("partials",)) == [["half", "there"]]
    assert package.going(remove=("ghosts", "partials")) == [["gone"], ["empty"], ["half", "there"]]
    assert package.going(remove=("untagged",)) == []


def test_ghosts__without_a_tag_are_no_untagged_images() -> None:
    package = Package()
    package.add(manifest("gone"))
    package.add(manifest("whole"), "v1")
    package.nodes.pop(manifest("gone").descriptor.digest)

    assert package.kept()["gone"] == (
        "GitHub lists it and the registry does not have it; `ghosts` removes such versions"
    )


def test_unreadable__stays_with_what_its_text_names() -> None:
    package = Package()
    amd, arm, whole = image("old")
    for each in (amd, arm, whole):
        package.add(each)
    package.add(manifest("odd"), "v0")
    package.add(manifest("release"), "v1")
    odd = manifest("odd").descriptor.digest
    raw = f'{{"layers": null, "was": "{amd.descriptor.digest}"}}'.encode()
    package.nodes[odd] = type(GHOST).read(raw, "", odd)

    assert package.going(remove=("untagged", "v0")) == [["old", "old-arm"]]
    assert package.kept(remove=("v0",))["odd"].startswith("it can't be read as a manifest (")


def test_digests__go_and_stay_by_name() -> None:
    package = releases(3)
    first, second = (str(image(f"v{n}")[2].descriptor.digest) for n in (0, 1))

    assert package.going(remove=(first,), keep_last=3) == [["v0"]]
    assert package.kept(remove=("v*",), keep_tags=(second,))["v1"] == (
        f"its digest is {second} of `keep-tags`"
    )


def test_in_use__stays() -> None:
    package = releases(3)
    digest = str(image("v0")[2].descriptor.digest)

    kept = package.kept(remove=("v*",), in_use=frozenset({"v1", digest}))

    assert (kept["v0"], kept["v1"]) == ("its digest is in use", "v1 is in use")
    assert (kept["v0-amd"], kept["v1-arm"]) == (PART, PART)


def test_keep_semver__the_newest_of_each_of_the_newest_lines() -> None:
    package = Package()
    for name in ("1.0.0", "1.0.1", "1.1.0", "2.0.0-rc.1", "2.0.0", "2.0.1", "2.1.0"):
        package.add(manifest(name), f"v{name}")
    package.add(manifest("edge"), "edge")

    kept = package.kept(remove=("v*",), keep_semver="3 minors")

    assert kept == {
        "edge": "no rule names its tag edge",
        "2.1.0": "v2.1.0 is the newest of one of the newest minors",
        "2.0.1": "v2.0.1 is the newest of one of the newest minors",
        "1.1.0": "v1.1.0 is the newest of one of the newest minors",
    }
    majors = package.kept(remove=("v*",), keep_semver="2 majors")
    assert sorted(majors) == ["1.1.0", "2.1.0", "edge"]


def test_caches__are_a_family_of_their_own() -> None:
    package = releases(1)
    package.add(manifest("cache"), "buildcache")
    cache = manifest("cache").descriptor.digest
    package.nodes[cache] = type(GHOST)(is_cache=True)

    assert package.going(remove=("caches",)) == [["cache"]]


def test_deleted_branches__go_by_their_tags() -> None:
    package = releases(1)
    package.add(manifest("topic"), "topic-a")
    moment = Moment(now=NOW, world=World(gone_branches=frozenset({"topic-a", "main"})))

    plan = plans.make(package.graph, retention.rules(("deleted-branches",)), moment)

    assert package.named(each.digest for each in plan.going) == ["topic"]


@pytest.mark.parametrize(("by", "goes"), [(By.CREATED, True), (By.UPDATED, False)])
def test_by__the_date_that_counts(by: By, goes: bool) -> None:
    package = releases(1)
    package.add(manifest("old"), "old", days=0.1)
    version = package.versions[-1]
    created = NOW - timedelta(days=30)
    package.versions[-1] = type(version)(
        id=version.id,
        digest=version.digest,
        tags=version.tags,
        created=created,
        updated=version.updated,
    )

    assert bool(package.going(remove=("old",), by=by)) is goes


def test_untag__takes_named_tags_from_an_image_that_others_keep() -> None:
    package = releases(1)
    package.add(manifest("app"), "pr-7", "nightly-1", "latest")
    package.add(manifest("new"), "pr-8", "edge", days=0.1)
    rules = {"remove": ("pr-*", "nightly-*"), "keep_tags": ("v*",), "untag": True}

    (found,) = package.plan(**rules).untags

    assert (found.tags, found.reason.text) == (
        ("pr-7", "nightly-1"),
        "its tag latest keeps the image",
    )
    assert package.plan(**rules | {"untag": False}).untags == ()
    assert package.plan(**rules | {"keep_last": 1}).untags == ()
    assert package.plan(**rules | {"keep_tags": ("pr-7", "nightly-1")}).untags == ()


def test_untag__what_a_stopped_run_left_goes() -> None:
    package = releases(1)
    package.add(manifest("stand-in"), "pr-7", days=0)
    digest = manifest("stand-in").descriptor.digest
    package.nodes[digest] = type(GHOST)(is_untag=True)

    assert package.going(remove=()) == [["stand-in"]]
    assert package.plan(remove=()).images == 1
    assert UNTAG_KEY == "io.github.ghcr-action.untag"


def test_families__the_first_that_names_a_tag_counts() -> None:
    package = Package()
    for number in range(3):
        package.add(manifest(f"v{number}"), f"v{number}", f"r{number}", days=30 - number)
    package.add(manifest("main"), "main")

    def family(name: str, text: str, **more: int | bool) -> rules_of.Family:
        return rules_of.Family(name=name, selectors=(Selector(text, Kind.GLOB),), **more)  # type: ignore[arg-type]

    rules = rules_of.Rules(
        families=(family("r", "r*", keep_last=1), family("v", "v*", keep_last=3)),
        brake=retention.LOOSE,
    )
    plan = plans.make(package.graph, rules, Moment(now=NOW))

    assert package.named(each.digest for each in plan.going) == ["v0", "v1"]
    assert plan.to_delete[0].members[0].reason.rule == "r: v*, r*"
    stays = rules_of.Rules(families=(family("all", "*", keeps_all=True),))
    kept = plans.make(package.graph, stays, Moment(now=NOW)).kept
    assert {str(each.reason) for each in kept} == {"the family all stays"}


def test_listing_order__does_not_matter(package: Package) -> None:
    before = package.plan(remove=("untagged", "pr-*"))
    package.versions.reverse()
    package.nodes = dict(reversed(package.nodes.items()))

    assert package.plan(remove=("untagged", "pr-*")) == before
