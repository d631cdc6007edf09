"""Formats that a clean-up reads: plans, remembered manifests, policies, what is in use."""

import base64
import json
import zlib
from datetime import date, timedelta
from typing import Any

import pytest

from ghcr_action.cleanup import families, in_use, remembered, reviewed, untag
from ghcr_action.cleanup.graph import Node
from ghcr_action.cleanup.rules import By, Lines, Rules
from ghcr_action.errors import InvalidValue, PolicyRefused
from ghcr_action.values.reference import Digest, Repository
from tests.fakes.images import index, manifest
from tests.unit.cleanup.packages import Package

APP = Repository("ghcr.io", "octo/app")
A, B = manifest("a"), manifest("b")
DIGEST = str(A.descriptor.digest)


def entry(**changed: Any) -> dict[str, Any]:
    return {"action": "delete", "id": 1, "digest": DIGEST, "tags": ["v1"]} | changed


def plan(*versions: dict[str, Any], **changed: Any) -> bytes:
    package = {"package": str(APP), "versions": list(versions)} | changed
    return json.dumps({"schema": reviewed.SCHEMA, "packages": [package]}).encode()


def test_plan__is_read_as_it_was_written() -> None:
    keep = entry(action="keep", id=2)
    (found,) = reviewed.load(plan(entry(rule="remove: v*", reason="because"), keep))

    (version,) = found.versions
    assert (found.repository, version.id, version.digest) == (APP, 1, A.descriptor.digest)
    assert (version.tags, version.image) == (frozenset({"v1"}), A.descriptor.digest)
    assert (version.reason.rule, str(version.reason)) == ("remove: v*", "because")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (plan(entry(id="1")), "an entry with the id '1'"),
        (plan(entry(id=True)), "an entry with the id True"),
        (plan(entry(tags="v1")), "and the tags 'v1'"),
        (plan(entry(tags=["a b"])), "tag 'a b' has ' ' in it"),
        (plan(entry(digest="sha256:1")), "is not a digest"),
        (plan({"action": "delete"}), "KeyError"),
        (plan(entry(), package="octo app"), "is no whole plan"),
        (plan(entry(), brake="too much"), "stopped by its own brake: too much"),
        (b"{" * 100_000, "it is not JSON"),
        (b"\xff", "it is not JSON"),
    ],
)
def test_plan__that_is_none_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        reviewed.load(content)

    assert said in str(raised.value)


def test_plan__of_any_size_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviewed, "MAX_BYTES", 10)

    with pytest.raises(InvalidValue, match="a plan has at most 10"):
        reviewed.load(plan())


def test_planner__spares_what_has_changed_or_is_needed() -> None:
    package = Package()
    for document, tags in ((A, ("v1",)), (B, ()), (manifest("c"), ("v3",))):
        package.add(document, *tags)
    c = str(manifest("c").descriptor.digest)
    content = plan(
        entry(), entry(id=2, digest=str(B.descriptor.digest), tags=[]), entry(id=3, digest=c)
    )
    (saved,) = reviewed.load(content)

    found = reviewed.SavedPlanner(saved=saved)(package.graph)

    assert package.named(each.digest for each in found.going) == ["a", "b"]
    assert [(package.names[each.version.digest], each.is_candidate) for each in found.kept] == [
        ("c", True)
    ]
    with pytest.raises(PolicyRefused, match="had v1 when the plan was made, and has v3 now"):
        reviewed.check(saved, package.graph)
    package.add(index("new", B), "v2")
    found = reviewed.SavedPlanner(saved=saved)(package.graph)
    assert package.named(each.digest for each in found.going) == ["a"]


def test_check__says_what_needs_what_would_go() -> None:
    package = Package()
    package.add(A, "v1")
    (saved,) = reviewed.load(plan(entry()))
    reviewed.check(saved, package.graph)
    package.add(manifest("signature", subject=A), days=1)

    with pytest.raises(PolicyRefused) as raised:
        reviewed.check(saved, package.graph)

    assert raised.value.why == f"something that stays needs {DIGEST}, which would go"


def test_restorable__parts_come_back_before_what_needs_them() -> None:
    other = entry(id=2, digest=str(B.descriptor.digest), tags=[])

    ((repository, found),) = reviewed.restorable(plan(entry(), other, entry(action="keep", id=9)))

    assert (repository, [each.id for each in found]) == (APP, [2, 1])


def test_remembered__is_what_its_digest_says() -> None:
    held = remembered.Manifests()
    held.keep(A.descriptor.digest, A.raw, A.media_type)
    held.keep(B.descriptor.digest, A.raw, A.media_type)

    digests = [A.descriptor.digest, B.descriptor.digest]
    found = remembered.load(held.dump(digests, date(2026, 11, 23)))

    assert len(found) == 1
    assert found.get(A.descriptor.digest) == (A.raw, A.media_type)
    assert found.get(B.descriptor.digest) is None


@pytest.mark.parametrize(("days", "count"), [(30, 1), (31, 0)])
def test_remembered__what_is_gone_is_kept_for_a_month(days: int, count: int) -> None:
    held, day = remembered.Manifests(), date(2026, 11, 23)
    held.keep(A.descriptor.digest, A.raw, A.media_type)
    found = remembered.load(held.dump([A.descriptor.digest], day))

    assert len(remembered.load(found.dump([], day + timedelta(days=days)))) == count


def line(**changed: Any) -> bytes:
    text = base64.b64encode(zlib.compress(A.raw)).decode()
    return json.dumps({"digest": DIGEST, "type": A.media_type, "text": text} | changed).encode()


def bomb() -> str:
    return base64.b64encode(zlib.compress(b"0" * 100_000_000, 9)).decode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        line(),
        b'{"ghcr-action-manifests": 2}\n' + line(),
        *(
            json.dumps(remembered.FORMAT).encode() + b"\n" + wrong
            for wrong in (
                b"no JSON",
                b"[]",
                line(digest=1),
                line(digest="sha256:1"),
                line(digest=str(B.descriptor.digest)),
                line(type=None),
                line(text="no base64!"),
                line(text=base64.b64encode(b"not deflated").decode()),
                line(text=base64.b64encode(zlib.compress(A.raw)[:-4]).decode()),
                line(text=bomb()),
                b"[" * 100_000,
            )
        ),
    ],
)
def test_remembered__what_cannot_be_believed_is_passed_over(content: bytes) -> None:
    assert len(remembered.load(content)) == 0


def policy(text: str, base: Rules | None = None) -> Rules:
    return families.parse(text.encode(), base or Rules())


def test_policy__is_read_whole() -> None:
    found = policy(
        """
keep: latest
keep-younger-than: 2 days
by: created
families:
  - name: releases
    tags: [v*, 2026]
    keep-last: 3
    keep-younger-than: 1 week
    keep-semver: 2 majors
  - {tags: untagged, keep: all}
""",
        Rules(younger_than=timedelta(days=9)),
    )

    first, second = found.families
    assert (found.younger_than, found.by) == (timedelta(days=2), By.CREATED)
    assert [str(each) for each in found.keep] == ["latest"]
    assert [str(each) for each in first.selectors] == ["v*", "2026"]
    assert (first.keep_last, first.younger_than) == (3, timedelta(days=7))
    assert first.keep_lines == Lines(count=2, unit="majors")
    assert (second.name, second.keeps_all) == ("untagged", True)


def test_policy__a_tag_stays_as_it_is_written() -> None:
    """YAML alone makes 8, 1.1, True and a date of them, and the tags would go."""
    found = policy("keep: [010, 1.10, yes]\nfamilies: [{tags: 2024-01-02}]")

    assert [str(each) for each in found.keep] == ["010", "1.10", "yes"]
    assert [str(each) for each in found.families[0].selectors] == ["2024-01-02"]


def test_policy__leaves_what_the_inputs_say() -> None:
    base = Rules(younger_than=timedelta(days=9), by=By.UPDATED, untag=True)

    found = policy("families: [{tags: v*}]", base)

    assert (found.younger_than, found.by, found.untag) == (timedelta(days=9), By.UPDATED, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "it is not YAML"),
        ("[]", "it is no mapping with `families`"),
        ("a: 1", "the policy has 'a': it can have `keep`"),
        ("families: []", "`families` is a list with at least one family"),
        ("families: [v*]", "families[1] is no mapping with `tags`"),
        ("families: [{name: a}]", "families[1].tags is empty"),
        ("families: [{tags: v*, last: 1}]", "families[1] has 'last': it can have `name`"),
        ("families: [{tags: v*, keep: 3}]", "families[1].keep is '3': it can be `all`"),
        ("families: [{tags: v*, keep-last: many}]", "families[1].keep-last is 'many'"),
        ("families: [{tags: v*, keep-last: true}]", "families[1].keep-last is 'true'"),
        ("families: [{tags: v*, keep-last: -1}]", "families[1].keep-last is '-1'"),
        ("families: [{tags: v*, keep-younger-than: x}]", "families[1].keep-younger-than: 'x' is"),
        ("families: [{tags: v*, keep-semver: x}]", "families[1].keep-semver: 'x' is not"),
        ("families: [{tags: [[v1]]}]", "families[1].tags has ['v1'], which is no text"),
        ("families: [{tags: {v1: v2}}]", "families[1].tags has {'v1': 'v2'}, which is no text"),
        ("families: [{tags: '!v'}]", "families[1].tags: '!v' is not a glob of tags"),
        ("keep: untagged\nfamilies: [{tags: v*}]", "keep: `untagged` is a word for what goes"),
        ("by: pushed\nfamilies: [{tags: v*}]", "by: 'pushed' is none of touched"),
        ("keep-younger-than: x\nfamilies: [{tags: v*}]", "keep-younger-than: 'x' is"),
    ],
)
def test_policy__names_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        policy(text)

    assert said in str(raised.value)


def test_policy__of_any_size_is_not_read() -> None:
    with pytest.raises(InvalidValue, match="a policy has at most"):
        families.parse(b"#" * (families.MAX_BYTES + 1), Rules())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image: ghcr.io/octo/app:1.2", {"1.2"}),
        ("image: GHCR.io/Octo/App:1.2@" + DIGEST, {"1.2", DIGEST}),
        ("\"octo/app:v1\", 'ghcr.io/octo/app:v2'", {"v1", "v2"}),
        ("ghcr.io/octo/app-tools:v1", set()),
        ("ghcr.io/octo/app/tools:v1", set()),
        ("x.ghcr.io/octo/app:v1", set()),
        ("repository: ghcr.io/octo/app\ntag: v3", {"v3"}),
        ("- name: octo/app\n  newTag: '4'", {"4"}),
        ("repository: other/app\ntag: v3", set()),
        (f"digest: {DIGEST}", {DIGEST}),
        (f"digest: {DIGEST}0", set()),
    ],
)
def test_in_use__what_a_text_names(text: str, expected: set[str]) -> None:
    assert in_use.find(text, APP) == expected


def test_in_use__a_list() -> None:
    assert in_use.named(("k8s/*.yaml", "ghcr.io/octo/app:v1", DIGEST), APP) == {"v1", DIGEST}


@pytest.mark.parametrize(
    ("path", "glob", "is_match"),
    [
        ("a.yaml", "*.yaml", True),
        ("k8s/a.yaml", "*.yaml", False),
        ("k8s/a.yaml", "k8s/*.yaml", True),
        ("k8s/x/a.yaml", "k8s/*.yaml", False),
        ("k8s/x/y/a.yaml", "k8s/**/*.yaml", True),
        ("k8s/a.yaml", "k8s/**/*.yaml", True),
        ("k8s/a.yaml", "**", True),
        ("k8s", "k8s/a.yaml", False),
    ],
)
def test_in_use__globs_of_files(path: str, glob: str, is_match: bool) -> None:
    assert in_use.matches(path, glob) is is_match


def test_stand_in__is_recognised() -> None:
    found = untag.stand_in(A.descriptor.digest)

    assert Node.of(found).is_untag
    assert found != untag.stand_in(B.descriptor.digest)


@pytest.mark.parametrize(
    ("raw", "media_type", "why"),
    [
        (b"[]", "", "not a JSON object"),
        (b'{"schemaVersion":1,"fsLayers":[]}', "application/x", "is not the media type"),
        (b'{"config":{},"layers":null}', "", "not a well-formed"),
        (b"[" * 100_000, "", "nested too deep"),
    ],
)
def test_node__of_what_is_no_manifest_of_today(raw: bytes, media_type: str, why: str) -> None:
    found = Node.read(raw, media_type, Digest.of(raw))

    assert why in found.odd
    assert found.children == ()


def test_node__of_other_bytes_than_its_digest_says() -> None:
    found = Node.read(index("i", A).raw, "", B.descriptor.digest)

    assert found.odd.startswith("the registry's bytes have the digest")
    assert found.children == (A.descriptor.digest,)
