"""The settings of `mode: bake`: pasted blocks of bake-action, and every mistake with its line."""

import json

import pytest

from ghcr_action.buildx.bake import matrix
from ghcr_action.buildx.bake.calls import BakeRequest
from ghcr_action.buildx.bake.definition_files import BakeSource
from ghcr_action.errors import SettingsError
from ghcr_action.settings import parse
from ghcr_action.settings.bake import BakeSettings
from ghcr_action.values.reference import Repository
from tests.fakes.events import push_event


def settings(**given: str) -> BakeSettings:
    texts = {"mode": "bake"} | {name.replace("_", "-"): text for name, text in given.items()}
    found = parse.settings(texts, {}, push_event())[0]
    assert isinstance(found, BakeSettings)
    return found


def test_parse__nothing_given() -> None:
    found = settings()

    assert found.request == BakeRequest()
    assert found.images == (Repository("ghcr.io", "octo/app"),)
    assert not found.has_rules
    assert dict(found.runners) == matrix.RUNNERS
    assert (found.unchanged, found.only_changed, found.plan_matrix) == ("skip", False, False)
    assert found.secrets == found.common.secrets


def test_parse__a_pasted_block_of_bake_action() -> None:
    found = settings(
        files="./docker-bake.hcl, extra.hcl",
        targets="web\ndb,job",
        set='*.args.A="1,2"\nweb.platform=linux/amd64,linux/arm64\n*.cache-from+=type=gha,scope=x',
        vars="VERSION=1.2\nFLAGS=-a=b -c",
        allow="network.host, fs.read=../x",
        builder="mine",
        no_cache="true",
        pull="true",
        provenance="mode=max",
        sbom="true",
        load="true",
        source=".",
    )

    assert found.request == BakeRequest(
        source=BakeSource(files=("./docker-bake.hcl", "extra.hcl")),
        targets=("web", "db", "job"),
        sets=(
            '*.args.A="1,2"',
            "web.platform=linux/amd64,linux/arm64",
            "*.cache-from+=type=gha,scope=x",
        ),
        variables=(("VERSION", "1.2"), ("FLAGS", "-a=b -c")),
        allow=("network.host", "fs.read=../x"),
        no_cache=True,
        pull=True,
    )
    assert (found.provenance, found.sbom, found.load, found.source) == (
        "mode=max",
        "true",
        True,
        ".",
    )


@pytest.mark.parametrize(
    ("given", "environ", "files"),
    [
        ("", {"BUILDX_BAKE_FILE": "a.hcl:b.json"}, ("a.hcl", "b.json")),
        ("", {"BUILDX_BAKE_FILE": "a.hcl;b", "BUILDX_BAKE_FILE_SEPARATOR": ";"}, ("a.hcl", "b")),
        ("c.hcl", {"BUILDX_BAKE_FILE": "a.hcl"}, ("c.hcl",)),
        ("", {"BUILDX_BAKE_FILE": ""}, ()),
    ],
)
def test_parse__the_default_files_of_buildx(
    given: str, environ: dict[str, str], files: tuple[str, ...]
) -> None:
    found = parse.settings({"mode": "bake", "files": given}, environ, push_event())[0]

    assert isinstance(found, BakeSettings)
    assert found.request.source.files == files


@pytest.mark.parametrize(
    ("text", "is_free"), [("0", True), ("false", True), ("1", False), ("", False)]
)
def test_parse__files_anywhere(text: str, is_free: bool) -> None:
    environ = {"BUILDX_BAKE_ENTITLEMENTS_FS": text}

    found = parse.settings({"mode": "bake"}, environ, push_event())[0]

    assert isinstance(found, BakeSettings)
    assert found.files_anywhere is is_free


def test_parse__files_anywhere_is_a_boolean_and_for_a_bake_only() -> None:
    environ = {"BUILDX_BAKE_ENTITLEMENTS_FS": "perhaps"}

    with pytest.raises(SettingsError, match="BUILDX_BAKE_ENTITLEMENTS_FS is 'perhaps'"):
        parse.settings({"mode": "bake"}, environ, push_event())
    parse.settings({"mode": "publish"}, environ, push_event())


def test_target_tags__rules_tags_and_references() -> None:
    found = settings(
        target_tags="web: |\n  type=sha\n  nightly\ndb: ghcr.io/octo/db:1\njob-*: [a, 1.5]\n"
    )

    assert [
        (each.pattern, each.names.rules, list(map(str, each.names.references)))
        for each in found.target_tags
    ] == [
        ("web", ("type=sha", "nightly"), []),
        ("db", (), ["ghcr.io/octo/db:1"]),
        ("job-*", ("a", "1.5"), []),
    ]


@pytest.mark.parametrize("tag", ["1.10", "010", "1e3", "1_0", "2024-01-02", "2024-31-12", "yes"])
def test_target_tags__a_tag_stays_as_it_is_written(tag: str) -> None:
    """YAML alone makes 1.1, 8, 1000.0, 10, a date, an error and True of them."""
    found = settings(target_tags=f"web: {tag}\ndb: [{tag}, x]")

    assert [each.names.rules for each in found.target_tags] == [(tag,), (tag, "x")]


WRONG: list[tuple[str, dict[str, str], str]] = [
    ("set without a value", {"set": "web.tags"}, "`set`: 'web.tags' is not written TARGET.KEY="),
    ("set without a target", {"set": ".tags=x"}, "is not written TARGET.KEY=VALUE"),
    ("set without a key", {"set": "web=x"}, "is not written TARGET.KEY=VALUE"),
    ("set of an unknown key", {"set": "web.tag=x"}, "is not written TARGET.KEY=VALUE"),
    ("set that pushes", {"set": "*.push=true"}, "what is pushed or loaded is for the input `push`"),
    ("set that loads", {"set": "*.load=true"}, "load: true"),
    ("vars without a value", {"vars": "VERSION"}, "`vars`: 'VERSION' is not written NAME=value"),
    ("vars without a name", {"vars": "A=1\n-----BEGIN KEY"}, "`vars`: item 2 is not written"),
    ("a target that is an option", {"targets": "--push"}, "`targets`: '--push' is no target"),
    ("a target that is an override", {"targets": "a=b"}, "`targets`: 'a=b' is no target"),
    ("two targets in one item", {"targets": "web worker"}, "`targets`: 'web worker' is no target"),
    (
        "a rule that is none",
        {"target-tags": "web: '-bad tag'"},
        "`target-tags`, 'web': tags: '-bad tag'",
    ),
    ("an endless text", {"digests": "[" * 9000}, "[…' is neither sha256"),
    ("an endless output", {"digests": json.dumps({"digest": "x" * 9000})}, "x…', which is neither"),
    ("a whole reference in tags", {"tags": "ghcr.io/octo/app:1"}, "a definition has several"),
    ("target-tags in a list", {"target-tags": "- web"}, "is not a list of targets with their tags"),
    ("target-tags too deep", {"target-tags": "a: {b: c}"}, "is not a list of targets"),
    ("target-tags of nothing", {"target-tags": "web:"}, "is not a list of targets"),
    ("target-tags without an end", {"target-tags": "[" * 9000}, "`target-tags` is not YAML"),
    ("target-tags that is no YAML", {"target-tags": "a: ["}, "`target-tags` is not YAML"),
    ("a broken name", {"target-tags": "web: ghcr.io/octo/a b:1"}, "`target-tags`, 'web'"),
    (
        "a test, which is one image's",
        {"test": "./smoke.sh"},
        "`test` means nothing to `mode: bake`",
    ),
    (
        "a summary's template, which is one image's",
        {"summary-template": "summary.md.j2"},
        "`summary-template` means nothing to `mode: bake`",
    ),
    ("an unknown word", {"unchanged": "keep"}, "`unchanged` is 'keep'"),
    ("a runner without a label", {"runners": "linux/arm64="}, "`runners`"),
    ("a platform that is none", {"platforms": "arm64 v8"}, "`platforms`"),
]


@pytest.mark.parametrize(
    ("given", "said"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_parse__refuses(given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse.settings({"mode": "bake", **given}, {}, push_event())

    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("workdir", "`source: ./DIRECTORY`"),
        ("context", "`source: ./DIRECTORY`, or `set: TARGET.context=PATH`"),
        ("file", "`files`, or `set: TARGET.dockerfile=PATH`"),
        ("target", "`targets`"),
        ("build-args", "`set: *.args.NAME=VALUE`"),
        ("cache-from", "`set: *.cache-from=type=…`"),
        ("cache-to", "`set: *.cache-to=type=…`"),
        ("outputs", "`set: TARGET.output=type=…`"),
        ("no-cache-filters", "`set: TARGET.no-cache-filter=STAGE`"),
    ],
)
def test_parse__says_how_a_bake_spells_what_a_build_has(name: str, meant: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(**{name: "x"})

    assert caught.value.fix == f"Write {meant}."


def test_parse__what_is_wrong_for_all_targets_is_told_once() -> None:
    with pytest.raises(SettingsError) as refused:
        settings(target_tags="web: edge\ndb: edge", flavor="nonsense")

    assert str(refused.value).count("flavor:") == 1


def test_parse__a_secret_in_vars_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as refused:
        settings(vars="-----BEGIN PRIVATE KEY")

    assert "PRIVATE" not in str(refused.value)


def test_parse__outside_a_workflow_nothing_needs_a_repository() -> None:
    found = parse.settings({"mode": "bake"}, {}, push_event(repository=""))[0]

    assert isinstance(found, BakeSettings)
    assert found.images == ()
