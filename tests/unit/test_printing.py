"""Every place from which a text can leave a run, read from the code: each stands behind the one
redaction, or says here why it need not."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "ghcr_action"

STREAMS = {
    "main": "the log's handler, which gets the redaction as its filter",
    "cli/start": "the same; what the command line writes itself is constant",
    "post": "names what it removes: it is given no secret",
    "adapters/runner": "stands behind DiscreetRunner",
    "cli/terminal": "stands behind DiscreetRunner",
    "cli/arguments": "the manual, and what is wrong with a flag: before anything is known",
    "cli/login": "asks for a password where somebody looks, and never shows it",
    "cli/screen": "where the log's handler and the terminal write to",
}
"""Modules that name standard output or standard error."""
FILES = {
    "adapters/runner": "the runner's file commands, behind DiscreetRunner",
    "adapters/workspace": "private files, and results that pass the redaction",
    "adapters/buildx_directory": "the identity of buildx, in the private directory",
    "adapters/docker_config": "the private directory's logins, and with `logout: false` the home's",
    "adapters/layout_writer": "the image that `pull` was asked for",
    "cli/screen": "/dev/null",
}
"""Modules that write files."""
WRITERS = {"write_text", "write_bytes"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix().removesuffix(".py")
        yield name, ast.parse(path.read_text())


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Each call with the last part of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            yield getattr(called, "attr", getattr(called, "id", "")), node


def writes_a_file(name: str, call: ast.Call) -> bool:
    if name in WRITERS:
        return True
    texts = [part.value for part in call.args if isinstance(part, ast.Constant)]
    modes = [text for text in texts if isinstance(text, str) and len(text) < 4]
    return name in ("open", "fdopen") and any(set(mode) & set("wax") for mode in modes)


def test_printing__standard_output_and_error() -> None:
    found = {
        name
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("stdout", "stderr")
        and isinstance(node.value, ast.Name)
        and node.value.id == "sys"
    }

    assert found == set(STREAMS)


def test_printing__nobody_prints() -> None:
    named = (call.func for _, tree in modules() for _, call in calls(tree))

    assert not any(isinstance(called, ast.Name) and called.id == "print" for called in named)


def test_printing__files() -> None:
    found = {
        name
        for name, tree in modules()
        for called, call in calls(tree)
        if writes_a_file(called, call)
    }

    assert found == set(FILES)


def test_printing__one_handler_of_the_log_and_loggers_below_it() -> None:
    handlers = {
        name for name, tree in modules() for called, _ in calls(tree) if called.endswith("Handler")
    }
    loggers = {
        ast.unparse(call.args[0]) if call.args else ""
        for name, tree in modules()
        for called, call in calls(tree)
        if called == "getLogger"
    }

    assert handlers == {"log"}
    # Libraries' loggers are named to be silenced; OURS is the one above all of ours.
    assert loggers == {"__name__", "OURS", "'urllib3'", "'github'", "'tuf'"}


def test_printing__runners_are_made_by_main_and_wrapped_by_the_run() -> None:
    made = {
        (name, called)
        for name, tree in modules()
        for called, _ in calls(tree)
        if called in ("ActionsRunner", "Terminal", "DiscreetRunner", "Redaction")
    }

    assert made == {
        ("cli/start", "Terminal"),
        *(("main", called) for called in ("ActionsRunner", "DiscreetRunner", "Redaction")),
    }


def test_printing__every_comment_passes_the_redaction() -> None:
    bodies = [
        ast.unparse(value)
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict) and name.startswith("adapters/github")
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "body"
    ]

    assert bodies == ["self._hide(body)"] * 2
