import pytest

from ghcr_action import inputs
from ghcr_action.buildx.context import Switches
from ghcr_action.errors import SettingsError
from ghcr_action.inputs.modes import MODES
from ghcr_action.logins.credential import Credential
from ghcr_action.settings import parse as parsing
from ghcr_action.settings import reads
from ghcr_action.settings.metadata import MetadataSettings
from ghcr_action.settings.publish import PublishSettings
from ghcr_action.settings.reads import inputs_of
from ghcr_action.values.platform import Platform
from ghcr_action.values.secret import Secret
from tests.fakes.events import push_event

BOTH = (Platform("linux", "amd64"), Platform("linux", "arm64"))


def parse(environ: dict[str, str] | None = None, /, **given: str) -> PublishSettings:
    texts = {"github-token": "t0ken"} | {
        name.replace("_", "-"): text for name, text in given.items()
    }
    found = parsing.settings(texts, environ or {}, push_event())[0]
    assert isinstance(found, PublishSettings)
    return found


def warnings(**given: str) -> tuple[str, ...]:
    return parsing.settings(given, {}, push_event())[1].warnings


def refusal(**given: str) -> str:
    with pytest.raises(SettingsError) as raised:
        parse(**given)
    return str(raised.value)


def test_parse__without_any_input_publishes_the_repository() -> None:
    found = parse()

    common = found.common
    assert (common.dry_run, common.summary, common.logout, found.push, found.verify) == (
        False,
        True,
        True,
        None,
        True,
    )
    assert common.credentials == {"ghcr.io": Credential(username="mona", password=Secret("t0ken"))}
    assert found.metadata.request.images == ("ghcr.io/octo/app",)
    assert found.metadata.source == "workflow"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("51725241954", 51725241954),
        (" 7\n", 7),
        ("", 0),
        ("${{ job.check_run_id }}", 0),
        ("-1", 0),
        ("7/../8", 0),
        ("\u0667", 0),
        ("9" * 16, 0),
    ],
)
def test_parse__the_number_of_the_job_is_one_or_nothing(text: str, number: int) -> None:
    assert parse(check_run_id=text).common.event.check_run_id == number


def test_parse__takes_action_ymls_defaults_for_what_they_are() -> None:
    defaults = {row.name: row.default for row in inputs.INPUTS if "${{" not in row.default}

    assert parsing.settings(defaults | {"github-token": "t0ken"}, {}, push_event())[0] == parse()


def test_parse__reads_lists_as_the_docker_actions_do() -> None:
    build = parse(
        {"THREE": "3"},
        platforms="linux/amd64,linux/arm64\n",
        build_args='A=1,2\n"B=x\ny"\nC',
        outputs='type=tar,"dest=a,b"',
        secrets="one= spaced \ntwo=2",
        secret_envs="three=THREE",
        secret_files="four=./four",
        labels="ignored=here",
        load="True",
        no_cache="true",
    ).build

    assert build.platforms == BOTH
    assert build.build_args == ("A=1,2", "B=x\ny", "C")
    assert build.outputs == ('type=tar,"dest=a,b"',)
    assert build.secrets == (("one", Secret(" spaced ")), ("two", Secret("2")))
    assert build.secret_envs == (("three", "THREE"),)
    assert build.secret_files == (("four", "./four"),)
    assert (build.load, build.no_cache, build.pull) == (True, True, False)


def test_parse__a_comma_at_the_end_of_a_line_is_harmless() -> None:
    found = parse(platforms="linux/amd64,\nlinux/arm64,", tags="ghcr.io/o/a:1,\nghcr.io/o/a:2")

    assert found.build.platforms == BOTH
    assert [str(reference) for reference in found.names.references] == [
        "ghcr.io/o/a:1",
        "ghcr.io/o/a:2",
    ]


def test_parse__platform_local_is_buildx_own_word() -> None:
    build = parse(platforms="local,linux/amd64").build

    assert [str(each) for each in build.platforms] == ["local", "linux/amd64"]
    assert build.named_platforms == ()


def test_parse__knows_every_secret() -> None:
    found = parse(password="pw", secrets="a=b")

    assert {secret.reveal() for secret in found.secrets} == {"t0ken", "pw", "bW9uYTpwdw==", "b"}
    assert "pw" not in repr(found)


@pytest.mark.parametrize(("text", "push"), [("", None), ("true", True), ("FALSE", False)])
def test_parse__push_may_be_left_open(text: str, push: bool | None) -> None:
    assert parse(push=text).push is push


def test_parse__reads_the_switches() -> None:
    assert parse({"DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF": "1"}).switches == Switches(
        pull_request_head=True
    )


def test_parse__metadata_mode_has_no_default_image() -> None:
    found = parsing.settings({"mode": "metadata", "tags": "ghcr.io/a/b:1"}, {}, push_event())[0]

    assert isinstance(found, MetadataSettings)
    assert found.request.images == ()
    assert found.secrets == found.common.secrets


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("plattforms", "platforms"),
        ("platform", "platforms"),
        ("tag", "tags"),
        ("dockerfile", "file"),
        ("image-name", "images"),
        ("buildArgs", "build-args"),
        ("lables", "labels"),
        ("sorce", "source"),
    ],
)
@pytest.mark.parametrize("mode", ["publish", "promote", "cleanup", "inspect"])
def test_parse__an_input_that_does_not_exist_is_refused_where_another_is_near(
    name: str, near: str, mode: str
) -> None:
    text = refusal(**{name: "x", "mode": mode})

    assert f"There is no input `{name}`; did you mean `{near}`?" in text


@pytest.mark.parametrize("name", ["zzzzzz", "ecr", "cache-image", "version", "save-tags"])
def test_parse__an_input_that_does_not_exist_is_passed_over_where_none_is_near(name: str) -> None:
    assert warnings(**{name: "x"}) == (f"There is no input `{name}`; it is ignored.",)


@pytest.mark.parametrize("mode", ["cleanup", "merge", "promote"])
def test_parse__a_mode_that_moves_or_deletes_names_takes_no_input_that_does_not_exist(
    mode: str,
) -> None:
    assert "There is no input `zzzzzz`\nFix: Remove `zzzzzz`." in refusal(mode=mode, zzzzzz="x")


@pytest.mark.parametrize(
    ("mode", "name", "text", "of"),
    [
        (
            "publish",
            "source",
            ":main",
            "`mode: promote`, `mode: pull`, `mode: inspect`, `mode: bake`",
        ),
        ("publish", "packages", "app", "`mode: cleanup`"),
        ("publish", "remove", "pr-*", "`mode: cleanup`"),
        ("publish", "fresh", "true", "`mode: pull`"),
        ("inspect", "digests", "x", "`mode: merge`, `mode: bake`"),
        ("cleanup", "tags", "x", "`mode: publish`"),
        ("promote", "context", ".", "`mode: publish`"),
        ("visibility", "push", "true", "`mode: publish`"),
    ],
)
def test_parse__an_input_of_another_mode_is_refused(
    mode: str, name: str, text: str, of: str
) -> None:
    said = refusal(**{"mode": mode, name: text})

    assert f"`{name}` means nothing to `mode: {mode}`\nWhy: it is an input of {of}" in said


@pytest.mark.parametrize("mode", MODES)
def test_parse__a_default_of_another_mode_is_none(mode: str) -> None:
    defaults = {row.name: row.default for row in inputs.INPUTS if "${{" not in row.default}
    needed = {"source": ":1", "tags": "1", "digests": f"sha256:{'a' * 64}", "report": "r.json"}
    own = {name: text for name, text in needed.items() if name in inputs_of(mode)}

    parsing.settings({**defaults, **own, "mode": mode, "logout": "True"}, {}, push_event())


@pytest.mark.parametrize(
    ("given", "warning"),
    [
        ({"platforms": "linux/amd64,,linux/arm64"}, "`platforms`: line 1: an empty item is left"),
        ({"platforms": "linux/amd64\n,linux/arm64"}, "`platforms`: line 2: an empty item is left"),
        ({"build-args": 'A=1\n""'}, "`build-args`: line 2: an empty item is left out"),
        ({"secrets": "s3cret"}, "`secrets`: item 1 is left out: it has no '='"),
        ({"secrets": "npm=\nb=s3cret"}, "`secrets`: 'npm' is left out: it has no value"),
        ({"secret-envs": "npm=s3cret"}, "`secret-envs`: an item is left out: the step has no v"),
        ({"secret-files": "npm="}, "`secret-files`: 'npm' is left out: it has no value"),
        ({"build-args": "A: s3cret"}, "`build-args`: 'A' is left out, no ARG has this name; wri"),
        ({"build-args": "KEY=line 1\ns3cret line 2"}, "`build-args`: item 2 is left out, no ARG"),
        ({"build-args": "A = s3cret"}, "`build-args`: 'A' is left out, no ARG has this name"),
    ],
)
def test_parse__leaves_out_what_the_peer_leaves_out(given: dict[str, str], warning: str) -> None:
    (said,) = warnings(**given)

    assert said.startswith(warning)
    assert "s3cret" not in said


@pytest.mark.parametrize(
    ("name", "text", "read"),
    [
        ("build-args", "BASE=debian", ("BASE=debian",)),
        ("secret-files", "k=./key", (("k", "./key"),)),
        ("secrets", "k=v", (("k", Secret("v")),)),
        ("secret-envs", "k=HOME", (("k", "HOME"),)),
        ("platforms", "linux/amd64,linux/arm64", BOTH),
        ("cache-from", "type=gha", ("type=gha",)),
        ("outputs", "type=local,dest=out", ("type=local,dest=out",)),
        ("add-hosts", "a:1.2.3.4,b:5.6.7.8", ("a:1.2.3.4", "b:5.6.7.8")),
        ("ulimit", "nofile=1024", ("nofile=1024",)),
        ("build-contexts", "x=./x", ("x=./x",)),
    ],
)
def test_parse__a_line_that_begins_with_a_hash_is_a_comment(
    name: str, text: str, read: tuple[object, ...]
) -> None:
    texts = {name: f'# pinned, on "purpose\n{text}\n#,,'}
    build = parse({"HOME": "/root"}, **texts).build

    assert getattr(build, name.replace("-", "_")) == read
    assert not [said for said in warnings(**texts) if "no variable" not in said]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("linux/amd46", "'linux/amd46' is no platform that exists; did you mean linux/amd64?"),
        ("lnux/amd64", "did you mean linux/amd64?"),
        ("linux/armv7", "did you mean linux/arm/v7?"),
        ("linux/x64", "did you mean linux/amd64?"),
        ("macos/arm64", "did you mean darwin/arm64?"),
        ("linux/arm64v8", "did you mean linux/arm64?"),
        ("linux", "'linux' is a system without an architecture: linux/amd64?"),
        ("linux/arm/v9", "linux/arm has no variant 'v9'; linux/arm/v7?"),
        ("linux/amd64/v8", "linux/amd64 has no variant 'v8'; linux/amd64?"),
        ("unknown/unknown", "'unknown/unknown' is no platform that exists"),
    ],
)
@pytest.mark.parametrize("mode", ["publish", "promote", "pull", "merge"])
def test_parse__a_platform_that_does_not_exist_is_refused(mode: str, text: str, says: str) -> None:
    assert says in refusal(mode=mode, platforms=text)


@pytest.mark.parametrize("mode", ["promote", "pull", "merge"])
def test_parse__local_is_no_platform_of_an_image_that_exists(mode: str) -> None:
    assert "`platforms`: 'local' is for a build" in refusal(mode=mode, platforms="local")


def test_parse__an_unknown_input_without_a_value_is_none() -> None:
    assert warnings(zzzzzz="") == ()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"mode": "publsh"}, "`mode` is 'publsh'"),
        ({"pull": "yes"}, "`pull`: 'yes' is not a boolean"),
        ({"push": "1"}, "`push`: '1' is not a boolean"),
        (
            {"push-retries": "many"},
            "`push-retries` is 'many'\nWhy: it is a whole number, at least 0",
        ),
        ({"metadata-context": "svn"}, "`metadata-context` is 'svn'"),
        ({"build-args": 'A=1\n"open'}, "`build-args`: line 2: a quote is opened"),
        ({"mode": "cleanup", "keep-tags": "a,,b"}, "`keep-tags`: line 1: an empty item"),
        ({"mode": "cleanup", "remove": "a\n,b"}, "`remove`: line 2: an empty item"),
        ({"immutable-tags": '1\n""'}, "`immutable-tags`: line 2: an empty item"),
        ({"tags": "ghcr.io/o/a:1,,ghcr.io/o/a:2"}, "`tags`: an empty item before a comma"),
        ({"secrets": '"k=s3cret'}, "`secrets`: line 1: a quote is opened"),
        ({"platforms": "linux/amd64,linux amd64"}, "`platforms`: 'linux amd64' is not a platform"),
        ({"tags": "ghcr.io/o/a:-x"}, "`tags`: tag '-x' starts with '-'"),
        ({"registry": "quay.io", "username": "u"}, "is the secret set?"),
        ({"flavor": "colour=red"}, "flavor: 'colour=red': 'colour' is unknown"),
        ({"push": "yes"}, "FALSE\nFix: push: true"),
        ({"pull": "Off"}, "FALSE\nFix: pull: false"),
        ({"checks": "warning"}, "Why: it can be `warn`, `error`, `off`\nFix: checks: warn"),
        ({"visibility": "Public"}, "Fix: visibility: public"),
        ({"moving-tags": "yes"}, "Fix: moving-tags: forward"),
        ({"platforms": "- linux/amd64\n- linux/arm64"}, "`platforms` is a YAML list"),
        ({"tags": '["a", "b"]'}, "without dash\nFix: tags: |\n  a\n  b"),
        (
            {"labels": "\n".join(f"- l{number}=x" for number in range(9))},
            "Fix: labels: |\n  l0=x\n  l1=x\n  l2=x\n  l3=x\n  l4=x\n  …",
        ),
        ({"secrets": "- k=s3cret"}, "Fix: secrets: |\n  id=value"),
        ({"build-args": "- A=s3cret"}, "Fix: build-args: |\n  NAME=value"),
        (
            {"provenance": "max"},
            (
                "`provenance` is 'max'\nWhy: it is `true`, `false` or attributes, "
                "key=value\nFix: provenance: mode=max"
            ),
        ),
        ({"sbom": "yes"}, "Fix: sbom: true"),
        ({"sbom": "never"}, "Fix: sbom: true"),
    ],
)
def test_parse__says_what_is_wrong(given: dict[str, str], says: str) -> None:
    text = refusal(**given)

    assert says in text
    assert "s3cret" not in text


def test_parse__says_everything_that_is_wrong_at_once() -> None:
    text = refusal(mode="x", pull="yes", platforms="?", checks="?")

    assert text.startswith("4 inputs are wrong")
    assert [number for number in ("1. ", "2. ", "3. ", "4. ") if f"{number}`" in text] == [
        "1. ",
        "2. ",
        "3. ",
        "4. ",
    ]
    assert all(name in text for name in ("`mode`", "`pull`", "`platforms`", "`checks`"))


def test_parse__an_environment_switch_that_is_no_boolean_is_named() -> None:
    with pytest.raises(SettingsError, match="BUILDX_SEND_GIT_QUERY_AS_INPUT"):
        parse({"BUILDX_SEND_GIT_QUERY_AS_INPUT": "maybe"})


def test_inputs__come_from_the_environment_with_their_hyphens() -> None:
    environ = {"INPUT_BUILD-ARGS": "A=1", "INPUT_ARGS": "x", "INPUT_ENTRYPOINT": "y", "HOME": "/"}

    assert inputs.from_environ(environ) == {"build-args": "A=1"}


def test_parse__annotations_go_where_github_reads_them() -> None:
    assert parse().metadata.request.annotation_levels == ("index", "manifest")


def test_parse__annotations_of_metadata_mode_go_where_the_peer_puts_them() -> None:
    found = parsing.settings({"mode": "metadata"}, {}, push_event())[0]

    assert isinstance(found, MetadataSettings)
    assert found.request.annotation_levels == ("manifest",)


DIGEST_OUTPUT = "type=image,name=ghcr.io/octo/app/api,push-by-digest=true,name-canonical=true,push="


@pytest.mark.parametrize(
    ("given", "images", "push"),
    [
        pytest.param(
            {"outputs": DIGEST_OUTPUT + "true"}, ("ghcr.io/octo/app/api",), True, id="its-name"
        ),
        pytest.param(
            {"outputs": DIGEST_OUTPUT + "false"}, ("ghcr.io/octo/app/api",), None, id="no-push"
        ),
        pytest.param(
            {"outputs": DIGEST_OUTPUT + "false", "push": "true"},
            ("ghcr.io/octo/app/api",),
            True,
            id="push-of-its-own",
        ),
        pytest.param(
            {"outputs": DIGEST_OUTPUT + "true", "images": "ghcr.io/octo/x"},
            ("ghcr.io/octo/x",),
            True,
            id="images-first",
        ),
        pytest.param(
            {"outputs": DIGEST_OUTPUT + "true", "tags": "ghcr.io/octo/x"},
            (),
            True,
            id="names-in-tags",
        ),
    ],
)
def test_parse__outputs_by_digest_are_a_push_by_digest(
    given: dict[str, str], images: tuple[str, ...], push: bool | None
) -> None:
    found = parse(**given)

    assert (
        found.push_by_digest,
        tuple(map(str, found.names.repositories)),
        found.push,
        found.build.outputs,
    ) == (
        True,
        images,
        push,
        (),
    )


@pytest.mark.parametrize(
    ("given", "host"),
    [
        pytest.param({"tags": "octo/app:1"}, "docker.io", id="docker-hub"),
        pytest.param({"images": "quay.io/octo/App\nquay.io/octo/two"}, "quay.io", id="images"),
        pytest.param({"images": "quay.io/octo/app\nghcr.io/octo/app"}, "ghcr.io", id="two-hosts"),
        pytest.param({}, "ghcr.io", id="no-names"),
        pytest.param(
            {"images": "quay.io/octo/app", "registry": "ghcr.io"}, "ghcr.io", id="registry-given"
        ),
        pytest.param({"images": "name=quay.io/octo/app,enable=true"}, "quay.io", id="attributes"),
    ],
)
def test_parse__a_login_without_a_registry_is_for_the_one_of_the_names(
    given: dict[str, str], host: str
) -> None:
    credentials = parse(username="mona", password="hunter2", **given).common.credentials

    assert [name for name, login in credentials.items() if login.password == Secret("hunter2")] == [
        host
    ]


def test_parse__a_password_alone_stays_with_githubs_registry() -> None:
    assert parse(password="hunter2", images="quay.io/octo/app").common.credentials == {
        "ghcr.io": Credential(username="mona", password=Secret("hunter2"))
    }


NEEDED = {
    "merge": {"digests": f"sha256:{'a' * 64}"},
    "promote": {"source": ":1", "tags": "2"},
    "comment": {"report": "r.json"},
}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"registry": "hub.docker.com", "images": "octo/app"},
            "No name is at hub.docker.com, the registry of a login: it serves base images and caches only; did you mean docker.io?",
        ),
        (
            {"registry": "quay.io", "images": "ghcr.io/o/a"},
            "No name is at quay.io, the registry of a login: it serves base images and caches only",
        ),
        ({"registry": "ghcr.com", "images": "ghcr.io/o/a"}, "did you mean ghcr.io?"),
        ({"registry": "quai.io", "images": "quay.io/octo/app"}, "did you mean quay.io?"),
        ({"mode": "inspect", "registry": "quay.io", "source": "ghcr.io/o/a:1"}, "it is not used"),
        ({"mode": "merge", "registry": "quay.io", "images": "ghcr.io/o/a"}, "it is not used"),
        ({"mode": "promote", "registry": "quay.io", "images": "ghcr.io/o/a"}, "it is not used"),
        ({"mode": "visibility", "registry": "quay.io", "images": "ghcr.io/o/a"}, "it is not used"),
        ({"registry": "quay.io", "images": "quay.io/octo/app"}, ""),
        ({"mode": "pull", "registry": "quay.io", "source": "quay.io/o/a:1"}, ""),
        ({"mode": "cleanup", "registry": "ghcr.io"}, ""),
        ({"mode": "metadata", "registry": "quay.io"}, ""),
        ({"mode": "comment", "registry": "quay.io"}, ""),
    ],
)
def test_parse__a_login_that_no_name_uses_is_told(given: dict[str, str], told: str) -> None:
    login = {"username": "mona", "password": "hunter2", "github-token": "t"}
    texts = login | NEEDED.get(given.get("mode", ""), {}) | given
    said = " ".join(parsing.settings(texts, {}, push_event())[1].notices)

    assert told in said
    assert bool(told) == ("No name is at" in said)


def test_parse__a_login_for_base_images_is_no_slip() -> None:
    logins = "- registry: quay.io\n  username: mona\n  password: hunter2\n"

    assert parsing.settings({"registry-auth": logins}, {}, push_event())[1].notices == ()


@pytest.mark.parametrize("mode", ["merge", "promote", "pull", "inspect", "visibility"])
@pytest.mark.parametrize(
    "images",
    [
        "name=quay.io/octo/App\nname=docker.io/octo/app,enable=false",
        "# ours\nquay.io/octo/app",
        "quay.io/octo/app,quay.io/octo/app",
        '"name=quay.io/octo/app"',
    ],
)
def test_parse__images_mean_the_same_in_every_mode(mode: str, images: str) -> None:
    texts = {"mode": mode, "images": images, "github-token": "t"} | NEEDED.get(mode, {})
    found = parsing.settings(texts, {}, push_event())[0]

    assert getattr(found, "registries") == {"quay.io"}  # noqa: B009 (each mode's own settings)


@pytest.mark.parametrize("text", ["git", "workflow"])
def test_parse__context_of_metadata_action_is_metadata_context(text: str) -> None:
    found = parsing.settings({"mode": "metadata", "context": text}, {}, push_event())[0]

    assert isinstance(found, MetadataSettings)
    assert found.source == text


def test_parse__context_of_metadata_mode_is_no_path() -> None:
    assert "`context` is '.'\nWhy: it can be `workflow`, `git`" in refusal(
        mode="metadata", context="."
    )


@pytest.mark.parametrize(
    ("text", "is_off"),
    [("1", True), ("t", True), ("TRUE", True), ("0", False), ("F", False), ("", False)],
)
def test_parse__no_default_attestations_is_a_boolean_of_go(text: str, is_off: bool) -> None:
    found = parse({"BUILDX_NO_DEFAULT_ATTESTATIONS": text})

    assert found.switches.no_default_attestations is is_off


def test_parse__no_default_attestations_is_no_other_word() -> None:
    with pytest.raises(SettingsError, match="BUILDX_NO_DEFAULT_ATTESTATIONS is 'yes'"):
        parse({"BUILDX_NO_DEFAULT_ATTESTATIONS": "yes"})


@pytest.mark.parametrize(
    ("given", "variable", "expected"),
    [
        ("", "linux/arm64", ("linux/arm64",)),
        ("", "linux/arm64,linux/amd64", ("linux/arm64", "linux/amd64")),
        ("linux/amd64", "linux/arm64", ("linux/amd64",)),
        ("", "", ()),
    ],
)
def test_parse__the_default_platform_of_buildx(
    given: str, variable: str, expected: tuple[str, ...]
) -> None:
    found = parse({"DOCKER_DEFAULT_PLATFORM": variable}, platforms=given)

    assert tuple(map(str, found.build.platforms)) == expected


def test_parse__a_default_platform_that_is_none() -> None:
    with pytest.raises(SettingsError, match="the variable DOCKER_DEFAULT_PLATFORM stands for it"):
        parse({"DOCKER_DEFAULT_PLATFORM": "linux/arm/64/x"})


def test_parse__a_login_without_a_registry_beside_a_broken_name() -> None:
    said = refusal(username="mona", password="hunter2", images="ghcr.io/octo//app")

    assert "octo//app" in said
    assert "hunter2" not in said


def test_refuse_foreign__takes_what_the_mode_reads() -> None:
    reads.refuse_foreign("tags", "publish")

    with pytest.raises(SettingsError, match="`tags` means nothing to `mode: inspect`"):
        reads.refuse_foreign("tags", "inspect")
