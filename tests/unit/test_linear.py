"""No expression takes more steps than its text has characters, times a constant: each is counted on
texts made of its own characters, and a stranger may send 4 MiB."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

import ghcr_action
from tests import steps

ROOT = Path(ghcr_action.__file__).parent
SMALL, LARGE = 24, 96
"""Characters of the texts."""
METHODS = {"search", "sub", "subn", "finditer", "findall", "split", "match", "fullmatch"}


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every compiled expression of the package's modules, those in tables too."""
    for found in pkgutil.walk_packages(ghcr_action.__path__, "ghcr_action."):
        if found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            for number, each in enumerate(_inside(value)):
                yield f"{found.name}.{name}" + (f"[{number}]" if value is not each else ""), each


def _inside(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _inside(each)
    elif type(value).__module__.startswith("ghcr_action") and hasattr(value, "__dict__"):
        for each in vars(value).values():
            yield from _inside(each)


def usages() -> dict[tuple[str, str], set[str]]:
    """Module and name → the methods that are called on it."""
    found: dict[tuple[str, str], set[str]] = {}
    for path in ROOT.rglob("*.py"):
        module = "ghcr_action." + ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found.setdefault((module, node.value.id), set()).add(node.attr)
    return found


USAGES = usages()


def how(name: str) -> str:
    """The costliest way in which it is used; as a search where that is not seen."""
    module, _, bare = name.partition("[")[0].rpartition(".")
    used = USAGES.get((module, bare), set())
    if used and used <= {"match"}:
        return "match"
    return "fullmatch" if used and used <= {"fullmatch", "match"} else "search"


def attacks(pattern: re.Pattern[str], size: int) -> Iterator[str]:
    """Texts of its own characters: each alone, in pairs, and behind what it begins with; the end,
    which nothing matches, is the caller's."""
    own = dict.fromkeys(re.sub(r"\\[A-Za-z]|[\\()\[\]{}?*+|^$.<>:=!]", "", pattern.pattern))
    letters = [*list(own)[:4], *(part for part in " a0-:/\"'=[{(\n`.@\x1b" if part not in own)]
    word = next(iter(re.findall(r"[A-Za-z]{3,}", pattern.pattern)), "")
    for letter in letters:
        yield letter * size
        if word:
            yield f"{word}{letter * size}"
            yield f"{word}{letter}" * (size // (len(word) + 1))
    for first, second in product(letters[:5], letters[:5]):
        yield (first + second) * (size // 2)
        yield first * (size // 2) + second * (size // 2)


def worst(pattern: re.Pattern[str], used: str, size: int) -> tuple[int, str]:
    texts = (f"{text}\0" for text in attacks(pattern, size))
    return max((steps.count(pattern, text, used), text) for text in texts)


def written_in_calls() -> Iterator[tuple[str, re.Pattern[str], str]]:
    """``re.sub("…", …)``: place, expression and method."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
                and node.func.attr in METHODS
                and isinstance(first := node.args[0], ast.Constant)
                and isinstance(first.value, str)
            ):
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                method = node.func.attr if "match" in node.func.attr else "search"
                yield place, re.compile(first.value), method


EVERY = {name: (pattern, how(name)) for name, pattern in patterns()} | {
    place: (pattern, method) for place, pattern, method in written_in_calls()
}


def test_patterns__are_found() -> None:
    assert len(EVERY) > 120


@pytest.mark.parametrize("name", EVERY)
def test_expression__takes_steps_in_proportion_to_its_text(name: str) -> None:
    pattern, used = EVERY[name]

    (first, _), (second, text) = steps.deep(
        lambda: (worst(pattern, used, SMALL), worst(pattern, used, LARGE))
    )

    assert second < steps.LIMIT
    assert second / max(first, 1) < 1.5 * LARGE / SMALL, (used, first, second, text[:40])


def test_count__finds_what_is_quadratic() -> None:
    bad, good = re.compile(r"\s*[\r\n]\s*"), re.compile(r"(?<!\s)\s*[\r\n]\s*")

    counts = steps.deep(
        lambda: [
            steps.count(each, " " * size, "search") for each in (bad, good) for size in (200, 400)
        ]
    )

    assert counts[1] > 3 * counts[0]
    assert counts[3] < 2.2 * counts[2]


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
