"""No part of a secret stands where somebody may read it: each input that takes one, with values of
every shape, rightly and wrongly quoted, in every place, however the run ends. What is searched is
what our code hands out, before the runner's masks and our own redaction could hide it."""

import contextlib
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping

import pytest

from ghcr_action.errors import AccessDenied, ActionError, SettingsError
from ghcr_action.inputs import SECRETS
from ghcr_action.modes import publish
from ghcr_action.settings import parse
from ghcr_action.settings.publish import PublishSettings
from tests.fakes.events import push_event
from tests.flow.test_publish import MAIN, World

VALUES = {
    "one line": "Zq7XvKw9Rj2M",
    "several lines": "Zq7XvKw9\nRj2MpLt4\nYh8NbGc5",
    "lines of Windows": "Zq7XvKw9\r\nRj2MpLt4",
    "one base64 pad": "Zq7XvKw9Rj2=",
    "two base64 pads": "Zq7XvKw9Rj==",
    "base64 of several lines, one pad": "Zq7XvKw9Rj2MpLt4\nYh8NbGc5Dws=",
    "base64 of several lines, two pads": "Zq7XvKw9Rj2MpLt4\nYh8NbGc5Dw==",
    "base64 whose last line is short": "Zq7XvKw9Rj2MpLt4\nYh8N==",
    "PEM": "-----BEGIN KEY-----\nZq7XvKw9Rj2MpLt4\nYh8NbGc5Dw==\n-----END KEY-----",
    "JSON": '{"Zq7XvKw9": "Rj2M=pLt4"}',
    "JSON of several lines": '{\n  "Zq7XvKw9": "Rj2M=pLt4",\n  "Yh8N": "x=y"\n}',
    "key=value file": "Zq7X vKw9=Rj2M\npLt4+Yh8N=1",
    "blanks": "Zq7Xv Kw9R j2Mp",
    "blanks around": "  Zq7XvKw9  ",
    "quotes": "Zq7X\"vKw9\"Rj2M'pLt4'",
    "a quote first": '"Zq7XvKw9Rj2M',
    "a comma": "Zq7XvKw9,Rj2MpLt4",
    "an equals sign": "Zq7XvKw9=Rj2MpLt4",
    "a hash first": "#Zq7XvKw9",
    "a workflow command": "::Zq7XvKw9::Rj2M",
    "very short": "Zq7",
    "very long": "Zq7XvKw9Rj2MpLt4" * 700,
}
LOGIN = {"registry": "quay.io", "username": "mona", "images": "quay.io/octo/app"}
Given = tuple[dict[str, str], dict[str, str]]
"""Inputs, and variables of the environment."""


def quoted(value: str) -> str:
    return '"id=' + value.replace('"', '""') + '"'


def listed(password: str) -> str:
    return f"- registry: quay.io\n  username: mona\n  password: {password}"


INPUTS: dict[str, Callable[[str], Given]] = {
    "github-token": lambda value: ({"github-token": value}, {}),
    "password": lambda value: ({**LOGIN, "password": value}, {}),
    "password without a user name": lambda value: ({"registry": "quay.io", "password": value}, {}),
    "registry-auth": lambda value: ({"registry-auth": listed(json.dumps(value))}, {}),
    "registry-auth, not quoted": lambda value: ({"registry-auth": listed(value)}, {}),
    "registry-auth, the value alone": lambda value: ({"registry-auth": value}, {}),
    "registry-auth, under a wrong key": lambda value: (
        {"registry-auth": f"- registry: quay.io\n  user: {json.dumps(value)}"},
        {},
    ),
    "secrets": lambda value: ({"secrets": quoted(value)}, {}),
    "secrets, not quoted": lambda value: ({"secrets": f"id={value}"}, {}),
    "secrets, quoted behind the id": lambda value: ({"secrets": f'id="{value}"'}, {}),
    "secrets, a quote that never closes": lambda value: ({"secrets": f'"id={value}'}, {}),
    "secrets, the value alone": lambda value: ({"secrets": value}, {}),
    "secrets, behind another": lambda value: ({"secrets": f"a=b\nid={value}\n"}, {}),
    "secrets, as a YAML list": lambda value: ({"secrets": f"- id={value}\n- b=c"}, {}),
    "secret-envs": lambda value: ({"secret-envs": "id=KEY"}, {"KEY": value}),
    "secret-envs, the value for a name": lambda value: ({"secret-envs": f"id={value}"}, {}),
    "secret-envs, the value alone": lambda value: ({"secret-envs": value}, {}),
    "build-args, as a YAML list": lambda value: ({"build-args": f"- KEY={value}\n- B=c"}, {}),
    "build-args, torn": lambda value: ({"build-args": f"KEY: {value}"}, {}),
    "key of a remote builder": lambda value: (
        {"driver": "remote", "endpoint": "tcp://b:1"},
        {"BUILDER_NODE_0_AUTH_TLS_KEY": value},
    ),
}
PHASES = ("done", "dry run", "another input is wrong", "the registry refuses", "the build fails")
_PART = re.compile(r"(?=([A-Za-z0-9]{4}))")
_ORDINARY = frozenset({"BEGI", "EGIN"})


def parts(value: str) -> set[str]:
    """Each four characters in a row of what is secret in a value."""
    return {found[1] for found in _PART.finditer(value)} - _ORDINARY


def told(given: Mapping[str, str], environ: Mapping[str, str], phase: str) -> Iterator[str]:
    """All that a run hands out."""
    texts = {"github-token": "t0ken", **given}
    texts |= {"dry run": {"dry-run": "true"}, "another input is wrong": {"push": "perhaps"}}.get(
        phase, {}
    )
    world = World()
    if phase == "the registry refuses":
        world.registry.faults["put", str(MAIN)] = AccessDenied("Could not push", why="denied")
        world.registry.faults["login", "ghcr.io/octo/app"] = AccessDenied("No", why="denied")
    if phase == "the build fails":
        world.engine.failure = "exit code: 1"
    try:
        settings, remarks = parse.settings(texts, environ, push_event())
        yield from (repr(settings), *remarks.notices, *remarks.warnings)
        assert isinstance(settings, PublishSettings)
        with contextlib.suppress(ActionError):
            publish.run(settings, world.ports)
    except SettingsError as error:
        yield from (str(error), repr(error), *map(str, error.args))
    runner, engine = world.runner, world.engine
    yield from (*runner.outputs.values(), *runner.exported.values(), *runner.saved.values())
    yield from (*runner.groups, *runner.fenced, *runner.summaries, *runner.plain, *runner.artifacts)
    for command in engine.commands:
        yield from itertools.chain(command.arguments, *command.environment)
    yield from (" ".join(call) for call in engine.calls)
    yield from (
        content.decode(errors="replace")
        for path, content in world.workspace.files.items()
        if not path.startswith("/private/")
    )


def is_public(name: str, value: str) -> bool:
    """Whether what is written is, letter for letter, something else that no one takes for a secret:
    ``id=value`` alone has an id, and a line of ``build-args`` may be the name of a variable."""
    is_id = name in ("secrets, the value alone", "secret-envs, the value alone")
    return (is_id and value == VALUES["an equals sign"]) or ("build-args" in name and "\n" in value)


CASES = [
    pytest.param(given, value, id=f"{name}: {shape}")
    for name, given in INPUTS.items()
    for shape, value in VALUES.items()
    if not is_public(name, value)
]


@pytest.mark.parametrize(("given", "value"), CASES)
def test_secrets__no_part_is_handed_out(
    given: Callable[[str], Given], value: str, caplog: pytest.LogCaptureFixture
) -> None:
    secret, searched = parts(value), 0
    inputs, environ = given(value)

    for phase in PHASES:
        for text in (*told(inputs, environ, phase), caplog.text):
            searched += 1
            assert {part for part in secret if part in text} == set(), (phase, text[:300])

    assert searched > len(PHASES)


def test_secrets__the_search_finds_one() -> None:
    inputs = {"labels": "x=Zq7XvKw9"}

    assert any("Zq7X" in text for text in told(inputs, {}, "done"))
    assert any("Zq7X" in text for text in told({"push": "Zq7X"}, {}, "done"))


def test_secrets__every_input_that_is_one_is_searched_for() -> None:
    assert set(SECRETS) <= set(INPUTS)
