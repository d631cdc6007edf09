from dataclasses import replace
from datetime import timedelta

import pytest

from ghcr_action.cleanup.rules import Brake, By, Rules
from ghcr_action.errors import SettingsError
from ghcr_action.settings import parse as parsing
from ghcr_action.settings.cleanup import CleanupSettings, Files
from ghcr_action.values.event import Event
from ghcr_action.values.secret import Secret
from tests.fakes.events import push_event, schedule_event
from tests.fakes.retention import rules

ENTERPRISE = replace(schedule_event(), server_url="https://git.corp.example")


def parse(event: Event | None = None, /, **given: str) -> CleanupSettings:
    texts = {"mode": "cleanup", "github-token": "t0ken"} | {
        name.replace("_", "-"): text for name, text in given.items()
    }
    found = parsing.settings(texts, {}, event or schedule_event())[0]
    assert isinstance(found, CleanupSettings)
    return found


def refusal(event: Event | None = None, /, **given: str) -> str:
    with pytest.raises(SettingsError) as raised:
        parse(event, **given)
    return str(raised.value)


def test_parse__without_any_input_plans_for_the_repositorys_untagged_images() -> None:
    found = parse()

    assert [str(each) for each in found.packages] == ["ghcr.io/octo/app"]
    assert found.rules == rules(remove=("untagged",), keep_younger_than=timedelta(days=1))
    assert found.common.dry_run is True
    assert found.notices == ()
    assert Secret("t0ken") in found.secrets


@pytest.mark.parametrize(
    ("given", "mode", "expected"),
    [("", "publish", False), ("", "cleanup", True), ("false", "cleanup", False)],
)
def test_parse__only_a_clean_up_is_a_dry_run_by_default(
    given: str, mode: str, expected: bool
) -> None:
    found = parsing.settings(
        {"mode": mode, "github-token": "t", "dry-run": given}, {}, push_event()
    )[0]

    assert found.common.dry_run is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"remove": "pr-*, untagged"}, rules(remove=("pr-*", "untagged"))),
        ({"remove": "closed-pull-requests"}, rules(remove=("closed-pull-requests",))),
        ({"remove": "tagged", "keep_last": "10"}, rules(remove=("tagged",), keep_last=10)),
        (
            {"remove": "v*", "keep_tags": "v1\nlatest"},
            rules(remove=("v*",), keep_tags=("v1", "latest")),
        ),
        ({"keep_younger_than": "0"}, rules(keep_younger_than=timedelta())),
        ({"keep_younger_than": "2 weeks"}, rules(keep_younger_than=timedelta(days=14))),
    ],
    ids=["globs", "pull requests", "last", "keep", "no age", "age"],
)
def test_parse__rules(given: dict[str, str], expected: Rules) -> None:
    assert parse(**given).rules == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"delete_untagged": "true"}, rules()),
        ({"delete_untagged": "false"}, rules(remove=())),
        ({"delete_untagged": "true", "delete_tags": "pr-*"}, rules(remove=("pr-*", "untagged"))),
        (
            {"delete_tags": "pr-*", "exclude_tags": "pr-7"},
            rules(remove=("pr-*",), keep_tags=("pr-7",)),
        ),
        ({"keep_n_tagged": "3"}, rules(remove=("tagged",), keep_last=3)),
        ({"keep_n_tagged": "3", "delete_tags": "v*"}, rules(remove=("v*",), keep_last=3)),
        ({"keep_n_untagged": "2"}, rules(remove=("untagged",), keep_last_untagged=2)),
        (
            {"keep_n_untagged": "2", "keep_n_tagged": "3"},
            rules(remove=("tagged", "untagged"), keep_last=3, keep_last_untagged=2),
        ),
        ({"older_than": "30 days"}, rules(keep_younger_than=timedelta(days=30))),
        (
            {"keep_last": "3", "keep_n_tagged": "3", "remove": "v*"},
            rules(remove=("v*",), keep_last=3),
        ),
    ],
    ids=[
        "untagged",
        "not untagged",
        "both",
        "exclude",
        "n tagged",
        "n of tags",
        "n untagged",
        "n of each",
        "age",
        "twice the same",
    ],
)
def test_parse__the_peers_words(given: dict[str, str], expected: Rules) -> None:
    assert parse(**given).rules == expected


@pytest.mark.parametrize(
    ("packages", "expected"),
    [
        ("app", "ghcr.io/octo/app"),
        ("App", "ghcr.io/octo/app"),
        ("app/base", "ghcr.io/octo/app/base"),
        ("octo", "ghcr.io/octo/octo"),
        ("ghcr.io/Other/app", "ghcr.io/other/app"),
        ("my.tool/base", "ghcr.io/octo/my.tool/base"),
    ],
)
def test_packages__as_a_page_names_them_or_in_full(packages: str, expected: str) -> None:
    assert [str(each) for each in parse(packages=packages).packages] == [expected]


def test_packages__each_once_and_below_the_servers_registry() -> None:
    assert [str(each) for each in parse(ENTERPRISE, packages="app\napp\ntool").packages] == [
        "containers.git.corp.example/octo/app",
        "containers.git.corp.example/octo/tool",
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"packages": "ghcr.io/o*/app"}, "'ghcr.io/o*/app' has a glob for the owner"),
        ({"packages": "docker.io/octo/app"}, "docker.io/octo/app is not at ghcr.io"),
        ({"packages": "app:latest"}, "`packages`: 'ghcr.io/octo/app:latest' is not a repository"),
        ({"registry": "registry.example"}, "registry.example/octo/app is not at ghcr.io"),
        ({"remove": "^v[0-9]+$"}, "`remove`: '^v[0-9]+$' is not a glob of tags"),
        ({"delete_tags": "a b"}, "`delete-tags`: 'a b' is not a glob of tags"),
        (
            {"exclude_tags": "refs/heads/main"},
            "`exclude-tags`: 'refs/heads/main' is not a glob of tags",
        ),
        ({"keep_younger_than": "a while"}, "`keep-younger-than`: 'a while' is not a duration"),
        ({"older_than": "soon"}, "`older-than`: 'soon' is not a duration"),
        (
            {"keep_younger_than": "1 day", "older_than": "2 days"},
            "`keep-younger-than` and `older-than` say different things",
        ),
        (
            {"keep_last": "1", "keep_n_tagged": "2"},
            "`keep-last` and `keep-n-tagged` say different things",
        ),
        ({"keep_last": "-1"}, "`keep-last` is '-1'"),
        ({"keep_n_untagged": "few"}, "`keep-n-untagged` is 'few'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_parse__refusals_name_the_input(given: dict[str, str], said: str) -> None:
    assert said in refusal(**given)


def test_packages__outside_a_workflow_one_has_to_be_named() -> None:
    outside = Event(name="", ref="", sha="", repository="")

    assert "`packages` is empty" in refusal(outside)
    assert [str(each) for each in parse(outside, packages="ghcr.io/octo/app").packages] == [
        "ghcr.io/octo/app"
    ]


def test_notices__a_rule_without_an_effect() -> None:
    given = {"mode": "cleanup", "keep-last": "5", "github-token": "t"}

    assert parsing.settings(given, {}, schedule_event())[1].notices == (
        (
            "`keep-last` has nothing to keep: `remove` names no tagged image, so that every "
            "tagged image stays."
        ),
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"package": "app"}, "There is no input `package`\nFix: Write `packages`."),
        ({"tags": "v1"}, "`tags` means nothing to `mode: cleanup`"),
        ({"tags": "v1"}, "Fix: Write `remove` for tags that go, `keep-tags` for tags that stay."),
        ({"images": "app"}, "Fix: Write `packages`."),
        ({"keep-lst": "5"}, "There is no input `keep-lst`; did you mean `keep-last`?"),
        ({"num-old-versions-to-delete": "5"}, "Fix: Write `keep-last`: it says how many stay."),
        ({"delete_untagged": "false", "keep_n_untagged": "2"}, "`keep-n-untagged` say different"),
        ({"delete_untagged": "false", "remove": "untagged"}, "`remove` say different things"),
        ({"keep_tags": "untagged"}, "`untagged` is a word of `remove`, and no tag"),
        ({"remove": "release-["}, "`remove`: 'release-[' is not a glob of tags"),
        ({"keep_tags": "!dev"}, "`keep-tags`: '!dev' is not a glob of tags"),
        ({"remove": "/(/"}, "`remove`: /(/ is no regular expression"),
        ({"max_share": "half"}, "`max-share` is 'half'"),
        ({"max_share": "101%"}, "`max-share` is '101%'"),
        ({"keep_semver": "3 weeks"}, "`keep-semver`: '3 weeks' is not a number of release lines"),
        ({"by": "pushed"}, "`by` is 'pushed'"),
        ({"tag_selection": "all"}, "`tag-selection` is 'all'"),
        ({"image_tags": "v1|v2"}, "`image-tags`: 'v1|v2' is not a glob of tags"),
        ({"plan_file": "a", "restore": "b"}, "`plan-file` and `restore` are given"),
        ({"plan_file": "a", "policy": "b"}, "`plan-file` and `policy` are given"),
        ({"plan_file": "a", "remove": "v*"}, "`plan-file` and `remove` are given"),
        ({"policy": "a", "keep_last": "2"}, "`policy` and `keep-last` are given"),
        ({"restore": "a", "older_than": "2 days"}, "`restore` and `older-than` are given"),
    ],
    ids=str,
)
def test_parse__is_strict(given: dict[str, str], said: str) -> None:
    assert said in refusal(**given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"delete_ghost_images": "true"}, rules(("ghosts",))),
        ({"delete_partial_images": "true", "remove": "v*"}, rules(("v*", "partials"))),
        ({"delete_orphaned_images": "true"}, rules(("orphans",))),
        (
            {"use_regex": "true", "delete_tags": "^v", "exclude_tags": "^v1$"},
            rules(("/^v/",), keep_tags=("/^v1$/",)),
        ),
        (
            {"skip_shas": f"sha256:{'a' * 64}", "cut_off": "7d"},
            rules(keep_tags=(f"sha256:{'a' * 64}",), keep_younger_than=timedelta(days=7)),
        ),
        ({"image_tags": "pr-* !pr-7"}, rules(("pr-*",), keep_tags=("pr-7",))),
        ({"tag_selection": "untagged"}, rules()),
        ({"tag_selection": "both"}, rules(("tagged", "untagged"))),
        ({"tag_selection": "tagged", "image_tags": "v*"}, rules(("v*",))),
        (
            {"remove": "tagged,untagged", "min_versions_to_keep": "5"},
            rules(("tagged", "untagged"), keep_last=5, keep_last_untagged=5),
        ),
        ({"min_versions_to_keep": "-1"}, rules()),
        ({"remove": "v*", "keep_semver": "3 minors"}, rules(("v*",), keep_semver="3 minors")),
        ({"by": "created", "untag": "true"}, rules(by=By.CREATED, untag=True)),
        ({"max_share": "100", "max_deletions": "7"}, rules(brake=Brake(share=100, deletions=7))),
    ],
    ids=str,
)
def test_parse__more_rules(given: dict[str, str], expected: Rules) -> None:
    assert parse(**given).rules == expected


def test_parse__globs_of_packages_are_expanded_later() -> None:
    found = parse(packages="app-*, ghcr.io/other/tool[0-9], app")

    assert [str(each) for each in found.packages] == ["ghcr.io/octo/app"]
    assert [(each.owner, each.glob) for each in found.globs] == [
        ("octo", "app-*"),
        ("other", "tool[0-9]"),
    ]
    assert parse(packages="app-*").packages == ()


@pytest.mark.parametrize(
    ("workspace", "expected"),
    [("/github/workspace", "deploy/*.yaml"), ("", "/github/workspace/deploy/*.yaml")],
)
def test_parse__globs_of_files_count_from_the_workspace(workspace: str, expected: str) -> None:
    texts = {
        "mode": "cleanup",
        "github-token": "t",
        "in-use": "a/*.yml\n/github/workspace/deploy/*.yaml\nghcr.io/octo/app:1",
    }
    environ = {"GITHUB_WORKSPACE": workspace}

    found, _ = parsing.settings(texts, environ, schedule_event())

    assert isinstance(found, CleanupSettings)
    assert found.in_use == ("a/*.yml", expected, "ghcr.io/octo/app:1")


def test_parse__files() -> None:
    found = parse(plan_file="plan.json", cache_file="c", allow_unmatched="true", in_use="a/*.yml")

    assert found.files == Files(plan="plan.json", cache="c")
    assert (found.allow_unmatched, found.in_use) == (True, ("a/*.yml",))
