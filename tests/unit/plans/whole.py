"""A whole plan as text, a line for each field that differs from its default, beside the files that
hold how each should look: the first row whole, of the others what differs from it.

``python -m tests.unit.plans.whole`` writes those files anew; the change is to be read.
"""

import difflib
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path, PurePath
from typing import Any

from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.reference import Digest
from ghcr_action.values.secret import Secret

DIRECTORY = Path(__file__).with_name("golden")
COMMANDS = ("arguments", "setup", "removal", "command")
"""Fields that hold what is run."""
MODULES = (
    "test_attest_plan",
    "test_bake_whole_plan",
    "test_builder_plan",
    "test_cleanup_plan",
    "test_merge_plan",
    "test_promote_plan",
    "test_publish_plan",
    "test_visibility_plan",
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def read(name: str) -> dict[str, str]:
    """Each row of a file: its title, and the text below it."""
    text = (DIRECTORY / name).read_text(encoding="utf-8")
    found = re.split(r"^=== (.*)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def rows(values: Mapping[str, Any], names: Mapping[Digest, str] | None = None) -> dict[str, str]:
    """The texts of such a file, from values; digests by the names that a test gives them."""
    known = {str(digest): f"<{name}>" for digest, name in (names or {}).items()}
    lines = {
        title: tuple(
            _DIGEST.sub(lambda found: known.get(found[0], found[0]), line)
            for line in _lines(value, "")
        )
        for title, value in values.items()
    }
    first, *others = lines
    return {first: _joined(lines[first])} | {
        title: _joined(_changed(lines[first], lines[title])) for title in others
    }


def write(name: str, values: Mapping[str, Any], names: Mapping[Digest, str] | None = None) -> None:
    """The same file, written."""
    text = "".join(f"=== {title}\n{text}" for title, text in rows(values, names).items())
    (DIRECTORY / name).write_text(text, encoding="utf-8")


def _joined(lines: Iterator[str] | tuple[str, ...]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _changed(before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[str]:
    for line in difflib.unified_diff(before, after, lineterm="", n=0):
        if not line.startswith(("---", "+++", "@@")):
            yield f"{line[0]} {line[1:]}"


def _lines(value: object, path: str) -> Iterator[str]:
    """``path: text``, deeper fields after those above them."""
    if _is_text(value):
        yield f"{path}: {_text(value)}"
    elif isinstance(value, Manifest | Index):
        yield f"{path}: {value.descriptor.digest} {value.raw.decode()}"
    elif is_dataclass(value):
        yield f"{path}: {type(value).__name__}".removeprefix(": ")
        for field in fields(value):
            found = getattr(value, field.name)
            if found != _default(field):
                yield from _lines(found, f"{path}.{field.name}".removeprefix("."))
    elif value in ((), {}):
        yield f"{path}: nothing"
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _lines(each, f"{path}[{key}]")
    elif isinstance(value, tuple):
        words = path.endswith(COMMANDS) and all(isinstance(each, str) for each in value)
        for each in _commands(value) if words else value:
            yield from _lines(each, path)
    else:
        raise TypeError(f"how is {value!r} written?")


def _commands(words: tuple[str, ...]) -> Iterator[str]:
    """An option and its value in each line."""
    line: list[str] = []
    for word in words:
        if word.startswith("--") and line:
            yield shlex.join(line)
            line = []
        line.append(word)
    yield shlex.join(line)


def _is_text(value: object) -> bool:
    """Whether it has a text of its own: a reference, a digest, a platform, a path."""
    if isinstance(value, str | int | float | bytes | datetime | PurePath | None):
        return True
    return is_dataclass(value) and type(value).__str__ is not object.__str__


def _text(value: object) -> str:
    if isinstance(value, Secret):
        return f"secret {value.reveal()!r}"
    text = str(value)
    return repr(text) if not text or "\n" in text else text


def _default(field: "Field[Any]") -> object:
    if field.default is not MISSING:
        return field.default
    make: Callable[[], object] | Any = field.default_factory
    return make() if make is not MISSING else MISSING


if __name__ == "__main__":
    for each in MODULES:
        module = import_module(f"tests.unit.plans.{each}")
        write(module.FILE, module.planned(), getattr(module, "NAMES", None))
