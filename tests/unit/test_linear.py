"""No expression takes more steps than its text has characters, times a constant: proven of each for
every text, and counted at the 4 MiB that a stranger may send.

The expressions are found by reading the code: those that modules hold, and the first argument of
every call of ``re``.
"""

import ast
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import translate
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ghcr_action
from ghcr_action.diagnosis import find, known, redaction, signs
from ghcr_action.values import reference
from tests import linear, steps
from tests.linear import Automaton

ROOT = Path(ghcr_action.__file__).parent
SIZE = 4 * 1024 * 1024
"""Characters of the longest manifest."""
MOST = 32
"""Steps for each of them."""
FUNCTIONS = [
    f"re.{name}"
    for name in (
        "compile", "search", "sub", "subn", "finditer", "findall", "split", "match", "fullmatch"
    )
]  # fmt: skip
GLOBS = ("*", "v*.*.*-*", "*a*b*", "[!a-z]*?x*", "**a**")
DYNAMIC: Mapping[tuple[str, str], tuple[str, Callable[[], Iterable[str]]]] = {
    ("diagnosis/find", "row.path"): (
        "search",
        lambda: (row.path for row in find.CATALOGUE if row.path),
    ),
    ("diagnosis/signs", "each"): (
        "search",
        lambda: (
            part.pattern
            for row in find.CATALOGUE
            for sign in row.patterns
            for part in signs.parts(sign)
        ),
    ),
    ("diagnosis/redaction", "shape"): (
        "search",
        lambda: (shape for _, shape, _ in redaction._TOKENS),
    ),
    ("diagnosis/known", "path"): ("match", lambda: (path for path, _ in known._PERMISSIONS)),
    ("cleanup/selector", "translate(selector.text)"): ("match", lambda: map(translate, GLOBS)),
    ("values/reference", "f'[0-9a-f]{{{_HEX_LENGTH[algorithm]}}}'"): (
        "fullmatch",
        lambda: (f"[0-9a-f]{{{length}}}" for length in reference._HEX_LENGTH.values()),
    ),
}
"""What a call takes that no constant is: how it is used, and every expression that it can be."""


class Unknown(Exception):
    """An expression that reading the code does not tell."""


def modules() -> Iterator[tuple[str, ast.Module, dict[str, Any]]]:
    """Each module's path, code and names."""
    for found in pkgutil.walk_packages(ghcr_action.__path__, "ghcr_action."):
        path = found.name.removeprefix("ghcr_action.").replace(".", "/")
        file = ROOT / path / "__init__.py" if found.ispkg else ROOT / f"{path}.py"
        names = {} if path.endswith("__main__") else vars(importlib.import_module(found.name))
        yield path, ast.parse(file.read_text()), names


def held(value: object) -> Iterator[re.Pattern[str]]:
    """The compiled expressions in a value, those in tables too."""
    if isinstance(value, re.Pattern):
        is_bytes = isinstance(value.pattern, bytes)
        yield re.compile(value.pattern.decode(), value.flags | re.ASCII) if is_bytes else value
    elif isinstance(value, Mapping):
        yield from held(tuple(value.values()))
    elif isinstance(value, tuple | list | set | frozenset):
        for each in value:
            yield from held(each)
    elif type(value).__module__.startswith("ghcr_action") and hasattr(value, "__dict__"):
        yield from held(tuple(vars(value).values()))


def how(used: set[str]) -> str:
    """The costliest of the methods that a name is used with; a search where none is seen."""
    if used and used <= {"match", "fullmatch"}:
        return "match" if "match" in used else "fullmatch"
    return "search"


def text(node: ast.AST, names: Mapping[str, Any]) -> str:
    """What an argument says; an escaped text is one letter. Raises Unknown."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        return node.value if isinstance(node.value, str) else node.value.decode()
    if isinstance(node, ast.JoinedStr):
        return "".join(text(part, names) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return text(node.value, names)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return text(node.left, names) + text(node.right, names)
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.escape":
        return "x"
    found = names.get(node.id) if isinstance(node, ast.Name) else None
    if isinstance(found, str | bytes):
        return found if isinstance(found, str) else found.decode()
    raise Unknown


def flags(call: ast.Call) -> int:
    """Whatever is written of ``re.NAME``."""
    found = 0
    for part in (*call.args[1:], *(keyword.value for keyword in call.keywords)):
        for node in ast.walk(part):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "re":
                found |= getattr(re, node.attr)
    return found


def of_module(
    path: str, code: ast.Module, names: Mapping[str, Any]
) -> Iterator[tuple[str, str, re.Pattern[str] | None]]:
    """(place, how, expression) of a module; None for one that is not known."""
    used: dict[str, set[str]] = {}
    calls: list[ast.Call] = []
    made = {
        node
        for statement in code.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for node in ast.walk(statement)
    }  # when the module is loaded: its names hold what comes of it
    for node in ast.walk(code):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used.setdefault(node.value.id, set()).add(node.attr)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in FUNCTIONS and node not in made:
            calls.append(node)
    standing = set()
    for name, value in names.items():
        for number, compiled in enumerate(held(value)):
            standing.add(compiled.pattern)
            yield f"{path}: {name}[{number}]", how(used.get(name, set())), compiled
    for call in calls:
        method, place = ast.unparse(call.func).removeprefix("re."), f"{path}:{call.lineno}"
        key = (path, ast.unparse(call.args[0]))
        try:
            found: Iterable[str] = (text(call.args[0], names),)
            method = how({method} & {"match", "fullmatch"}) if method != "compile" else method
        except Unknown:
            if key not in DYNAMIC:
                yield f"{place} {key[1]}", "search", None
                continue
            method, every = DYNAMIC[key]
            found = every()
        for number, each in enumerate(found):
            if method != "compile":
                yield f"{place}[{number}]", method, re.compile(each, flags(call))
            elif each not in standing:
                yield f"{place}[{number}]", "search", re.compile(each, flags(call))


FOUND = [each for module in modules() for each in of_module(*module)]
EVERY = {(each.pattern, each.flags, used): (place, each) for place, used, each in FOUND if each}


def units(automaton: Automaton) -> Iterator[str]:
    """What a text may repeat: each character the expression tells apart, pairs, and its words."""
    letters = automaton.letters
    words = re.findall(r"[A-Za-z]{3,}", automaton.pattern.pattern)[:2]
    yield from letters[:12]
    yield from map("".join, product(letters[:6], letters[:6]))
    yield from (f"{word}{letter}" for word in words for letter in letters[:6])


def test_expressions__every_one_is_known() -> None:
    assert [place for place, _, each in FOUND if each is None] == []
    assert len(EVERY) > 250


def test_expressions__no_other_engine_reads_a_strangers_text() -> None:
    """RE2 is linear. ``regex`` runs what the workflow's author wrote, for a second at most
    (metadata/patterns)."""
    imports = {
        (path, name)
        for path, code, _ in modules()
        for node in ast.walk(code)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [alias.name for alias in node.names] + [getattr(node, "module", None)]
        if name in ("regex", "re2", "fnmatch", "glob")
    }

    assert {each for each in imports if each[1] != "fnmatch"} == {
        ("metadata/patterns", "regex"),
        ("cleanup/pattern", "re2"),
    }


@pytest.mark.parametrize(("pattern", "used"), [(key[0], key[2]) for key in EVERY], ids=str)
def test_expression__is_linear(pattern: str, used: str) -> None:
    for (source, _, method), (place, found) in EVERY.items():
        if (source, method) == (pattern, used):
            assert linear.slow(found, used) == "", place


@given(st.text("ab*?.-[]!", max_size=12))
def test_globs__are_linear(glob: str) -> None:
    assert linear.slow(re.compile(translate(glob)), "match") == ""


def test_count__at_four_mebibytes() -> None:
    """Steps for each character of the worst text, by expression."""
    counted = {
        f"{place}: {found.pattern}": max(
            (linear.count(automaton, unit, SIZE) for unit in units(automaton)), key=abs
        )
        for (_, _, used), (place, found) in EVERY.items()
        for automaton in [Automaton(found, used)]
    }

    assert {name: made for name, made in counted.items() if not 0 < made <= MOST * SIZE} == {}


BAD = [
    (r"\s*[\r\n]\s*", "search", " "),
    (r"x.*y", "search", "x"),
    (r"a+b", "search", "a"),
    (r"\s+$", "search", " "),
    (r"a(?:[ab]*c)?", "search", "a"),
    (r"a*a*b", "match", "a"),
    (r"(.+-)?\d+.*-", "fullmatch", "0-"),
    (r"(?:a|a)*b", "match", "a"),
    (r"(?:a+)+b", "fullmatch", "a"),
    (r"(?:a?b?)*c", "match", "ab"),
    (r"(?i)(?:ab|AB)*c", "match", "ab"),
    (r"^(?:\w+\s?)*$", "match", "a"),
]


@pytest.mark.parametrize(("pattern", "used", "unit"), BAD)
def test_linear__finds_what_is_slow(pattern: str, used: str, unit: str) -> None:
    """As Python's matcher is: its steps on texts twice as long are more than twice as many."""
    compiled = re.compile(pattern)
    first, second = steps.deep(
        lambda: [steps.count(compiled, unit * size + "\0", used) for size in (12, 24)]
    )

    assert linear.slow(compiled, used)
    assert linear.count(Automaton(compiled, used), unit, SIZE) == -1
    assert second > 2.7 * first


GOOD = [
    (r"(?<!\s)\s*[\r\n]\s*", "search"),
    (r"\s+", "search"),
    (r"a+b", "match"),
    (r"(?:a|b)*c", "match"),
    (r"\bx\w*y", "search"),
    (r"(?m)^x.*y$", "search"),
    (r"://([^/@]{1,4096})@", "search"),
    (r"(?s)\[([^\]]+)\]\s+(.*)", "fullmatch"),
    (r"x(?=[0-9a-f]*\d)[0-9a-f]{7,64}", "match"),
    (r"(?>a*)b", "match"),
    (r"(?:https://(?:[.:]*[^\s.:])+)", "search"),
]


@pytest.mark.parametrize(("pattern", "used"), GOOD)
@given(data=st.data())
def test_linear__what_it_proves_is_linear(pattern: str, used: str, data: st.DataObject) -> None:
    """Python's matcher takes no more steps on any text than a few for each path that is counted."""
    compiled = re.compile(pattern)
    automaton = Automaton(compiled, used)
    letters = st.sampled_from(automaton.letters)
    drawn = "".join(data.draw(st.lists(letters, min_size=1, max_size=4))) * 20

    assert linear.slow(compiled, used) == ""
    if "(?>" not in pattern:
        assert steps.deep(lambda: steps.count(compiled, drawn, used)) < 40 * len(drawn)


@pytest.mark.parametrize("how", ["search", "fullmatch", "match"])
@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(a|b)*c", "ababc"),
        (r"(?:x+)y", "xxxy"),
        (r"(['\"]).*?\1$", "'ab'"),
        (r"\bab(?=c)", "abc"),
    ],
)
def test_count__runs(pattern: str, text: str, how: str) -> None:
    assert 0 < steps.count(re.compile(pattern), text, how) < 200
