"""Files of `mode: cleanup`: reviewed plans, restores, policies, what is in use, manifests that are
remembered; and tags that are taken from an image, and globs of packages."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from ghcr_action.cleanup import untag
from ghcr_action.errors import AccessDenied, NotFound, PolicyRefused, SettingsError, Unavailable
from ghcr_action.values.github import Package
from ghcr_action.values.reference import Repository, Tag
from tests.fakes.github import FakeGitHub
from tests.fakes.images import index, manifest
from tests.flow.test_cleanup import AMD, APP, ARM, OLD, SIGNATURE, TOOL, World, digests


@pytest.fixture
def world() -> World:
    return World()


def saved(world: World, **given: str) -> dict[str, Any]:
    """The plan that a dry run writes, and where a later step finds it."""
    world.clean(dry_run="true", **given)
    content = world.workspace.files[world.runner.outputs["plan-file"]]
    world.workspace.files["/workspace/plan.json"] = content
    found: dict[str, Any] = json.loads(content)
    return found


def test_plan__has_every_version_with_its_rule_and_reason(world: World) -> None:
    (package,) = saved(world)["packages"]

    assert [(each["action"], each["rule"]) for each in package["versions"]] == [
        ("delete", "remove: untagged"),
        *[("delete", "part")] * 3,
        ("keep", "none"),
        ("keep", "none"),
        ("keep", "part"),
    ]
    assert {each["image"] for each in package["versions"][:4]} == set(digests(OLD))


def test_plan__is_applied_as_it_was_reviewed(world: World) -> None:
    saved(world)
    world.push(manifest("more"), days=40)

    world.clean(plan_file="plan.json")

    assert world.deleted() == digests(OLD, AMD, ARM, SIGNATURE)
    assert world.output("deleted")[0]["rule"] == "remove: untagged"
    assert "more" in world.names


def test_plan__a_dry_run_of_it_deletes_nothing(world: World) -> None:
    saved(world)

    world.clean(plan_file="plan.json", dry_run="true")

    assert len(world.names) == 7
    assert world.deleted("plan") == digests(OLD, AMD, ARM, SIGNATURE)


def test_plan__what_is_gone_already_does_not_matter(world: World) -> None:
    saved(world)
    world.clean(remove=digests(OLD)[0])

    world.clean(plan_file="plan.json")

    assert world.names == ["new-amd", "new", "pull"]


@pytest.mark.parametrize("what", ["tag", "index"])
def test_plan__is_refused_where_the_package_has_changed(world: World, what: str) -> None:
    saved(world)
    if what == "tag":
        world.store.tag(APP, OLD.descriptor.digest, "stable")
    else:
        world.push(index("reuses", AMD), "v3")

    with pytest.raises(PolicyRefused) as raised:
        world.clean(plan_file="plan.json")

    new = digests(index("reuses", AMD))[0]
    assert raised.value.why == (
        f"{digests(OLD)[0]} had no tag when the plan was made, and has stable now"
        if what == "tag"
        else f"{new} needs {digests(AMD)[0]}, which would go"
    )
    assert "old" in world.names


def test_plan__of_another_package_is_refused(world: World) -> None:
    plan = saved(world)
    plan["packages"][0]["package"] = str(TOOL)
    world.workspace.files["/workspace/plan.json"] = json.dumps(plan).encode()

    with pytest.raises(SettingsError, match=r"is about ghcr\.io/octo/tool"):
        world.clean(plan_file="plan.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "it is not JSON"),
        ("[]", "it is not a JSON object"),
        ("{}", "`schema` is None"),
        ('{"schema": "ghcr-action/cleanup/v1"}', "it is no whole plan"),
    ],
)
def test_plan__that_is_none_is_refused(world: World, text: str, said: str) -> None:
    world.workspace.files["/workspace/plan.json"] = text.encode()

    with pytest.raises(SettingsError) as raised:
        world.clean(plan_file="plan.json")

    assert said in raised.value.what


@pytest.mark.parametrize("name", ["plan_file", "restore", "policy"])
@pytest.mark.parametrize("path", ["missing.json", "/etc/passwd"])
def test_files__that_are_not_there(world: World, name: str, path: str) -> None:
    with pytest.raises(SettingsError, match="there is no file"):
        world.clean(**{name: path})


def test_restore__undoes_a_run(world: World) -> None:
    before = set(world.names)
    world.clean(remove="untagged,pr-*")
    path = world.runner.outputs["restore-file"]
    world.workspace.files["/workspace/restore.json"] = world.workspace.files[path]

    world.clean(restore="restore.json", dry_run="true")
    assert len(world.names) == 2
    assert "5 would come back" in world.runner.summaries[-1]
    world.clean(restore="restore.json")

    assert set(world.names) == before
    assert Tag("pr-7") in world.store.registry.repositories[APP].tags
    restores = [call for call in world.github.calls if call.startswith("restore")]
    assert len(restores) == 5
    world.clean(restore="restore.json")
    assert len([call for call in world.github.calls if call.startswith("restore")]) == 5


def test_restore__what_github_does_not_have_any_more(world: World) -> None:
    world.clean()
    path = world.runner.outputs["restore-file"]
    world.workspace.files["/workspace/restore.json"] = world.workspace.files[path]
    world.store.removed[APP].clear()

    with pytest.raises(NotFound, match="4 versions could not be restored"):
        world.clean(restore="restore.json")


def test_restore__of_another_package_is_refused(world: World) -> None:
    plan = saved(world)
    plan["packages"][0]["package"] = str(TOOL)
    world.workspace.files["/workspace/restore.json"] = json.dumps(plan).encode()

    with pytest.raises(SettingsError, match=r"`restore` is about ghcr\.io/octo/tool"):
        world.clean(restore="restore.json")


POLICY = """
keep: [latest]
families:
  - name: releases
    tags: v*
    keep-last: 2
  - tags: [/^pr-/]
    keep-younger-than: 5 days
  - tags: untagged
"""


def test_policy__families_of_a_file(world: World) -> None:
    world.workspace.files["/workspace/.github/retention.yml"] = POLICY.encode()
    for number in range(3):
        world.push(manifest(f"r{number}"), f"v1.{number}", days=40 - number)

    world.clean(policy=".github/retention.yml")

    assert world.names == ["new-amd", "new", "r1", "r2"]
    assert {entry["rule"] for entry in world.output("deleted")} == {
        "releases: v*",
        "/^pr-/: /^pr-/",
        "untagged: untagged",
        "part",
    }


def test_policy__that_is_none_is_refused(world: World) -> None:
    world.workspace.files["/workspace/p.yml"] = b"families: 3"

    with pytest.raises(SettingsError) as raised:
        world.clean(policy="p.yml")

    assert raised.value.what == ("`policy`: p.yml: `families` is a list with at least one family")


def test_in_use__what_files_name_stays(world: World) -> None:
    files = world.workspace.files
    files["/workspace/deploy/app/values.yaml"] = b"image: ghcr.io/octo/app\ntag: pr-7\n"
    files["/workspace/deploy/old.yaml"] = f"x: ghcr.io/octo/app@{digests(OLD)[0]}".encode()
    files["/workspace/.git/config"] = b"\xff"

    world.clean(remove="untagged,pr-*", in_use="deploy/**/*.yaml")

    assert len(world.names) == 7
    assert {each["rule"] for each in world.output("kept")} == {"in-use", "none", "part"}


def test_in_use__a_glob_without_a_file_stops(world: World) -> None:
    with pytest.raises(SettingsError, match=r"`in-use`: 'k8s/\*' matches no file"):
        world.clean(in_use="k8s/*")


def test_in_use__a_list_of_references(world: World) -> None:
    world.clean(remove="untagged,pr-*", in_use=f"ghcr.io/octo/app:pr-7\n{digests(OLD)[0]}")

    assert len(world.names) == 7


def test_cache__remembers_manifests_and_compares_them(world: World) -> None:
    def reads() -> int:
        return sum(verb == "raw" for verb, _ in world.store.registry.calls)

    world.clean(dry_run="true", cache_file="cache/manifests")
    first = reads()
    world.push(manifest("more"), days=2)
    world.clean(dry_run="true", cache_file="cache/manifests")
    assert (first, reads() - first) == (7, 1)

    lines = world.workspace.files["/workspace/cache/manifests"].splitlines()
    changed = [line.replace(b'"text":"eJ', b'"text":"eK') for line in lines]
    world.workspace.files["/workspace/cache/manifests"] = b"\n".join(changed)
    world.clean(dry_run="true", cache_file="cache/manifests")

    assert reads() == 7 + 1 + 8


def test_cache__does_not_say_that_a_manifest_is_still_there(world: World) -> None:
    gone = world.push(manifest("gone"), "v0")
    world.clean(dry_run="true", cache_file="cache/manifests")
    del world.store.registry.repositories[APP].manifests[gone.digest]

    world.clean(remove="ghosts", cache_file="cache/manifests")

    assert world.deleted() == [str(gone.digest)]


def test_cache__outside_the_workspace_is_refused(world: World) -> None:
    with pytest.raises(SettingsError, match="/etc/cache is outside the workspace"):
        world.clean(cache_file="/etc/cache")


def test_cache__that_cannot_be_written_is_no_error(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def write(path: str, content: bytes) -> None:
        raise OSError(28, "No space left on device", path)

    monkeypatch.setattr(world.workspace, "write", write)

    world.clean(cache_file="cache/manifests")

    assert len(world.deleted()) == 4
    assert "`cache-file` could not be written." in caplog.text


def test_untag__takes_a_tag_from_an_image_that_keeps_others(world: World) -> None:
    world.push(manifest("app"), "pr-8", "nightly-1", "v1")
    document = manifest("app")
    world.allow_puts()

    world.clean(remove="pr-*,nightly-*", untag="true", max_share="100%")

    contents = world.store.registry.repositories[APP]
    assert {
        tag.name for tag in contents.tags if contents.tags[tag] == document.descriptor.digest
    } == {"v1"}
    assert {tag.name for tag in contents.tags} & {"pr-8", "nightly-1"} == set()
    assert not any("untag" in each.annotations for each in contents.manifests.values())


@dataclass
class Stopping(FakeGitHub):
    """The run stops before the stand-in is deleted."""

    def version_page(self, repository: Repository, number: int) -> Any:
        found = super().version_page(repository, number)
        if any(Tag("pr-8").name in each.tags and len(each.tags) == 1 for each in found):
            raise KeyboardInterrupt
        return found


def test_untag__a_run_that_stops_leaves_what_the_next_one_removes(world: World) -> None:
    world.push(manifest("app"), "pr-8", "v1")
    world.allow_puts()
    usual, github = world.ports.github, Stopping(store=world.store)
    world.use(github)
    with pytest.raises(KeyboardInterrupt):
        world.clean(remove="pr-8", untag="true")

    contents = world.store.registry.repositories[APP]
    assert contents.tags[Tag("v1")] == manifest("app").descriptor.digest
    assert (
        contents.tags[Tag("pr-8")]
        == untag.stand_in(manifest("app").descriptor.digest).descriptor.digest
    )
    world.use(usual)
    world.clean(remove="untagged")

    assert Tag("pr-8") not in contents.tags
    assert contents.tags[Tag("v1")] == manifest("app").descriptor.digest


def test_untag__a_stand_in_that_github_does_not_list_is_told(world: World) -> None:
    world.push(manifest("app"), "pr-8", "v1")
    world.store.registry.repositories[APP].blobs.clear()

    with pytest.raises(Unavailable, match="could not be taken away whole") as raised:
        world.clean(remove="pr-8", untag="true")

    digest = untag.stand_in(manifest("app").descriptor.digest).descriptor.digest
    assert str(raised.value.writes) == f"Written with {digest}, and not confirmed: {APP}:pr-8."


def test_untag__a_tag_that_has_moved_meanwhile_stays(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    version = world.push(manifest("app"), "pr-8", "v1")
    world.allow_puts()

    class Moving(FakeGitHub):
        def version(self, repository: Repository, version: int) -> Any:
            self.store.tag(repository, manifest("app").descriptor.digest, "v1")
            return super().version(repository, version)

    world.use(Moving(store=world.store))

    world.clean(remove="pr-8", untag="true")

    assert "ghcr.io/octo/app:pr-8 stays" in caplog.text
    assert world.store.listed[APP][version.id].tags == ("v1",)


def test_packages__globs_where_the_token_may_list(world: World) -> None:
    world.push(manifest("tool"), "v1", repository=TOOL)
    world.push(manifest("junk"), repository=TOOL)

    results = world.clean(packages="a*, to?l")

    assert [str(each.repository) for each in results] == [str(APP), str(TOOL)]
    assert len(world.deleted()) == 5
    with pytest.raises(NotFound, match="matches no package of octo"):
        world.clean(packages="x*")
    world.github.may_list = False
    with pytest.raises(AccessDenied) as raised:
        world.clean(packages="a*")
    assert "A job's own token may not list packages." in raised.value.why


def test_deleted_branches__of_a_linked_repository(world: World) -> None:
    world.github.packages[APP.path] = Package(visibility="public", repository="octo/app")
    world.github.branches_gone = frozenset({"feature/a b", "pull"})
    world.push(manifest("branch"), "feature-a-b")

    world.clean(remove="deleted-branches")

    assert world.deleted() == digests(manifest("branch"))


def test_orphans__of_a_killed_run_go_with_their_image(world: World) -> None:
    world.store.delete(
        APP, next(v for v in world.store.versions(APP) or () if v.digest == OLD.descriptor.digest)
    )

    world.clean(remove="pr-99")

    assert world.deleted() == digests(SIGNATURE)
    assert (
        world.output("deleted")[0]["reason"]
        == f"it belongs to {digests(OLD)[0]}, which was deleted"
    )


def test_leftovers__of_a_killed_run_are_known_by_the_cache(world: World) -> None:
    world.clean(dry_run="true", cache_file="cache/manifests")
    world.store.delete(
        APP, next(v for v in world.store.versions(APP) or () if v.digest == OLD.descriptor.digest)
    )

    world.clean(remove="pr-99", cache_file="cache/manifests")

    assert sorted(world.deleted()) == sorted(digests(SIGNATURE, AMD, ARM))
