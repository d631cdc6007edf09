"""Errors for a terminal: what a workflow writes as YAML is a flag here."""

import re
import shlex

from ghcr_action.inputs import NAMES

_LINE = r"(?P<indent> *)(?:- )?(?P<name>[a-z][a-z-]*):(?: +(?P<value>\S.*))?"
_NAMED = r"`([a-z][a-z-]*)`"
_EXPRESSION = r"\$\{\{([^}$]*)\}\}"
_SCOPES = {"packages": "write:packages", "contents": "repo"}
"""A workflow grants a permission, a person's token has a scope:
https://docs.github.com/en/packages/learn-github-packages/about-permissions-for-github-packages."""
_STARTS = ("|", ">", "|-", ">-")


def sentence(text: str) -> str:
    """A sentence of ours with each input as its flag."""
    return re.sub(_NAMED, lambda found: _flag(found[1]) if found[1] in NAMES else found[0], text)


def fix(text: str) -> str:
    """What mends it, as it is typed: lines of YAML become flags, sentences stay."""
    lines, found, number = text.splitlines(), [], 0
    while number < len(lines):
        line = re.fullmatch(_LINE, lines[number])
        number += 1
        if line is None:
            found.append(sentence(lines[number - 1]))
            continue
        below = _below(lines[number:], len(line["indent"]))
        if line["name"] == "permissions":
            found += _scopes(below)
            number += len(below)
        elif line["name"] in NAMES:
            found.append(_given(line["name"], line["value"] or "", below))
            number += len(below)
    return "\n".join(found)


def _below(lines: list[str], indent: int) -> list[str]:
    """The lines that belong to the one above."""
    end = next(
        (number for number, line in enumerate(lines) if len(line) - len(line.lstrip()) <= indent),
        len(lines),
    )
    return lines[:end]


def _given(name: str, value: str, below: list[str]) -> str:
    items = [line.strip() for line in below] if value in ("", *_STARTS) else [value.strip("\"'")]
    return " ".join(f"{_flag(name)} {_word(item)}" for item in items) or _flag(name)


def _word(text: str) -> str:
    """A value for a shell; what only a workflow knows is a word in capitals."""
    plain = re.sub(_EXPRESSION, lambda found: _variable(found[1]), text)
    return plain if plain == "…" else shlex.quote(plain)


def _variable(expression: str) -> str:
    """The variable that stands for an expression: its last word."""
    words = re.findall(r"[\w-]+", expression)
    return words[-1].replace("-", "_").upper() if words else "…"


def _scopes(below: list[str]) -> list[str]:
    granted = [line["name"] for each in below if (line := re.fullmatch(_LINE, each))]
    scopes = dict.fromkeys(_SCOPES[name] for name in granted if name in _SCOPES)
    return [f"Use a token with the scope {', '.join(scopes)}, in GITHUB_TOKEN."] if scopes else []


def _flag(name: str) -> str:
    return f"--{name}"
