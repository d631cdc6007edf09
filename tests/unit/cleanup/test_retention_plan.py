from datetime import timedelta

import pytest

from ghcr_action.cleanup import plan as plans
from ghcr_action.values.oci import Index, Manifest
from tests.fakes.images import digest_tag, index, manifest
from tests.unit.cleanup.packages import Package


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
        "pull": "`remove` does not name its tag pr-7",
        "pull-arm": plans.PART,
        "pull-amd": plans.PART,
        "new-signature": plans.PART,
        "new": "`remove` does not name its tag latest",
        "new-arm": plans.PART,
        "new-amd": plans.PART,
    }


def test_untagged__is_left_alone_where_only_tags_are_named(package: Package) -> None:
    assert package.going(remove=("pr-*",)) == [["pull", "pull-amd", "pull-arm"]]
    assert package.kept(remove=("pr-*",))["old"] == "`remove` does not name it"


def test_tags__an_image_stays_for_one_tag_that_is_not_named(package: Package) -> None:
    assert package.going(remove=("latest",)) == []
    assert package.kept(remove=("latest",))["new"] == "`remove` does not name its tag v2"


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
    assert package.kept() == {"signature": "it is younger than 1 day", "old": plans.PART}


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
    assert package.kept()["image"] == plans.PART


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
    assert package.kept(remove=("*-amd64",))["child"] == plans.PART
    package.add(manifest("other"), "other")
    assert package.going(remove=("1.2*",)) == [["parent", "child"]]


def test_orphans__a_signature_without_its_image_is_untagged() -> None:
    package = Package()
    package.add(manifest("signature"), digest_tag(manifest("gone"), ".sig"))
    package.add(manifest("attestation", subject=manifest("gone")))
    package.add(manifest("release"), "v1")

    assert package.going() == [["signature"], ["attestation"]]
    assert package.going(remove=("tagged",), keep_tags=("v1",)) == []


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
    assert package.kept(remove=("tagged", "untagged")) == {"new": plans.LAST_TAGGED}


def test_last__a_tag_that_names_a_digest_counts_where_there_is_no_other() -> None:
    package = Package()
    package.add(manifest("signature"), digest_tag(manifest("gone")))
    package.add(manifest("untagged"))

    assert package.kept() == {"signature": plans.LAST_TAGGED}


def test_last__one_version_stays_where_none_has_a_tag() -> None:
    package = Package()
    package.add(manifest("old"), days=30)
    package.add(manifest("new"), days=20)

    assert package.going() == [["old"]]
    assert package.kept() == {"new": plans.LAST}


def test_nothing__of_an_empty_package() -> None:
    assert Package().plan() == plans.Retention(doomed=(), kept=())


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
