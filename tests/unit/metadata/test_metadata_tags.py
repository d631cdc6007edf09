"""What rules and flavor together make of one event: versions, priorities, prefixes, ``latest``, and
names that no tag may have."""

import pytest

from ghcr_action.errors import SettingsError
from ghcr_action.values.event import Event, RepositoryFacts
from tests.unit.metadata import occasions as on

VERSIONS = "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}\ntype=semver,pattern={{major}}"
PYTHON = "type=pep440,pattern={{version}}\ntype=pep440,pattern={{major}}.{{minor}}\ntype=pep440,pattern={{major}}"

SEMVER = {
    "release": (on.tag("v1.2.3"), VERSIONS, "1.2.3 1.2 1 latest"),
    "without v": (on.tag("1.2.3"), VERSIONS, "1.2.3 1.2 1 latest"),
    "zero": (on.tag("v0.0.0"), VERSIONS, "0.0.0 0.0 0 latest"),
    "old line goes back over the new one": (on.tag("v1.9.1"), VERSIONS, "1.9.1 1.9 1 latest"),
    "pre-release is written whole, once": (on.tag("v2.0.8-beta.67"), VERSIONS, "2.0.8-beta.67"),
    "pre-release with one pattern": (
        on.tag("v2.0.8-beta.67"),
        "type=semver,pattern={{major}}",
        "2.0.8-beta.67",
    ),
    "pre-release, raw": (on.tag("v2.0.8-beta.67"), "type=semver,pattern={{raw}}", "v2.0.8-beta.67"),
    "pre-release, raw with blanks": (
        on.tag("v2.0.8-beta.67"),
        "type=semver,pattern={{ raw }}",
        "v2.0.8-beta.67",
    ),
    "pre-release, raw in three braces": (
        on.tag("v2.0.8-beta.67"),
        "type=semver,pattern={{{raw}}}",
        "v2.0.8-beta.67",
    ),
    "pre-release, raw and more": (
        on.tag("v2.0.8-beta.67"),
        "type=semver,pattern=x{{raw}}",
        "2.0.8-beta.67",
    ),
    "pre-release zero": (on.tag("v1.0.0-0"), VERSIONS, "1.0.0-0"),
    "pre-release of words": (on.tag("v1.0.0-alpha"), VERSIONS, "1.0.0-alpha"),
    "build part is dropped by version": (
        on.tag("v1.2.3+build.5"),
        "type=semver,pattern={{version}}",
        "1.2.3 latest",
    ),
    "build part stays in raw": (
        on.tag("v1.2.3+build.5"),
        "type=semver,pattern={{raw}}",
        "v1.2.3-build.5 latest",
    ),
    "build part alone": (
        on.tag("v1.2.3+build.5"),
        "type=semver,pattern={{build}}",
        "build-5 latest",
    ),
    "pre-release and build": (on.tag("1.2.3-rc.1+5"), VERSIONS, "1.2.3-rc.1"),
    "calendar": (on.tag("2026.11.23"), VERSIONS, "2026.11.23 2026.11 2026 latest"),
    "calendar with leading zeros is no semver": (on.tag("2026.01.09"), VERSIONS, ""),
    "calendar of two parts is no semver": (on.tag("2026.11"), VERSIONS, ""),
    "two parts": (on.tag("v1.2"), VERSIONS, ""),
    "one part": (on.tag("v1"), VERSIONS, ""),
    "four parts": (on.tag("v1.2.3.4"), VERSIONS, ""),
    "leading zeros": (on.tag("v01.2.3"), VERSIONS, ""),
    "capital V": (on.tag("V1.2.3"), VERSIONS, ""),
    "word": (on.tag("nightly"), VERSIONS, ""),
    "slash becomes a dash first": (on.tag("app/1.2.3"), VERSIONS, ""),
    "slash behind the numbers makes a pre-release": (on.tag("1.2.3/x"), VERSIONS, "1.2.3-x"),
    "value": (on.push(), f"{VERSIONS},value=v3.4.5", "3 latest"),
    "value beats the tag": (
        on.tag("v1.2.3"),
        "type=semver,pattern={{version}},value=9.8.7",
        "9.8.7 latest",
    ),
    "value with an expression": (
        on.tag("v1.2.3"),
        "type=semver,pattern={{major}},value={{tag}}",
        "1 latest",
    ),
    "empty value counts as none": (
        on.tag("v1.2.3"),
        "type=semver,pattern={{major}},value=",
        "1 latest",
    ),
    "value is no version": (on.push(), "type=semver,pattern={{major}},value=latest", ""),
    "text around": (on.tag("v1.2.3"), "type=semver,pattern=v{{major}}-line", "v1-line latest"),
    "pattern without expression": (on.tag("v1.2.3"), "type=semver,pattern=stable", "stable latest"),
    "match picks group one": (
        on.tag("app/v1.2.3"),
        "type=semver,pattern={{version}},match=app/v(.*)",
        "1.2.3 latest",
    ),
    "match picks inside": (
        on.tag("cli-v1.2.3-linux"),
        r"type=semver,pattern={{version}},match=v(\d+\.\d+\.\d+)",
        "1.2.3 latest",
    ),
    "match with comma in quotes": (
        on.tag("x1.2.3"),
        r'type=semver,"match=([\d.]{3,9})",pattern={{major}}',
        "1 latest",
    ),
    "match that finds nothing leaves the tag": (
        on.tag("v1.2.3"),
        "type=semver,pattern={{version}},match=app/(.*)",
        "1.2.3 latest",
    ),
    "match whose group takes no part": (
        on.tag("v1.2.3"),
        "type=semver,pattern={{version}},match=(x)?v",
        "1.2.3 latest",
    ),
    "match on value": (
        on.push(),
        "type=semver,pattern={{version}},value=app@1.2.3,match=@(.*)",
        "1.2.3 latest",
    ),
    "prefix and suffix": (
        on.tag("v1.2.3"),
        "type=semver,pattern={{version}},prefix=a-,suffix=-b",
        "a-1.2.3-b latest",
    ),
    "pre-release with prefix": (
        on.tag("v1.2.3-rc1"),
        "type=semver,pattern={{major}},prefix=v",
        "v1.2.3-rc1",
    ),
    "numbers too large": (on.tag("v9007199254740992.0.0"), VERSIONS, ""),
    "largest number": (
        on.tag("v9007199254740991.0.0"),
        "type=semver,pattern={{major}}",
        "9007199254740991 latest",
    ),
    "prerelease parts": (
        on.tag("v1.2.3"),
        "type=semver,pattern={{version}}{{prerelease}}",
        "1.2.3 latest",
    ),
}

PEP440 = {
    "release": (on.tag("v1.2.3"), PYTHON, "1.2.3 1.2 1 latest"),
    "two parts": (on.tag("1.2"), PYTHON, "1.2 1 latest"),
    "one part": (on.tag("1"), PYTHON, "1 1.0 latest"),
    "four parts": (on.tag("1.2.3.4"), PYTHON, "1.2.3.4 1.2 1 latest"),
    "patch": (on.tag("1.2.3"), "type=pep440,pattern={{patch}}", "3 latest"),
    "patch of two parts": (on.tag("1.2"), "type=pep440,pattern={{patch}}", "0 latest"),
    "leading zeros are dropped": (on.tag("2026.01.09"), PYTHON, "2026.1.9 2026.1 2026 latest"),
    "raw keeps them": (on.tag("2026.01.09"), "type=pep440,pattern={{raw}}", "2026.01.09 latest"),
    "release candidate": (on.tag("v1.2.3rc2"), PYTHON, "1.2.3rc2"),
    "release candidate is normalised": (on.tag("1.2.3-RC.2"), PYTHON, "1.2.3rc2"),
    "release candidate, raw": (on.tag("1.2.3-RC.2"), "type=pep440,pattern={{raw}}", "1.2.3-RC.2"),
    "alpha": (on.tag("1.2.3.alpha1"), PYTHON, "1.2.3a1"),
    "post-release": (on.tag("1.2.3.post1"), PYTHON, "1.2.3.post1"),
    "post-release by a dash": (on.tag("1.2.3-4"), PYTHON, "1.2.3.post4"),
    "development release": (on.tag("1.2.3.dev2"), PYTHON, "1.2.3.dev2"),
    "epoch": (on.tag("1!2.0"), "type=pep440,pattern={{version}}", "1-2.0 latest"),
    "local part": (
        on.tag("1.2.3+ubuntu.1"),
        "type=pep440,pattern={{version}}",
        "1.2.3-ubuntu-1 latest",
    ),
    "word": (on.tag("nightly"), PYTHON, ""),
    "slash": (on.tag("app/1.2.3"), PYTHON, ""),
    "value": (on.push(), "type=pep440,pattern={{version}},value=1.0", "1.0 latest"),
    "match": (on.tag("app/1.0rc1"), "type=pep440,pattern={{version}},match=app/(.*)", "1.0rc1"),
}

MATCH = {
    "whole": (on.tag("v1.2.3"), r"type=match,pattern=\d.\d", "1.2 latest"),
    "group": (on.tag("v1.2.3"), r"type=match,pattern=v(\d)\.(\d),group=2", "2 latest"),
    "slashes": (on.tag("v1.2.3"), r"type=match,pattern=/v(.*)/,group=1", "1.2.3 latest"),
    "flag i": (on.tag("V1.2.3"), r"type=match,pattern=/v(.*)/i,group=1", "1.2.3 latest"),
    "no flag i": (on.tag("V1.2.3"), r"type=match,pattern=/v(.*)/,group=1", ""),
    "flag g numbers the matches": (
        on.tag("v1.2.3"),
        r"type=match,pattern=/\d/g,group=2",
        "3 latest",
    ),
    "flag g without so many": (on.tag("v1.2.3"), r"type=match,pattern=/\d/g,group=3", ""),
    "comma in quotes": (
        on.tag("v1.22.333"),
        r'type=match,"pattern=\d{1,3}\.\d{1,3}",group=0',
        "1.22 latest",
    ),
    "pre-release is latest all the same": (
        on.tag("v1.2.3-rc1"),
        "type=match,pattern=v(.*),group=1",
        "1.2.3-rc1 latest",
    ),
    "calendar": (
        on.tag("release-20260110"),
        r"type=match,pattern=-(\d{8})$,group=1",
        "20260110 latest",
    ),
    "slash in the text": (on.tag("a/b"), "type=match,pattern=.*", "a-b latest"),
    "value": (on.push(), "type=match,pattern=b+,value=aabbcc", "bb latest"),
    "value with an expression": (
        on.push("feature/12-x"),
        r"type=match,pattern=\d+,value={{branch}}",
        "12 latest",
    ),
    "value of an empty expression": (on.tag("v1"), r"type=match,pattern=\d+,value={{branch}}", ""),
    "nothing found": (on.tag("v1.2.3"), "type=match,pattern=x", ""),
    "empty group": (on.tag("v"), "type=match,pattern=v(.*),group=1", ""),
    "empty group with a prefix": (
        on.tag("v"),
        "type=match,pattern=v(.*),group=1,prefix=p",
        "p latest",
    ),
    "group that takes no part": (on.tag("b"), "type=match,pattern=(a)?b,group=1", ""),
    "named group": (on.tag("v1"), r"type=match,pattern=v(?<major>\d),group=1", "1 latest"),
    "look-behind of any length": (
        on.tag("release-9"),
        r"type=match,pattern=(?<=[a-z]+-)\d",
        "9 latest",
    ),
}

NAMES = {
    "slash": (on.push("feature/one"), "", "feature-one"),
    "capitals stay": (on.push("Feature-X"), "", "Feature-X"),
    "dependabot": (
        on.push("dependabot/npm_and_yarn/lodash-4.17.21"),
        "",
        "dependabot-npm_and_yarn-lodash-4.17.21",
    ),
    "dependabot, scoped": (
        on.push("dependabot/npm_and_yarn/@types/node-20"),
        "",
        "dependabot-npm_and_yarn-types-node-20",
    ),
    "renovate": (on.push("renovate/docker-node-22.x"), "", "renovate-docker-node-22.x"),
    "runs become one dash": (on.push("a//@@b"), "", "a-b"),
    "a dash in the run": (on.push("a/-b"), "", "a--b"),
    "unicode": (on.push("größe/日本"), "", "gr-e-"),
    "unicode only": (on.push("日本"), "", "_"),
    "plus": (on.tag("v1.2.3+5"), "type=ref,event=tag", "v1.2.3-5 latest"),
    "html is not escaped": (on.push("a&b='c'"), "{{branch}}", "a-b-c-"),
    "leading dot": (on.push(".hidden"), "", "_hidden"),
    "leading dash": (on.push("@scope/x"), "", "_scope-x"),
    "leading dash twice": (on.push("--x"), "", "_-x"),
    "leading underscore": (on.push("_x"), "", "_x"),
    "exactly 128": (on.push("a" * 128), "", "a" * 128),
    "129": (on.push("a" * 129), "", f"{'a' * 119}-c12cb024"),
    "tag with slashes": (on.tag("app/v1.2.3"), "", "app-v1.2.3 latest"),
    "pull request that is closed": (
        on.event("push", "refs/pull/3/head"),
        "type=ref,event=pr",
        "pr-3-head",
    ),
}

ORDER = {
    "default priorities": (
        on.tag("v1.2.3"),
        "type=sha\ntype=raw,value=raw\ntype=ref,event=tag\ntype=match,pattern=v.\ntype=semver,pattern={{version}}",
        "1.2.3 v1 v1.2.3 raw sha-860c190 latest",
    ),
    "stable among equals": (on.push(), "b\na\nc", "b a c"),
    "raised": (on.push(), "a\ntype=raw,value=b,priority=201", "b a"),
    "lowered": (on.push(), "type=raw,value=a,priority=-1\nb\ntype=sha", "b sha-860c190 a"),
    "fraction": (
        on.push(),
        "type=raw,value=a,priority=200.5\ntype=raw,value=b,priority=200.6",
        "b a",
    ),
    "exponent": (on.push(), "a\ntype=raw,value=b,priority=1e3", "b a"),
    "empty priority is zero": (on.push(), "type=raw,value=a,priority=\nb", "b a"),
    "schedule first": (on.schedule(), "type=edge\ntype=schedule", "nightly edge"),
    "duplicates once": (on.push(), "a\nb\na\nb", "a b"),
    "duplicates by sanitising": (on.push(), "a/b\na-b", "a-b"),
    "latest once": (on.tag("v1.2.3"), "type=semver,pattern={{version}}\nlatest", "1.2.3 latest"),
    "latest as the version": (
        on.tag("v1"),
        "type=raw,value=latest,priority=999\ntype=ref,event=tag",
        "latest v1",
    ),
}

LATEST = {
    "branch, auto": (on.push(), "", "", "main"),
    "branch, true": (on.push(), "", "latest=true", "main latest"),
    "tag, auto": (on.tag("v1"), "", "latest=auto", "v1 latest"),
    "tag, false": (on.tag("v1"), "", "latest=false", "v1"),
    "release candidate by ref": (
        on.tag("v1.0.0-rc1"),
        "type=ref,event=tag",
        "",
        "v1.0.0-rc1 latest",
    ),
    "release candidate by semver": (
        on.tag("v1.0.0-rc1"),
        "type=semver,pattern={{version}}",
        "",
        "1.0.0-rc1",
    ),
    "release candidate, true": (
        on.tag("v1.0.0-rc1"),
        "type=semver,pattern={{version}}",
        "latest=true",
        "1.0.0-rc1 latest",
    ),
    "pull request, true": (on.pull_request(), "", "latest=true", "pr-2 latest"),
    "true without any tag": (on.push(), "type=ref,event=tag", "latest=true", ""),
    "first rule decides: raw above semver": (
        on.tag("v1.0.0"),
        "type=raw,value=x,priority=1000\ntype=semver,pattern={{version}}",
        "",
        "x 1.0.0",
    ),
    "first rule decides: semver above raw": (
        on.tag("v1.0.0"),
        "x\ntype=semver,pattern={{version}}",
        "",
        "1.0.0 x latest",
    ),
    "first rule that yields decides": (
        on.tag("v1"),
        "type=semver,pattern={{version}}\ntype=ref,event=tag",
        "",
        "v1 latest",
    ),
    "a disabled rule does not decide": (
        on.tag("v1"),
        "type=raw,value=x,priority=999,enable=false\ntype=ref,event=tag",
        "",
        "v1 latest",
    ),
    "schedule does not": (on.schedule(), "", "", "nightly main"),
    "several lines, the last word counts": (on.push(), "", "latest=true\nlatest=false", "main"),
    "several in a line": (on.push(), "", "latest=true,prefix=x-", "x-main latest"),
}

FLAVOR = {
    "prefix": (on.push(), "", "prefix=foo-", "foo-main"),
    "suffix": (on.push(), "", "suffix=-foo", "main-foo"),
    "both": (on.push(), "type=edge", "prefix=a-\nsuffix=-z", "a-edge-z"),
    "rule's prefix replaces": (
        on.push(),
        "type=ref,event=branch,prefix=bar-",
        "prefix=foo-",
        "bar-main",
    ),
    "rule's empty prefix replaces": (
        on.push(),
        "type=ref,event=branch,prefix=",
        "prefix=foo-",
        "main",
    ),
    "rule's empty suffix replaces": (
        on.push(),
        "type=ref,event=branch,suffix=",
        "suffix=-foo",
        "main",
    ),
    "sha has its own": (on.push(), "type=sha", "prefix=foo-\nsuffix=-z", "sha-860c190-z"),
    "sha without": (on.push(), "type=sha,prefix=", "prefix=foo-", "860c190"),
    "pull request has its own": (on.pull_request(), "", "prefix=foo-", "pr-2"),
    "pull request without": (on.pull_request(), "type=ref,event=pr,prefix=", "", "2"),
    "raw": (on.push(), "x", "prefix=foo-", "foo-x"),
    "not on latest": (on.tag("v1"), "", "prefix=foo-\nsuffix=-z", "foo-v1-z latest"),
    "prefix on latest": (on.tag("v1"), "", "prefix=foo-,onlatest=true", "foo-v1 foo-latest"),
    "onlatest of nothing": (on.tag("v1"), "", "onlatest=true\nsuffix=-z", "v1-z latest"),
    "suffix on latest": (on.tag("v1"), "", "suffix=-z,onlatest=true", "v1-z latest-z"),
    "both on latest": (
        on.tag("v1"),
        "",
        "prefix=a-,onlatest=true,suffix=-z,onlatest=true",
        "a-v1-z a-latest-z",
    ),
    "onlatest false": (on.tag("v1"), "", "prefix=a-,onlatest=false", "a-v1 latest"),
    "onlatest belongs to what is before it": (
        on.tag("v1"),
        "",
        "prefix=a-,suffix=-z,onlatest=true",
        "a-v1-z latest-z",
    ),
    "expression": (on.push(), "x", "prefix={{branch}}-", "main-x"),
    "expression on latest": (
        on.tag("v1"),
        "",
        "suffix=-{{sha}},onlatest=true",
        "v1-860c190 latest-860c190",
    ),
    "expression with equals": (on.push(), "x", "prefix={{date 'YYYY' tz='UTC'}}-", "2026-x"),
    "value with equals": (on.push(), "x", "prefix=a=b-", "a-b-x"),
    "capital keys": (on.push(), "x", "Prefix=a-", "a-x"),
    "prefix makes a tag of nothing": (on.push(), "type=raw,value=", "prefix=a", "a"),
}

EXPRESSIONS = {
    "branch": (on.push("a/b"), "x-{{branch}}", "x-a-b"),
    "tag": (on.tag("v1"), "x-{{tag}}", "x-v1"),
    "sha": (on.push(), "x-{{sha}}", "x-860c190"),
    "base_ref of a pull request": (on.pull_request(), "x-{{base_ref}}", "x-develop"),
    "base_ref of a tag": (on.tag("v1", base_ref="refs/heads/rel/1"), "x-{{base_ref}}", "x-rel-1"),
    "base_ref of a branch": (on.push(base_ref="refs/heads/other"), "x-{{base_ref}}", "x-"),
    "is_default_branch": (on.push(), "{{is_default_branch}}", "true"),
    "is_not_default_branch": (on.push(), "{{is_not_default_branch}}", "false"),
    "date": (on.push(), "{{date 'YYYYMMDD-HHmmss'}}", "20260110-003005"),
    "date in double quotes": (on.push(), 'type=raw,"value={{date ""YYYY""}}"', "2026"),
    "date in a zone": (
        on.push(),
        "value={{date 'YYYYMMDD-HHmm' tz='America/New_York'}}",
        "20260109-1930",
    ),
    "date in a zone of half hours": (
        on.push(),
        "value={{date 'YYYYMMDD-HHmm' tz='Asia/Kolkata'}}",
        "20260110-0600",
    ),
    "commit_date": (on.push(), "{{commit_date 'YYYYMMDD-HHmmss'}}", "20251231-235958"),
    "commit_date in a zone": (
        on.push(),
        "value={{commit_date 'YYYY-MM-DD' tz='Asia/Tokyo'}}",
        "2026-01-01",
    ),
    "schedule's date": (on.schedule(), "type=schedule,pattern={{date 'YYYYMMDD'}}", "20260110"),
    "schedule's commit_date": (
        on.schedule(),
        "type=schedule,pattern=n-{{commit_date 'YYYYMMDD'}}",
        "n-20251231",
    ),
    "schedule's pattern knows dates only": (on.schedule(), "type=schedule,pattern=n{{sha}}", "n"),
    "prefix": (on.push(), "type=raw,value=x,prefix={{branch}}-", "main-x"),
    "suffix": (on.push(), "type=raw,value=x,suffix=-{{sha}}", "x-860c190"),
    "several": (on.push(), "{{branch}}-{{sha}}-{{date 'X'}}", "main-860c190-1768005005"),
    "unknown name expands to nothing": (on.push(), "x{{nobody}}y", "xy"),
    "blanks inside": (on.push(), "{{ branch }}", "main"),
    "three braces": (on.push(), "{{{branch}}}", "main"),
    "comment": (on.push(), "x{{! why }}y", "xy"),
}

BOTH = {
    **SEMVER,
    **{f"pep440: {name}": case for name, case in PEP440.items()},
    **{f"match: {name}": case for name, case in MATCH.items()},
}
PLAIN = {
    **{f"name: {name}": case for name, case in NAMES.items()},
    **{f"order: {name}": case for name, case in ORDER.items()},
}
EXPANDED = {f"expression: {name}": case for name, case in EXPRESSIONS.items()}
CASES = {**BOTH, **PLAIN, **EXPANDED}
FLAVORED = {**{f"latest: {name}": case for name, case in LATEST.items()}, **FLAVOR}


@pytest.mark.parametrize(("happened", "tags", "expected"), CASES.values(), ids=CASES)
def test_tags__of_rules(happened: Event, tags: str, expected: str) -> None:
    assert on.names(happened, tags) == expected


@pytest.mark.parametrize(
    ("happened", "tags", "flavor", "expected"), FLAVORED.values(), ids=FLAVORED
)
def test_tags__of_rules_and_flavor(happened: Event, tags: str, flavor: str, expected: str) -> None:
    assert on.names(happened, tags, flavor) == expected


SWITCHED = {
    "head of a pull request": (
        on.pull_request(),
        {"DOCKER_METADATA_PR_HEAD_SHA": "true"},
        "sha-f117972",
    ),
    "head of a pull request's target": (
        on.pull_request_target(),
        {"DOCKER_METADATA_PR_HEAD_SHA": "true"},
        "sha-f117972",
    ),
    "head of a review": (
        on.pull_request(name="pull_request_review"),
        {"DOCKER_METADATA_PR_HEAD_SHA": "1"},
        "sha-f117972",
    ),
    "head switched off": (
        on.pull_request(),
        {"DOCKER_METADATA_PR_HEAD_SHA": "false"},
        "sha-860c190",
    ),
    "head on a push": (on.push(), {"DOCKER_METADATA_PR_HEAD_SHA": "true"}, "sha-860c190"),
    "length": (on.push(), {"DOCKER_METADATA_SHORT_SHA_LENGTH": "10"}, "sha-860c1904a1"),
    "length beyond the whole": (
        on.push(),
        {"DOCKER_METADATA_SHORT_SHA_LENGTH": "99"},
        f"sha-{on.SHA}",
    ),
}


@pytest.mark.parametrize(("happened", "environ", "expected"), SWITCHED.values(), ids=SWITCHED)
def test_tags__of_environment(happened: Event, environ: dict[str, str], expected: str) -> None:
    assert on.names(happened, "type=sha", environ=environ) == expected


HEADS = {
    "branch": (("refs/heads/topic", on.HEAD_SHA), "", "topic"),
    "tag": (("refs/tags/v1.2.3", on.HEAD_SHA), "", "v1.2.3 latest"),
    "pull request": (("refs/pull/12/merge", on.HEAD_SHA), "", "pr-12"),
    "commit": (("refs/heads/topic", on.HEAD_SHA), "type=sha", "sha-f117972"),
    "default branch": (("refs/heads/main", on.HEAD_SHA), "type=edge", "edge"),
}


@pytest.mark.parametrize(("head", "tags", "expected"), HEADS.values(), ids=HEADS)
def test_tags__of_the_work_tree(head: tuple[str, str], tags: str, expected: str) -> None:
    assert on.names(on.pull_request_target(), tags, head=head) == expected


def test_is_default_branch__by_the_api_where_the_event_does_not_say() -> None:
    assert (
        on.names(on.push(default_branch=""), "type=raw,value=x,enable={{is_default_branch}}") == "x"
    )


@pytest.mark.parametrize(
    "name", ["create", "discussion", "discussion_comment", "issues", "schedule"]
)
def test_is_default_branch__on_events_of_the_default_branch(name: str) -> None:
    assert on.names(on.event(name, "refs/heads/other"), "{{is_default_branch}}") == "true"


@pytest.mark.parametrize("name", ["issue_comment", "delete", "registry_package"])
def test_is_default_branch__on_other_events(name: str) -> None:
    assert on.names(on.event(name, "refs/heads/other"), "{{is_default_branch}}") == "false"


def test_is_default_branch__without_a_ref() -> None:
    assert on.names(on.event("schedule", ""), "{{is_default_branch}}") == "false"


WARNED = {
    "no version": (
        on.tag("x"),
        "a\ntype=semver,pattern={{major}}",
        "'x' is not a semver version: see https://semver.org",
    ),
    "no python version": (
        on.tag("x"),
        "a\ntype=pep440,pattern={{major}}",
        "'x' is not a pep440 version: see https://peps.python.org/pep-0440",
    ),
    "no match": (on.tag("x"), "a\ntype=match,pattern=y", "'y' does not match 'x'"),
    "no part": (
        on.tag("x"),
        "a\ntype=match,pattern=(y)?x,group=1",
        "group 1 of '(y)?x' takes no part in 'x'",
    ),
}


@pytest.mark.parametrize(("happened", "tags", "reason"), WARNED.values(), ids=WARNED)
def test_warning__for_a_rule_that_should_have_yielded(
    happened: Event, tags: str, reason: str
) -> None:
    found = on.metadata(happened, tags=tags)

    assert (found.tag_names, found.notices) == (("a",), ())
    assert found.warnings == (f"tags: {tags.splitlines()[1]!r} yields nothing: {reason}",)


def test_warning__for_a_version_match_that_finds_nothing() -> None:
    found = on.metadata(on.tag("v1.2.3"), tags="type=semver,pattern={{version}},match=app/(.*)")

    assert found.warnings == (
        (
            "tags: 'type=semver,pattern={{version}},match=app/(.*)': match='app/(.*)' finds "
            "nothing in 'v1.2.3', which is read as it is"
        ),
    )


def test_warning__for_edge_without_a_known_default_branch() -> None:
    repository = RepositoryFacts(name="x", html_url="")

    found = on.metadata(on.push(), tags="a\ntype=edge", repository=repository)

    assert found.warnings == (
        "tags: 'type=edge' yields nothing: the default branch is not known; name it with branch=",
    )


def test_warning__for_a_name_that_is_made_valid() -> None:
    found = on.metadata(on.push(".x"))

    assert found.warnings == (
        (
            "tag '.x' becomes '_x': a tag starts with a letter, a digit or '_' and has up to "
            "128 characters"
        ),
    )


def test_warning__for_a_name_that_nothing_fills() -> None:
    found = on.metadata(on.push(), tags="x{{version}}{{version}}")

    assert found.warnings == (
        "tags: 'x{{version}}{{version}}': {{version}} is not known here and expands to nothing",
    )


def test_warning__for_an_attribute_of_another_type() -> None:
    found = on.metadata(on.push(), tags="type=sha,event=branch")

    assert (found.tag_names, found.warnings) == (
        ("sha-860c190",),
        ("tags: 'type=sha,event=branch': 'event' has no effect on this type of rule",),
    )


NO_TAG = ("no tag is generated: no rule of the input tags yields one for this event",)
REASONS = {
    "schedule": (on.push(), "type=schedule", "the event is push, not a schedule"),
    "schedule without an event": (
        on.event("", ""),
        "type=schedule",
        "the event is unknown, not a schedule",
    ),
    "semver": (
        on.push(),
        "type=semver,pattern={{major}}",
        "'refs/heads/main' is not a tag, and no value is given",
    ),
    "match": (
        on.push(),
        "type=match,pattern=x",
        "'refs/heads/main' is not a tag, and no value is given",
    ),
    "edge": (on.push("x"), "type=edge", "'refs/heads/x' is not the branch main"),
    "edge on a tag": (on.tag("x"), "type=edge,branch=x", "'refs/tags/x' is not the branch x"),
    "branch": (on.tag("x"), "type=ref,event=branch", "'refs/tags/x' is not a branch"),
    "tag": (on.push(), "type=ref,event=tag", "'refs/heads/main' is not a tag"),
    "pull request": (on.push(), "type=ref,event=pr", "'refs/heads/main' is not a pull request"),
    "raw": (on.push(), "{{tag}}", "its text is empty"),
    "sha": (on.push(sha=""), "type=sha", "the commit is not known"),
    "disabled": (on.push(), "type=sha,enable=false", "enable is false"),
    "disabled by an expression": (
        on.push(),
        "type=sha,enable={{is_not_default_branch}}",
        "enable is false",
    ),
}


@pytest.mark.parametrize(("happened", "rule", "reason"), REASONS.values(), ids=REASONS)
def test_notice__why_the_only_rule_yields_nothing(happened: Event, rule: str, reason: str) -> None:
    found = on.metadata(happened, tags=rule, images="ghcr.io/o/r")

    assert (found.version, found.tags, found.tag_names) == ("", (), ())
    assert (found.notices, found.warnings) == (
        (f"tags: {rule!r} yields nothing: {reason}",),
        NO_TAG,
    )


def test_enable__neither_true_nor_false() -> None:
    message = (
        "Tag rules can't be evaluated:\n"
        "- tags: 'type=sha,enable={{branch}}': enable='{{branch}}' becomes 'main': true or false are allowed\n"
        "- tags: 'x,enable={{tag}}': enable='{{tag}}' becomes '': true or false are allowed"
    )

    with pytest.raises(SettingsError) as caught:
        on.names(on.push(), "type=sha,enable={{branch}}\nx,enable={{tag}}")

    # raw stands above sha
    assert sorted(caught.value.what.splitlines()) == sorted(message.splitlines())


def test_match__that_backtracks_for_ever() -> None:
    rule = "type=match,pattern=^(a|a)*$,value=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"

    with pytest.raises(SettingsError, match="backtracks for ever") as caught:
        on.names(on.push(), rule)

    assert rule in caught.value.what


IMAGES = {
    "none": ("", ("main", "dev"), ()),
    "one": ("ghcr.io/o/r", ("ghcr.io/o/r:main", "ghcr.io/o/r:dev"), ("ghcr.io/o/r",)),
    "two, tags inside": (
        "a/b\nc/d",
        ("a/b:main", "a/b:dev", "c/d:main", "c/d:dev"),
        ("a/b", "c/d"),
    ),
    "all disabled": ("name=a/b,enable=false", ("main", "dev"), ()),
    "one disabled": ("name=a/b,enable=false\nc/d", ("c/d:main", "c/d:dev"), ("c/d",)),
    "port": (
        "localhost:5000/x",
        ("localhost:5000/x:main", "localhost:5000/x:dev"),
        ("localhost:5000/x",),
    ),
}


@pytest.mark.parametrize(("images", "tags", "names"), IMAGES.values(), ids=IMAGES)
def test_images__times_tags(images: str, tags: tuple[str, ...], names: tuple[str, ...]) -> None:
    found = on.metadata(on.push(), images=images, tags="main\ndev")

    assert (found.version, found.tags, found.tag_names, found.images) == (
        "main",
        tags,
        ("main", "dev"),
        names,
    )
