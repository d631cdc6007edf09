"""The runner's paths, wherever they stand in an input, and what the action's container shares."""

import pytest

from ghcr_action import inputs
from ghcr_action.errors import SettingsError
from ghcr_action.settings import mounts, parse
from ghcr_action.settings.mounts import Mounts
from tests.fakes.events import push_event

WORK = "/home/runner/work/hello"
JOB = {
    "GITHUB_WORKSPACE": "/github/workspace",
    "GITHUB_REPOSITORY": "octo/hello",
    "RUNNER_WORKSPACE": WORK,
    "RUNNER_TEMP": "/github/runner_temp",
}
TEMP = "/home/runner/work/_temp"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"type=docker,dest={TEMP}/image.tar", "type=docker,dest=/github/runner_temp/image.tar"),
        (f"type=local,dest={TEMP}/c,mode=max", "type=local,dest=/github/runner_temp/c,mode=max"),
        (f"x={WORK}/hello/d", "x=/github/workspace/d"),
        (f"a=b\nk={WORK}/hello/k", "a=b\nk=/github/workspace/k"),
        (
            f"default={TEMP}/key,{TEMP}/two",
            "default=/github/runner_temp/key,/github/runner_temp/two",
        ),
        (f'type=local,"dest={TEMP}/a,b"', 'type=local,"dest=/github/runner_temp/a,b"'),
        (f"{WORK}/hello", "/github/workspace"),
        (f"{TEMP}", "/github/runner_temp"),
        (f"{TEMP}/_github_home/.docker", "/github/home/.docker"),
        (f"cwd://{TEMP}/meta.json", "cwd:///github/runner_temp/meta.json"),
        (
            f"base=oci-layout://{TEMP}/i@sha256:0",
            "base=oci-layout:///github/runner_temp/i@sha256:0",
        ),
        (f"unix://{TEMP}/buildkit.sock", "unix:///github/runner_temp/buildkit.sock"),
        ("cwd:///__w/_temp/meta.json", "cwd:///github/runner_temp/meta.json"),
        ("x=/__w/hello/hello/d", "x=/github/workspace/d"),
        ("/__w/_temp/_github_home/.docker", "/github/home/.docker"),
        ("/__w/hello/other", "/__w/hello/other"),
        (f"{WORK}/hello-two/x", f"{WORK}/hello-two/x"),
        (f"https://example.com{TEMP}/x", f"https://example.com{TEMP}/x"),
        ("type=local,dest=out", "type=local,dest=out"),
    ],
)
def test_inside__a_path_of_the_runner_wherever_it_stands(text: str, expected: str) -> None:
    assert Mounts.of(JOB).inside(text) == expected
    assert Mounts.of(JOB).inside(expected) == expected


@pytest.mark.parametrize(
    "changed",
    [
        {"GITHUB_WORKSPACE": "/home/runner/work/hello/hello"},
        {"RUNNER_WORKSPACE": ""},
        {"RUNNER_WORKSPACE": "relative"},
    ],
    ids=["not in a container", "no runner", "nonsense"],
)
def test_of__nothing_is_translated_elsewhere(changed: dict[str, str]) -> None:
    found = Mounts.of({**JOB, **changed})

    assert found.translated({"outputs": f"dest={TEMP}/x"}) == {"outputs": f"dest={TEMP}/x"}
    found.check("outputs", ["type=local,dest=/tmp/out"])


def test_of__without_a_repository_the_temporary_directory_is_known() -> None:
    found = Mounts.of({**JOB, "GITHUB_REPOSITORY": ""})

    assert found.inside(f"{TEMP}/x") == "/github/runner_temp/x"


def test_environment__what_a_step_in_the_jobs_container_has_set() -> None:
    """The runner translates what begins with a path of its own, and leaves these."""
    environ = JOB | {
        "DOCKER_CONFIG": "/__w/_temp/docker",
        "HOME": "/github/home",
        "MESSAGE": "see /__w/_temp/docker",
    }

    assert Mounts.of(environ).environment(environ) == {
        "DOCKER_CONFIG": "/github/runner_temp/docker"
    }
    assert Mounts().environment(environ) == {}


def test_of__an_older_runner_shares_no_temporary_directory() -> None:
    """As a runner from before December 2025 does, which may be that of GitHub Enterprise Server."""
    old = Mounts.of(JOB | {"RUNNER_TEMP": TEMP})

    assert old.inside(f"{TEMP}/_github_home/x {TEMP}/x") == f"/github/home/x {TEMP}/x"
    for path in (f"{TEMP}/out", "/github/runner_temp/out"):
        with pytest.raises(SettingsError) as refused:
            old.check("outputs", [f"type=local,dest={path}"])
        assert refused.value.why == (
            "a container action sees the workspace; what lies elsewhere in its container would be "
            "lost with it"
        )
        assert refused.value.fix == "dest=out"
    with pytest.raises(SettingsError) as refused:
        old.check("outputs", ["type=local,dest=~/out"])
    assert refused.value.fix == "dest=out"
    old.check("outputs", ["type=local,dest=/github/home/out", "type=local,dest=out"])


def test_translated__only_inputs_that_this_action_opens() -> None:
    text = f"{WORK}/hello/x"

    opened = dict.fromkeys(("outputs", "vars", "in-use", "buildkitd-config-inline"), f"x={text}")
    others = {"test": text, "labels": text}

    found = Mounts.of(JOB).translated(opened | others)

    assert found == dict.fromkeys(opened, "x=/github/workspace/x") | others


def test_inputs__that_can_hold_a_path_exist_or_are_to_come() -> None:
    to_come = {"cache-file", "plan-file", "restore", "workdir"}

    assert to_come >= mounts.INPUTS - inputs.NAMES


@pytest.mark.parametrize(
    "item",
    [
        "type=local,dest=out",
        "type=local,dest=/github/workspace/out",
        "type=docker,dest=/github/runner_temp/image.tar",
        "type=local,src=/github/home/c",
        "type=gha,scope=/x",
        "type=registry,ref=ghcr.io/octo/app:cache",
        "type=local,dest=a/../out",
        "type=local,dest=../runner_temp/out",
        "out",
        "-",
    ],
)
def test_check__what_the_job_shares_is_fine(item: str) -> None:
    Mounts.of(JOB).check("outputs", [item])


@pytest.mark.parametrize(
    ("source", "item", "fix", "why"),
    [
        (
            "cache-to",
            "type=local,dest=/tmp/.buildx-cache",
            "dest=${{ runner.temp }}/.buildx-cache",
            "lost",
        ),
        ("cache-from", "type=local,src=/tmp/c", "src=${{ runner.temp }}/c", "is not there"),
        ("outputs", "type=local,dest=/tmp/out", "dest=${{ runner.temp }}/out", "lost"),
        ("outputs", "type=oci,dest=/var/image.tar", "dest=${{ runner.temp }}/image.tar", "lost"),
        ("outputs", "/tmp/out", "dest=${{ runner.temp }}/out", "lost"),
        ("outputs", "type=local,dest=../out", "dest=${{ runner.temp }}/out", "lost"),
        (
            "outputs",
            "type=local,dest=/github/workspace/../out",
            "dest=${{ runner.temp }}/out",
            "lost",
        ),
        ("cache-from", "type=local,src=a/../../c", "src=${{ runner.temp }}/c", "is not there"),
        ("outputs", "../", "dest=${{ runner.temp }}/out", "lost"),
    ],
)
def test_check__what_vanishes_with_the_container_is_refused(
    source: str, item: str, fix: str, why: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        parse.settings({source: item, "github-token": "t"}, JOB, push_event())

    assert raised.value.what.startswith(f"`{source}`: ")
    assert (fix in str(raised.value), why in str(raised.value)) == (True, True)


@pytest.mark.parametrize("environ", [JOB, {}], ids=["a job", "a terminal"])
@pytest.mark.parametrize(
    ("source", "item", "fix"),
    [
        ("outputs", "type=local,dest=~/out", "dest=${{ runner.temp }}/out"),
        ("outputs", "~octo/out", "dest=${{ runner.temp }}/out"),
        ("cache-to", "type=local,dest=~", "dest=${{ runner.temp }}/out"),
        ("cache-from", "type=local,src=~/c", "src=${{ runner.temp }}/c"),
    ],
)
def test_check__a_home_that_only_a_shell_would_find_is_refused(
    environ: dict[str, str], source: str, item: str, fix: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        Mounts.of(environ).check(source, [item])

    assert (raised.value.fix, "~" in raised.value.what) == (fix, True)


def test_parse__one_slip_in_an_input_that_is_read_for_several_things_is_one_problem() -> None:
    with pytest.raises(SettingsError) as raised:
        parse.settings({"outputs": 'type=image,name="a"', "github-token": "t"}, {}, push_event())

    assert raised.value.what.startswith("`outputs`: 'type=image,name=")


def test_parse__the_settings_have_the_translated_path() -> None:
    given = {"outputs": f"type=docker,dest={TEMP}/image.tar", "github-token": "t"}

    found, _ = parse.settings(given, JOB, push_event())

    assert found.build.outputs == ("type=docker,dest=/github/runner_temp/image.tar",)  # type: ignore[attr-defined]
