"""Every rule type on every kind of event: which rule is active, and what it yields."""

import pytest

from ghcr_action.values.event import Event
from tests.unit.metadata import occasions as on

QUEUE = "gh-readonly-queue-main-pr-104-0f1e2d3c4b5a69788796a5b4c3d2e1f001234567"
EVENTS = {
    "push main": on.push(),
    "push branch": on.push("topic"),
    "push tag": on.tag("v1.2.3"),
    "pull_request": on.pull_request(2),
    "pull_request_target": on.pull_request_target(7),
    "schedule": on.schedule(),
    "workflow_dispatch": on.dispatch(),
    "release": on.release("v1.2.3"),
    "merge_group": on.merge_group(),
    "workflow_run": on.workflow_run(),
}
"""The columns of the table below, in this order."""

TABLE = {
    "": (
        "main",
        "topic",
        "v1.2.3 latest",
        "pr-2",
        "pr-7",
        "nightly main",
        "main",
        "v1.2.3 latest",
        QUEUE,
        "main",
    ),
    "type=schedule": ("", "", "", "", "", "nightly", "", "", "", ""),
    "type=semver,pattern={{version}}": (
        "",
        "",
        "1.2.3 latest",
        "",
        "",
        "",
        "",
        "1.2.3 latest",
        "",
        "",
    ),
    "type=semver,pattern={{version}},value=v2.0.0": ("2.0.0 latest",) * 10,
    "type=pep440,pattern={{version}}": (
        "",
        "",
        "1.2.3 latest",
        "",
        "",
        "",
        "",
        "1.2.3 latest",
        "",
        "",
    ),
    "type=match,pattern=v(.*),group=1": (
        "",
        "",
        "1.2.3 latest",
        "",
        "",
        "",
        "",
        "1.2.3 latest",
        "",
        "",
    ),
    "type=edge": ("edge", "", "", "", "", "edge", "edge", "", "", "edge"),
    "type=edge,branch=topic": ("", "edge", "", "", "", "", "", "", "", ""),
    "type=ref,event=branch": ("main", "topic", "", "", "", "main", "main", "", QUEUE, "main"),
    "type=ref,event=tag": ("", "", "v1.2.3 latest", "", "", "", "", "v1.2.3 latest", "", ""),
    "type=ref,event=pr": ("", "", "", "pr-2", "pr-7", "", "", "", "", ""),
    "type=raw,value=foo": ("foo",) * 10,
    "foo": ("foo",) * 10,
    "type=sha": ("sha-860c190",) * 10,
    "type=sha,format=long": (f"sha-{on.SHA}",) * 10,
    "type=raw,value=x,enable={{is_default_branch}}": ("x", "", "", "", "", "x", "x", "", "", "x"),
    "type=raw,value=x,enable={{is_not_default_branch}}": (
        "",
        "x",
        "x",
        "x",
        "x",
        "",
        "",
        "x",
        "x",
        "",
    ),
    "type=raw,value={{branch}}": ("main", "topic", "", "", "", "main", "main", "", QUEUE, "main"),
    "type=raw,value={{tag}}": ("", "", "v1.2.3", "", "", "", "", "v1.2.3", "", ""),
    "type=raw,value={{base_ref}}": ("", "", "", "develop", "develop", "", "", "", "", ""),
}
CASES = {
    f"{rule or 'default rules'} on {name}": (EVENTS[name], rule, expected)
    for rule, row in TABLE.items()
    for name, expected in zip(EVENTS, row, strict=True)
}


@pytest.mark.parametrize(("happened", "rule", "expected"), CASES.values(), ids=CASES)
def test_rule__on_event(happened: Event, rule: str, expected: str) -> None:
    assert on.names(happened, rule) == expected
