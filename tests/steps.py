"""Counts the steps of a regular expression as Python's own engine takes them: a backtracking matcher
over the parsed expression. What grows faster than its input is found by counting, not by a clock."""

import re
import sys
import threading
from collections.abc import Callable
from re import _compiler as compiler  # type: ignore[attr-defined]
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, TypeVar

Rest = Callable[[int], bool]
Result = TypeVar("Result")
LIMIT = 3_000_000
"""Steps after which a count is given up: far more than linear for inputs of these tests."""


class TooManyError(Exception):
    """More than LIMIT."""


class Counter:
    """One expression on one text."""

    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self.text, self.steps = text, 0
        self._parsed = parser.parse(pattern.pattern, pattern.flags)
        self._flags = pattern.flags
        self._groups: dict[int, tuple[int, int]] = {}
        self._singles: dict[int, re.Pattern[str]] = {}

    def search(self) -> int:
        """Steps of finding every match, as ``sub`` and ``finditer`` do."""
        position = 0
        while position <= len(self.text):
            end = self._at(position)
            position = max(end, position + 1) if end is not None else position + 1
        return self.steps

    def match(self) -> int:
        """Steps of one try at the beginning."""
        self._at(0)
        return self.steps

    def fullmatch(self) -> int:
        self._match(list(self._parsed), 0, 0, lambda at: at == len(self.text))
        return self.steps

    def _at(self, start: int) -> int | None:
        ends: list[int] = []

        def done(at: int) -> bool:
            ends.append(at)
            return True

        return ends[-1] if self._match(list(self._parsed), 0, start, done) else None

    def _tick(self) -> None:
        self.steps += 1
        if self.steps > LIMIT:
            raise TooManyError

    def _match(  # noqa: PLR0911 (one answer for each kind of node)
        self, nodes: list[Any], index: int, at: int, rest: Rest
    ) -> bool:
        self._tick()
        if index == len(nodes):
            return rest(at)
        op, value = nodes[index]

        def follow(here: int) -> bool:
            return self._match(nodes, index + 1, here, rest)

        if op in (c.LITERAL, c.NOT_LITERAL, c.ANY, c.IN):
            return self._is_single(op, value, at) and follow(at + 1)
        if op is c.AT:
            return self._is_at(value, at) and follow(at)
        if op is c.BRANCH:
            return any(self._match(list(each), 0, at, follow) for each in value[1])
        if op is c.SUBPATTERN:
            group, _, _, inner = value

            def close(here: int) -> bool:
                before = self._groups.get(group)
                self._groups[group] = (at, here)
                if follow(here):
                    return True
                if before:
                    self._groups[group] = before
                return False

            return self._match(list(inner), 0, at, close)
        if op in (c.ASSERT, c.ASSERT_NOT):
            found = self._looks(value, at)
            return found is (op is c.ASSERT) and follow(at)
        if op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
            return self._repeat(op, value, at, follow)
        if op is c.GROUPREF:
            start, end = self._groups.get(value, (0, -1))
            if end < start:
                return False
            self.steps += end - start
            piece = self.text[start:end]
            return self.text.startswith(piece, at) and follow(at + len(piece))
        raise NotImplementedError(op)

    def _repeat(self, op: Any, value: Any, at: int, follow: Rest) -> bool:
        least, most, inner = value
        nodes = list(inner)
        if len(nodes) == 1 and nodes[0][0] in (c.LITERAL, c.NOT_LITERAL, c.ANY, c.IN):
            return self._run(op, nodes[0], least, most, at, follow)

        def again(count: int, here: int, before: int) -> bool:
            def once_more(end: int) -> bool:
                return end != here and again(count + 1, end, here)

            if count < least:
                return self._match(nodes, 0, here, lambda end: again(count + 1, end, here))
            if op is c.MIN_REPEAT:
                return follow(here) or (count < most and self._match(nodes, 0, here, once_more))
            return (count < most and self._match(nodes, 0, here, once_more)) or follow(here)

        return again(0, at, -1)

    def _run(self, op: Any, node: Any, least: int, most: int, at: int, follow: Rest) -> bool:
        """A repeated character: its engine keeps no frame for each."""
        end = at
        if op is c.MIN_REPEAT:
            while True:
                if end - at >= least and follow(end):
                    return True
                self._tick()
                if end - at >= most or not self._is_single(node[0], node[1], end):
                    return False
                end += 1
        while end - at < most and self._is_single(node[0], node[1], end):
            self._tick()
            end += 1
        for here in range(end, at + least - 1, -1):
            self._tick()
            if follow(here):
                return True
        return False

    def _looks(self, value: Any, at: int) -> bool:
        direction, inner = value
        if direction > 0:
            return self._match(list(inner), 0, at, lambda _: True)
        low, high = inner.getwidth()
        return any(
            at - width >= 0 and self._match(list(inner), 0, at - width, lambda end: end == at)
            for width in range(low, high + 1)
        )

    def _is_single(self, op: Any, value: Any, at: int) -> bool:
        if at >= len(self.text):
            return False
        key = id(value) if op is c.IN else hash((str(op), value))
        if key not in self._singles:
            tree = parser.SubPattern(parser.State(), [(op, value)])
            tree.state.flags = self._flags
            self._singles[key] = compiler.compile(tree, self._flags & ~re.DEBUG)
        return self._singles[key].match(self.text, at) is not None

    def _is_at(self, value: Any, at: int) -> bool:
        text = self.text
        if value in (c.AT_BEGINNING, c.AT_BEGINNING_STRING):
            lines = value is c.AT_BEGINNING and self._flags & re.MULTILINE
            return at == 0 or bool(lines and text[at - 1] == "\n")
        if value in (c.AT_END, c.AT_END_STRING):
            if value is c.AT_END and self._flags & re.MULTILINE:
                return at == len(text) or text[at] == "\n"
            return at == len(text) or (value is c.AT_END and text[at:] == "\n")
        before = at > 0 and (text[at - 1].isalnum() or text[at - 1] == "_")
        after = at < len(text) and (text[at].isalnum() or text[at] == "_")
        return (before != after) is (value is c.AT_BOUNDARY)


def count(pattern: re.Pattern[str], text: str, how: str) -> int:
    """Steps of ``search``, ``match`` or ``fullmatch``; LIMIT where there are more. Inside
    ``deep``."""
    counter = Counter(pattern, text)
    try:
        found: int = getattr(counter, how)()
    except (TooManyError, RecursionError):
        return LIMIT
    return found


def deep(work: Callable[[], Result]) -> Result:
    """Run where much may call itself."""
    results: list[Result] = []
    before, size = sys.getrecursionlimit(), threading.stack_size(512 * 1024 * 1024)
    sys.setrecursionlimit(100_000)
    try:
        thread = threading.Thread(target=lambda: results.append(work()))
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(before)
        threading.stack_size(size)
    return results[0]
