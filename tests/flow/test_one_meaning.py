"""One input has one meaning: in a workflow and on the command line, in every mode; and no plan has a
name that the inputs do not give. Random inputs of every kind."""

import contextlib
import io
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghcr_action import inputs
from ghcr_action.cli import arguments
from ghcr_action.errors import SettingsError
from ghcr_action.inputs import BY_NAME, INPUTS
from ghcr_action.inputs.modes import MODES
from ghcr_action.inputs.row import Kind
from ghcr_action.modes import publish
from ghcr_action.plans import publish as plans
from ghcr_action.report.publish import plan_lines
from ghcr_action.settings import parse
from ghcr_action.settings.publish import PublishSettings
from ghcr_action.settings.reads import inputs_of
from ghcr_action.values.event import Event
from tests.fakes.events import push_event, tag_event
from tests.flow.test_publish import World

DIGESTS = tuple(f"sha256:{letter * 64}" for letter in "abc")
POOLS = {
    "images": ("ghcr.io/octo/app", "name=quay.io/o/A,enable=true", "docker.io/octo/app", "octo/app",
               "name=ghcr.io/o/b,enable=false", "# a comment", "a b", "ghcr.io/o/a,quay.io/o/b"),
    "tags": ("latest", "1.0.0", "a,b", "a b", "type=sha", "type=semver,pattern={{version}}", "",
             "type=ref,event=branch", "ghcr.io/octo/app:9", "octo/x:1,ghcr.io/o/y", "# no", "a/b",
             "{{#if tag}}t{{else}}b{{/if}}", "type=raw,value=x y", '"type=raw,value=q"', '"open'),
    "platforms": ("linux/amd64", "linux/arm64,linux/amd64", "linux/amd46", "arm64", "local", ",x"),
    "source": (":1", "ghcr.io/octo/app:1", f"ghcr.io/octo/app@{DIGESTS[0]}", DIGESTS[1], "A/B"),
    "digests": (*DIGESTS, json.dumps({"amd64": DIGESTS[0], "arm64": ""}), f"ghcr.io/o/a@{DIGESTS[2]}"),
    "secrets": ("k=v", "k=", "LS0=", '"k=a\nb"', "# c", "x y=z"),
    "secret-envs": ("k=HOME", "k=NOWHERE", "k"),
    "outputs": ("type=local,dest=x", "type=image,name=ghcr.io/o/a,push-by-digest=true,push=true"),
    "packages": ("app", "ghcr.io/octo/app", "quay.io/o/a", "a*"),
    "registry": ("ghcr.io", "quay.io", "hub.docker.com", "https://ghcr.io/"),
    "registry-auth": ("- registry: quay.io\n  username: u\n  password: p", "x", "- a"),
    "append": ("true", "false", "maybe", "- endpoint: tcp://a:1", "- x"),
    "qemu": ("auto", "off", "true", "linux/arm64", "tonistiigi/binfmt:1"),
    "expect-digest": DIGESTS,
}  # fmt: skip
TYPOS = ("platform", "tag", "dockerfile", "lables", "sorce")
CHOICES = (
    "auto",
    "off",
    "warn",
    "fail",
    "any",
    "public",
    "always",
    "forward",
    "head",
    "merge",
    "3",
)
PLAIN = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
EVENTS = {"branch": push_event(), "tag": tag_event("v1.2.3")}
ENVIRON = {"HOME": "/root", "GITHUB_ACTIONS": "true"}


def texts(name: str) -> st.SearchStrategy[str]:
    if name in POOLS:
        return st.lists(st.sampled_from(POOLS[name]), max_size=3).map("\n".join) | PLAIN
    if BY_NAME[name].kind is Kind.BOOLEAN:
        return st.sampled_from(("true", "false", "True", "yes", "1", ""))
    return st.sampled_from(CHOICES) | PLAIN | st.lists(PLAIN, max_size=3).map("\n".join)


@st.composite
def given_inputs(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A mode, and a few inputs: most of its own, some of another's, now and then a typo."""
    mode = draw(st.sampled_from(tuple(MODES)))
    own = sorted(inputs_of(mode) - {"github-token"})
    every = [row.name for row in INPUTS if row.name not in ("mode", "github-token")]
    names = draw(st.lists(st.sampled_from(own), max_size=5, unique=True))
    if draw(st.integers(0, 4)) == 0:
        names.append(draw(st.sampled_from(every)))
    found = {name: draw(texts(name)) for name in names}
    if draw(st.integers(0, 9)) == 0:
        found[draw(st.sampled_from(TYPOS))] = draw(PLAIN.filter(str.strip))
    return mode, found


def of_workflow(mode: str, texts: Mapping[str, str], event: Event) -> tuple[Any, str]:
    """Settings and remarks, or the words of the error, as the action has them."""
    environ = {f"INPUT_{name.upper()}": text for name, text in texts.items()}
    given = inputs.from_environ({**environ, "INPUT_MODE": mode, "INPUT_GITHUB-TOKEN": "t0ken"})
    return _read(given, event)


def of_terminal(mode: str, texts: Mapping[str, str], event: Event) -> tuple[Any, str]:
    """The same, as the command line has them: an item of a list is a flag of its own."""
    flags = [
        f"--{name}={item}"
        for name, text in texts.items()
        for item in (text.split("\n") if _is_list(name) else (text,))
    ]
    with contextlib.redirect_stderr(io.StringIO()) as said:
        try:
            asked = arguments.parse([mode, *flags])
        except SystemExit:
            return None, said.getvalue()
    return _read({"github-token": "t0ken", **asked.inputs}, event)


def _is_list(name: str) -> bool:
    return name in BY_NAME and (BY_NAME[name].may_repeat)


def _read(given: Mapping[str, str], event: Event) -> tuple[Any, str]:
    try:
        return parse.settings(given, ENVIRON, event), ""
    except SettingsError as error:
        return None, str(error)


@settings(max_examples=150, deadline=None)
@given(drawn=given_inputs(), event=st.sampled_from(sorted(EVENTS)))
def test_one_meaning__a_workflow_and_a_terminal_have_the_same_settings_or_the_same_error(
    drawn: tuple[str, dict[str, str]], event: str
) -> None:
    mode, texts = drawn

    ours, refused = of_workflow(mode, texts, EVENTS[event])
    theirs, refused_too = of_terminal(mode, texts, EVENTS[event])

    assert ours == theirs
    if refused != refused_too:  # the command line knows its flags before it reads what they say
        flag = re.match(r"ghcr-action: (?:there is no flag )?--([\w-]+)", refused_too)
        assert flag is not None
        assert f"`{flag[1]}`" in refused


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", TYPOS)
def test_one_meaning__a_slip_is_refused_by_both(mode: str, name: str) -> None:
    assert of_workflow(mode, {name: "x"}, push_event())[0] is None
    assert of_terminal(mode, {name: "x"}, push_event())[0] is None


SHA = push_event().sha[:7]
IMAGES = {
    "ghcr.io/octo/app": ("ghcr.io/octo/app",),
    "name=quay.io/octo/App": ("quay.io/octo/app",),
    "name=quay.io/octo/off,enable=false": (),
    "# ghcr.io/octo/comment": (),
    "ghcr.io/octo/one,ghcr.io/octo/two": ("ghcr.io/octo/one", "ghcr.io/octo/two"),
}
BARE = {
    "1.0.0": ("1.0.0",),
    "edge,nightly": ("edge", "nightly"),
    "type=sha": (f"sha-{SHA}",),
    "type=ref,event=branch": ("main",),
    "type=ref,event=tag": (),
    "type=raw,value=x,enable=false": (),
    "# comment": (),
    "{{#if tag}}tagged{{else}}branch{{/if}}": ("branch",),
}
WHOLE = {"ghcr.io/octo/other:9": "ghcr.io/octo/other:9", "quay.io/octo/x": "quay.io/octo/x:latest"}


def expected(images: list[str], tags: list[str]) -> set[str]:
    """Every name that these inputs give, by the words of the documentation."""
    repositories = [name for line in images for name in IMAGES[line]]
    is_named = any(not line.startswith("#") for line in images)
    whole = {WHOLE[line] for line in tags if line in WHOLE}
    bare = [name for line in tags if line in BARE for name in BARE[line]]
    has_rules = any(line in BARE and not line.startswith("#") for line in tags)
    if not has_rules and not whole:
        bare = ["main"]  # the default rules, on a branch
    repositories = repositories if is_named else ["ghcr.io/octo/app"]
    return whole | {f"{repository}:{tag}" for repository in repositories for tag in bare}


@settings(max_examples=100, deadline=None)
@given(
    images=st.lists(st.sampled_from(sorted(IMAGES)), max_size=3),
    tags=st.lists(st.sampled_from(sorted((*BARE, *WHOLE))), max_size=4),
)
def test_one_meaning__a_plan_has_the_names_of_the_inputs_and_no_others(
    images: list[str], tags: list[str]
) -> None:
    world, login = World(), "- registry: quay.io\n  username: u\n  password: p"
    given = {"images": "\n".join(images), "tags": "\n".join(tags), "registry-auth": login}
    names = expected(images, tags)

    found, refused = _read({"github-token": "t0ken", **given}, push_event())
    if refused:
        assert (names, "`images` names no image" in refused) == (set(), True)
        return
    assert isinstance(found[0], PublishSettings)
    if not names:
        with pytest.raises(SettingsError, match="There is no tag to publish under"):
            publish.gather(found[0], world.ports)
        return
    plan = plans.make(found[0], publish.gather(found[0], world.ports))

    assert set(map(str, plan.tag)) == names
    shown = re.sub(r"\S*:buildcache-\S*", "", "\n".join(plan_lines(plan)))
    assert set(re.findall(r"(?:ghcr|quay)\.io/octo/[a-z]+:[\w.-]+", shown)) <= names
