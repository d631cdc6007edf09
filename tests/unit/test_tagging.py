"""Which tags are written and which stay, by table."""

import pytest

from ghcr_action.errors import PolicyRefused
from ghcr_action.names import policy as tag_policy
from ghcr_action.names.policy import Decision, IfExists, KeptTag, Moving, TagPolicy
from ghcr_action.values.reference import Digest, Reference, Repository, Tag

APP = Repository("ghcr.io", "octo/app")
OTHER = Repository("quay.io", "octo/app")
ONE, TWO = Digest.of(b"one"), Digest.of(b"two")


def names(*tags: str, repository: Repository = APP) -> tuple[Reference, ...]:
    return tuple(repository.tag(Tag(tag)) for tag in tags)


def tags(*found: str) -> tuple[Tag, ...]:
    return tuple(map(Tag, found))


VARIANTS = (
    "alpine",
    "bookworm",
    "slim-bookworm",
    "alpine3.20",
    "ubi9-minimal",
    "debug",
    "cuda12.4-runtime",
)
EARLY = (
    "rc.1",
    "beta2",
    "alpha",
    "dev",
    "SNAPSHOT",
    "m3",
    "0",
    "20240101",
    "alpine-rc1",
    "preview-1",
    "nightly",
)


def told(wanted: str, existing: str, released: str = "") -> dict[str, str]:
    """Each tag that stays, with its reason."""
    decision = tag_policy.decide(
        TagPolicy(), names(*wanted.split()), {APP: tags(*existing.split())}, released=released
    )
    return {each.reference.target: each.reason for each in decision.kept_tags}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("released", ["", "v1.2.3"])
def test_decide__a_variant_is_a_line_of_its_own(variant: str, released: str) -> None:
    beside = f"1.2.3 1.2 1 latest 1.2.3-{variant} 1.2-{variant} latest-{variant}"

    assert told(beside, f"1.2.2 1.9.0-{variant}x 2.0.0-{variant}.x", released) == {}
    assert (
        told("1.2.3 1 latest", f"1.2.3-{variant} 1.3.0-{variant} 2.0.0-{variant}", released) == {}
    )
    newer = "1.3.0 is newer than 1.2.3"
    assert told(beside, f"1.3.0-{variant}", released) == {f"latest-{variant}": newer}
    assert told(beside, "1.3.0", released) == {"1": newer, "latest": newer}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("released", ["", "variant"])
def test_decide__a_variant_alone_asks_for_the_names_of_none(variant: str, released: str) -> None:
    git_tag = f"v1.2.3-{variant}" if released else ""

    assert told(f"1.2.3-{variant} latest", f"1.2.2 1.2.2-{variant} 2.0.0-x", git_tag) == {}
    for newer in ("1.3.0", f"1.3.0-{variant}"):
        assert told(f"1.2.3-{variant} latest", f"1.2.2 {newer}", git_tag) == {
            "latest": "1.3.0 is newer than 1.2.3"
        }


@pytest.mark.parametrize("early", EARLY)
def test_decide__a_pre_release_ranks_below_its_release(early: str) -> None:
    assert told(f"2.0.0 2 latest 2.0.0-{early}", f"2.0.0-{early} 3.0.0-{early}") == {}
    assert told("2.0.0 latest", "", f"v2.0.0-{early}") == {}
    assert told(f"2.0.0-{early} latest", "1.0.0") == {"latest": f"2.0.0-{early} is a pre-release"}
    assert told("latest 2", "1.0.0", f"v2.0.0-{early}") == dict.fromkeys(
        ("latest", "2"), f"2.0.0-{early} is a pre-release"
    )


@pytest.mark.parametrize(
    ("wanted", "existing", "released", "expected"),
    [
        ("1.2.3rc1 latest", "", "", {"latest": "1.2.3rc1 is a pre-release"}),
        ("latest", "", "v1.2.3.dev4", {"latest": "1.2.3.dev4 is a pre-release"}),
        ("1.2.3 latest", "1.3.0rc1 1.3.0b2 1.3.0.dev1", "", {}),
        ("1.2.3 latest", "1.3.0.post1", "", {"latest": "1.3.0.post1 is newer than 1.2.3"}),
        ("1.2.3-post2 latest", "1.2.3", "", {}),
        ("api-1.2.3 api-latest", "api-1.3.0-alpine api-2.0.0-rc.1", "api-v1.2.3", {}),
        ("api-latest", "api-1.3.0", "api-v1.2.3", {"api-latest": "1.3.0 is newer than 1.2.3"}),
        ("1.2.3 latest", "2.0.0.0 2.0.0x 02.0.0", "", {}),
        (
            "latest-alpine",
            "",
            "v2.0.0-rc.1-alpine",
            {"latest-alpine": "2.0.0-rc.1 is a pre-release"},
        ),
        ("1.2.3 latest", "1.3.0-1", "", {}),
        ("latest", "1.3.0", f"v1.2.3-{'x' * 300}", {}),
    ],
)
def test_decide__versions_however_they_are_written(
    wanted: str, existing: str, released: str, expected: dict[str, str]
) -> None:
    assert told(wanted, existing, released) == expected


@pytest.mark.parametrize(
    ("wanted", "existing", "released", "written", "stays"),
    [
        ("1.2.3 1.2 1 latest", "", "", "1.2.3 1.2 1 latest", {}),
        ("latest 1 1.2.3", "1.2.2 1.2.3 latest", "", "1.2.3 latest 1", {}),
        (
            "1.2.4 1.2 1 latest",
            "1.2.3 1.3.0 2.0.0",
            "",
            "1.2.4 1.2",
            {"1": "1.3.0 is newer than 1.2.4", "latest": "2.0.0 is newer than 1.2.4"},
        ),
        ("1.9.0 latest", "1.10.0", "", "1.9.0", {"latest": "1.10.0 is newer than 1.9.0"}),
        ("2.0.0 latest", "3.0.0-rc.1", "", "2.0.0 latest", {}),
        (
            "2.0.0-rc.1 2 latest",
            "",
            "",
            "2.0.0-rc.1",
            dict.fromkeys(("2", "latest"), "2.0.0-rc.1 is a pre-release"),
        ),
        (
            "v1.2.3 v1 latest",
            "v1.3.0 1.2.9",
            "",
            "v1.2.3",
            dict.fromkeys(("v1", "latest"), "1.3.0 is newer than 1.2.3"),
        ),
        (
            "1.2.3-alpine 1.2-alpine latest-alpine",
            "1.3.0",
            "",
            "1.2.3-alpine 1.2-alpine latest-alpine",
            {},
        ),
        (
            "1.2.3-alpine latest-alpine",
            "1.3.0-alpine",
            "",
            "1.2.3-alpine",
            {"latest-alpine": "1.3.0 is newer than 1.2.3"},
        ),
        (
            "api-1.2.3 api-1 api-latest",
            "api-1.2.4 2.0.0",
            "",
            "api-1.2.3",
            dict.fromkeys(("api-1", "api-latest"), "1.2.4 is newer than 1.2.3"),
        ),
        ("1.2.3-alpine latest", "1.2.4-alpine", "v1.2.3", "1.2.3-alpine latest", {}),
        ("1.2 latest", "2.0.0", "v1.2.3", "1.2", {"latest": "2.0.0 is newer than 1.2.3"}),
        ("latest", "", "v1.0.0-beta", "", {"latest": "1.0.0-beta is a pre-release"}),
        ("main latest", "2.0.0", "main", "main latest", {}),
        ("2.0.0 pr-7 1 edge", "3.0.0 8.0.0", "", "2.0.0 pr-7 1 edge", {}),
        ("2.0.0 latest", "1.0.0 nightly 2.0.0.0", "", "2.0.0 latest", {}),
        ("a-long-tag-1 x", "", "", "a-long-tag-1 x", {}),
    ],
    ids=[
        "first release",
        "same again, fixed before moving",
        "patch of an old line",
        "numbers, not texts",
        "pre-releases do not count",
        "a pre-release takes none",
        "leading v",
        "a suffix is a line of its own",
        "newer with the suffix",
        "prefix",
        "latest without the suffix",
        "version from the Git tag",
        "pre-release from the Git tag",
        "a branch",
        "moving tags of nobody's version",
        "tags that are no versions",
        "suffix longer than a tag",
    ],
)
def test_decide__moving_tags_go_forward(
    wanted: str, existing: str, released: str, written: str, stays: dict[str, str]
) -> None:
    decision = tag_policy.decide(
        TagPolicy(), names(*wanted.split()), {APP: tags(*existing.split())}, released=released
    )

    assert decision == Decision(
        write=names(*written.split()),
        kept_tags=tuple(
            KeptTag(reference=APP.tag(Tag(tag)), reason=reason) for tag, reason in stays.items()
        ),
    )


def test_decide__always_moves() -> None:
    wanted = names("1.0.0-rc.1", "latest")

    assert tag_policy.decide(
        TagPolicy(moving=Moving.ALWAYS), wanted, {APP: tags("2.0.0")}
    ) == Decision(write=wanted)


def test_decide__repositories_do_not_look_at_each_other() -> None:
    wanted = (*names("1.0.0", "latest"), *names("1.0.0", "latest", repository=OTHER))

    decision = tag_policy.decide(TagPolicy(), wanted, {APP: tags("2.0.0"), OTHER: ()})

    assert decision.write == (*names("1.0.0"), *names("1.0.0", "latest", repository=OTHER))


@pytest.mark.parametrize(
    ("if_exists", "expected"),
    [
        (IfExists.FAIL, Decision(write=names("1.0.0", "latest"), guarded=names("1.0.0"))),
        (
            IfExists.SKIP,
            Decision(
                write=names("latest"),
                kept_tags=(
                    KeptTag(
                        reference=names("1.0.0")[0],
                        reason="it exists, and `if-exists` is `skip`",
                        is_protected=True,
                    ),
                ),
            ),
        ),
        (IfExists.OVERWRITE, Decision(write=names("1.0.0", "latest"))),
    ],
    ids=str,
)
def test_decide__protected_tags_that_exist(if_exists: IfExists, expected: Decision) -> None:
    policy = TagPolicy(immutable=("[0-9]*.*.*",), if_exists=if_exists)

    assert (
        tag_policy.decide(policy, names("1.0.0", "latest"), {APP: tags("1.0.0", "latest")})
        == expected
    )


def test_decide__protected_tags_that_do_not_exist() -> None:
    assert tag_policy.decide(TagPolicy(immutable=("*",)), names("1.0.0"), {APP: ()}) == Decision(
        write=names("1.0.0")
    )


@pytest.mark.parametrize(
    ("policy", "wanted", "expected"),
    [
        (TagPolicy(), "1.0.0 latest", (APP,)),
        (TagPolicy(), "main sha-1234567", ()),
        (TagPolicy(), "1.0.0-rc.1 latest", ()),
        (TagPolicy(moving=Moving.ALWAYS), "1.0.0 latest", ()),
        (TagPolicy(immutable=("sha-*",)), "main sha-1234567", (APP,)),
        (TagPolicy(immutable=("sha-*",), if_exists=IfExists.OVERWRITE), "main sha-1234567", ()),
    ],
    ids=[
        "a version's latest",
        "a branch",
        "a pre-release",
        "always",
        "protected",
        "protected and overwritten",
    ],
)
def test_asked__only_where_a_rule_depends_on_it(
    policy: TagPolicy, wanted: str, expected: tuple[Repository, ...]
) -> None:
    assert tag_policy.asked(policy, names(*wanted.split())) == expected


def test_refuse__the_same_digest_is_a_success() -> None:
    tag_policy.refuse({names("1")[0]: ONE, names("2")[0]: None}, ONE)


def test_refuse__another_digest() -> None:
    with pytest.raises(PolicyRefused) as caught:
        tag_policy.refuse({names("1")[0]: TWO}, ONE)

    assert (caught.value.code, caught.value.why) == ("TAG-EXISTS", f"ghcr.io/octo/app:1 is {TWO}")
