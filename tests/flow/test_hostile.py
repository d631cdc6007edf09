"""Strangers' texts in every place of an event and a build: what a run writes for people and for the
runner stays text."""

import json
import logging
import re
from dataclasses import replace

import pytest

from ghcr_action.adapters.commands import CommandFormatter
from ghcr_action.errors import ActionError
from ghcr_action.report import failed
from ghcr_action.report.words import render
from ghcr_action.values.event import PullRequest
from tests.fakes.events import HEAD, pull_request_event
from tests.flow.test_reporting import World
from tests.unit.buildx.recordings import log, vertex

ATTACKS = [
    "</details><script>alert(1)</script>",
    "<!-- ghcr-report:v1 key=ci -->",
    "@octo/everyone see #1 and GH-2",
    "[click](https://evil.invalid) ![x](https://evil.invalid/x.png)",
    "| a | b |",
    "```` fence ```",
    "::error::now",
    "::set-output name=digest::evil",
    "##[group]x",
    "{{ 7*7 }} ${{ github.token }}",
    "\u202egnp.exe\u2066",
    "a\x1b[31mb",
]


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
@pytest.mark.parametrize("fails", [False, True], ids=["built", "failed"])
def test_publish__strangers_texts_stay_text(
    attack: str, fails: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world = World()
    world.engine.output = (
        vertex("sha256:1", f"[{attack} 1/2] FROM {attack}", 0.5, 0.6),
        vertex(
            "sha256:2",
            f"[stage 2/2] RUN {attack}",
            1,
            5,
            **({"error": f"process failed: {attack}"} if fails else {}),
        ),
        log("sha256:2", f"{attack}\n"),
        attack,
    )
    world.engine.failure = attack if fails else ""
    pull = PullRequest(
        number=7, head_sha=HEAD, head_ref=attack, head_repository="octo/app", base_ref=attack
    )
    event = replace(
        pull_request_event(),
        pull_request=pull,
        head_ref=attack,
        base_ref=attack,
        workflow=attack,
        actor=attack,
    )

    summary = run(world, event, attack)

    for text in (
        summary,
        world.github.said[7][0].body.rpartition("<!-- ghcr-report:state")[0].partition("\n")[2],
    ):
        shown = without_code(text)
        assert not re.search(
            r"<(?!/?(?:details|summary|sub)>|https://(?:docs\.)?github\.com/)", shown
        )
        assert not re.search(r"(?<![\w\u2060])[@#]\w", shown)
        assert "evil.invalid)" not in shown.replace("\u2060", "") or "\\](" in shown
        assert "\u202e" not in text
        assert "\x1b" not in text
    lines = [
        CommandFormatter().format(record)
        for record in caplog.records
        if record.name.startswith("ghcr_action")
    ]
    assert not [
        line
        for text in lines
        for line in text.splitlines()
        if re.match(r"\s*::(?!debug::|notice|warning|error)", line)
    ]
    assert world.runner.outputs.get("digest", "") != "evil"


def run(world: World, event: object, attack: str) -> str:
    """The summary of the run, whether it failed or not."""
    label = (
        "x=y" if "{{" in attack else f"x={attack}"
    )  # an unknown expression is refused before anything is built
    try:
        world.publish(
            event,  # type: ignore[arg-type]
            labels=json.dumps(label),
            build_args=json.dumps(f"X={attack}"),
            target="stage",
        )
    except ActionError as error:
        return render.failure(failed.view(error))
    return world.runner.summaries[0]


def without_code(text: str) -> str:
    """The text without fences and code spans."""
    without_fences = re.sub(r"^(`{3,})[^`\n]*\n.*?\n\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)", "", without_fences)
