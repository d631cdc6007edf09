"""Proves of a regular expression that matching takes no more steps than a constant times the
characters of its text, whatever the text is.

Python's matcher tries one path of the expression after another. It is slow on a text exactly where
many paths are alive at the same place: where the automaton of the expression, with a loop in front
of it for a search that begins anywhere, has a text that leads from one place to itself in two ways
(exponential), or from one place to itself and to another that it keeps as well (quadratic). Both
are looked for in products of the automaton with itself, as Weber and Seidl do for the degree of
ambiguity ("On the degree of ambiguity of finite automata", 1991).

What is not modelled may only make an expression look slower than it is: a look at more than one
character, a back reference and a lazy repeat are taken for what they could try at most.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from re import _compiler as compiler  # type: ignore[attr-defined]
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

FEW = 48
"""Repeats of one character up to which each is a place of its own; more, and those of longer parts,
are taken for any number."""
PERIODS = 600
"""Times that a text is repeated while the paths are watched."""
LONG = 80
"""Copies of a repeated part that has to be there so often."""
SINGLES = (c.LITERAL, c.NOT_LITERAL, c.ANY, c.IN)
SAMPLE = (*map(chr, range(0x180)), "ſ", "\u2028", "\u3000", "K", "é", "あ", "\U0001f600")
"""Characters of every kind that an expression tells apart."""
Condition = Callable[[str, str], bool]
"""Of the character before and the one behind a place; empty at an end."""


def _always(before: str, behind: str) -> bool:
    return True


@dataclass(frozen=True)
class Edge:
    """A way from one place to the next without a character."""

    to: int
    condition: Condition = _always


@dataclass
class Automaton:
    """``places`` read one character each; ``ways`` lead between them."""

    pattern: re.Pattern[str]
    how: str
    reads: list[re.Pattern[str] | None] = field(default_factory=list)
    ways: list[list[Edge]] = field(default_factory=list)
    behind: list[int] = field(default_factory=list)
    """Where a place leads after its character."""
    begins_again: set[int] = field(default_factory=set)
    """Places in front of a loop: no round of it may be empty."""
    committed: list[tuple[int, ...]] = field(default_factory=list)
    """The atomic groups and possessive repeats in which a place stands."""
    _within: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self.end = self._new()
        self.start = self._build(list(parser.parse(self.pattern.pattern, self.pattern.flags)),
                                 self.end, self.pattern.flags)  # fmt: skip

    def _new(self, read: re.Pattern[str] | None = None, behind: int = -1) -> int:
        self.reads.append(read)
        self.ways.append([])
        self.behind.append(behind)
        self.committed.append(self._within)
        return len(self.reads) - 1

    def _build(self, nodes: list[Any], after: int, flags: int) -> int:
        """The place in front of these nodes, which lead to ``after``."""
        for node in reversed(nodes):
            after = self._node(node[0], node[1], after, flags)
        return after

    def _node(  # noqa: PLR0911 (one answer for each kind of node)
        self, op: Any, value: Any, after: int, flags: int
    ) -> int:
        if op in SINGLES:
            return self._new(_single(op, value, flags), after)
        if op is c.AT:
            return self._passing(after, _at(value, flags))
        if op is c.BRANCH:
            return self._split(self._build(list(each), after, flags) for each in value[1])
        if op is c.SUBPATTERN:
            _, added, removed, inner = value
            return self._build(list(inner), after, (flags | added) & ~removed)
        if op is c.ATOMIC_GROUP:
            return self._commit(lambda: self._build(list(value), after, flags))
        if op is c.POSSESSIVE_REPEAT:
            return self._commit(lambda: self._repeat(value, after, flags))
        if op in (c.ASSERT, c.ASSERT_NOT):
            return self._look(op is c.ASSERT, value, after, flags)
        if op in (c.MAX_REPEAT, c.MIN_REPEAT):
            return self._repeat(value, after, flags)
        if op is c.GROUPREF:
            return self._loop(lambda again: self._new(_single(c.ANY, None, flags | re.DOTALL), again),
                              after)  # fmt: skip
        raise NotImplementedError(op)

    def _commit(self, build: Callable[[], int]) -> int:
        """What is never tried again once it has matched."""
        outside = self._within
        self._within = (*outside, len(self.reads))
        made = build()
        self._within = outside
        return made

    def _passing(self, after: int, condition: Condition) -> int:
        made = self._new()
        self.ways[made].append(Edge(after, condition))
        return made

    def _split(self, places: Iterable[int]) -> int:
        made = self._new()
        self.ways[made] += map(Edge, places)
        return made

    def _loop(self, build: Callable[[int], int], after: int) -> int:
        made = self._new()
        self.begins_again.add(made)
        self.ways[made] += [Edge(build(made)), Edge(after)]
        return made

    def _repeat(self, value: Any, after: int, flags: int) -> int:
        least, most, inner = value
        nodes = list(inner)
        is_few = most - least <= (FEW if len(nodes) == 1 and nodes[0][0] in SINGLES else 1)
        if not is_few:
            after = self._loop(lambda again: self._build(nodes, again, flags), after)
        else:
            rest = after
            for _ in range(most - least):
                after = self._split((self._build(nodes, after, flags), rest))
        for _ in range(min(least, LONG)):
            after = self._build(nodes, after, flags)
        return after

    def _look(self, is_there: bool, value: Any, after: int, flags: int) -> int:
        direction, inner = value
        nodes = list(inner)
        if tests := _one_character(nodes, flags):

            def holds(before: str, behind: str) -> bool:
                seen = behind if direction > 0 else before
                return (bool(seen) and any(test.match(seen) for test in tests)) is is_there

            return self._passing(after, holds)
        if direction < 0:
            return after
        dead = self._new(re.compile(r"(?!)"), -1)  # what it tries is tried, whatever comes of it
        return self._split((self._build(nodes, dead, flags), after))

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """One character of each kind."""
        return tuple({self._kind(each): each for each in reversed(SAMPLE)}.values())

    def like(self, letter: str) -> str:
        """The one of ``letters`` that the expression takes for this one."""
        kind = self._kind(letter)
        return next(each for each in self.letters if self._kind(each) == kind)

    def _kind(self, letter: str) -> tuple[bool, ...]:
        tests = [bool(test.match(letter)) for test in self.reads if test]
        return (*tests, letter.isalnum() or letter == "_", letter == "\n")

    @cached_property
    def follow(self) -> dict[int, list[tuple[int, tuple[Condition, ...]]]]:
        """From a place that has read its character, and from the start (-1), to each that may read
        the next, once for each way without a character."""
        places = [place for place, read in enumerate(self.reads) if read]
        return {-1: list(self._reach(self.start)),
                **{place: list(self._reach(self.behind[place])) for place in places}}  # fmt: skip

    def _reach(
        self, place: int, seen: tuple[int, ...] = (), found: tuple[Condition, ...] = ()
    ) -> Iterator[tuple[int, tuple[Condition, ...]]]:
        if place < 0 or place in seen:
            return
        if self.reads[place]:
            yield place, found
        for way in self.ways[place]:
            more = found if way.condition is _always else (*found, way.condition)
            been = (*seen, place) if place in self.begins_again else seen
            yield from self._reach(way.to, been, more)

    @cached_property
    def succeeds(self) -> frozenset[int]:
        """Places after which the expression has matched, whatever comes: no other try begins
        before the match's end."""
        ends = {place for place in self.readable if self._is_end(self.behind[place], ())}
        if self.how != "fullmatch":
            return frozenset(ends)
        while kept := {place for place in ends if not self._takes_all(place, ends)}:
            ends -= kept  # it has only matched where whatever comes is taken as well
        return frozenset(ends)

    def _takes_all(self, place: int, ends: set[int]) -> bool:
        return all(
            ends.intersection(self.after(place, before, letter))
            for before in self.readable[place]
            for letter in self.letters
        )

    def _is_end(self, place: int, seen: tuple[int, ...]) -> bool:
        if place == self.end or place in seen or place < 0:
            return place == self.end
        return any(
            self._is_end(way.to, (*seen, place) if place in self.begins_again else seen)
            for way in self.ways[place]
            if way.condition is _always
        )

    @cached_property
    def readable(self) -> dict[int, list[str]]:
        """What each place reads, of ``letters``."""
        return {
            place: [letter for letter in self.letters if read.match(letter)]
            for place, read in enumerate(self.reads)
            if read
        }

    @cached_property
    def steps(self) -> dict[tuple[int, str], dict[str, list[int]]]:
        """(place, its character) → next character → places, as often as there are ways."""
        found: dict[tuple[int, str], dict[str, list[int]]] = {}
        for place, nexts in self.follow.items():
            for letter in self.readable[place] if place >= 0 else [""]:
                row: dict[str, list[int]] = {}
                for to, conditions in nexts:
                    for behind in self.readable[to]:
                        if all(condition(letter, behind) for condition in conditions):
                            row.setdefault(behind, []).append(to)
                found[place, letter] = row
        return found

    def after(self, place: int, before: str, letter: str) -> list[int]:
        """The places that read ``letter`` after ``place`` has read ``before``."""
        return self.steps.get((place, before), {}).get(letter, [])

    def begins(self, before: str, letter: str) -> list[int]:
        """The places that read ``letter`` where a try begins behind ``before``."""
        found = []
        for to, conditions in self.follow[-1]:
            test = self.reads[to]
            if test and test.match(letter) and all(each(before, letter) for each in conditions):
                found.append(to)
        return found

    @cached_property
    def loops(self) -> dict[int, int]:
        """Each place that can be read again while nothing has matched, and a number for all that
        can reach each other so. Where it has matched, that try ends with a match at the latest when
        it comes back there, and the next one begins behind it."""
        fails = self.follow.keys() - self.succeeds - {-1}
        reach = {place: self._reachable(place) for place in fails}
        found: dict[int, int] = {}
        for place, others in reach.items():
            if place in others and place not in found:
                for other in others:
                    if place in reach[other]:
                        found[other] = place
        return found

    def _reachable(self, place: int) -> set[int]:
        seen: set[int] = set()
        todo = [to for to, _ in self.follow[place]]
        while todo:
            if (each := todo.pop()) not in seen and each not in self.succeeds:
                seen.add(each)
                todo += [to for to, _ in self.follow[each]]
        return seen


def slow(pattern: re.Pattern[str], how: str) -> str:
    """Why a text can make it slow, with the characters that do; empty where none can. ``how`` is
    ``search``, ``match`` or ``fullmatch``."""
    automaton = Automaton(pattern, how)
    return (_search(automaton) if how == "search" else "") or _inside(automaton)


def count(automaton: Automaton, unit: str, size: int) -> int:
    """The steps on so many characters of one text over and over, exactly: the paths that are alive
    at each character. It comes to the same paths again soon, or to ever more; -1 for those."""
    alive = Counter({-1: 1}) if automaton.how != "search" else Counter[int]()
    before, steps, seen = "", 0, dict[frozenset[tuple[int, int]], tuple[int, int]]()
    for number in range(PERIODS):
        state = frozenset(alive.items())
        if state in seen and number:
            start, then = seen[state]
            periods, rest = divmod(size // len(unit) - start, number - start)
            return then + periods * (steps - then) + rest * (steps - then)
        seen[state] = (number, steps)
        for letter in map(automaton.like, unit):
            alive = _next(automaton, alive, before, letter)
            before, steps = letter, steps + 1 + alive.total()
    return -1


def _next(automaton: Automaton, alive: "Counter[int]", before: str, letter: str) -> "Counter[int]":
    """The paths behind one more character; a try begins where none before it has matched."""
    found, left = Counter[int](), set[int]()
    if automaton.how == "search" and not automaton.succeeds & alive.keys():
        found.update(automaton.begins(before, letter))
    for place, paths in alive.items():
        for to in automaton.after(place, before, letter):
            found[to] += paths
            if place >= 0 and automaton.how != "search":
                left |= {*automaton.committed[place]} - {*automaton.committed[to]}
    for place in [each for each in found if left.intersection(automaton.committed[each])]:
        del found[place]  # what has been left is not tried again
    for place in automaton.succeeds & found.keys():
        found[place] = 1  # the first path that comes here ends with a match at the latest
    return found


def _search(automaton: Automaton) -> str:
    """A loop that is still alive when the next try begins in it and stays in it."""
    for place in automaton.loops:
        for first in automaton.letters:
            if not (test := automaton.reads[place]) or not test.match(first):
                continue
            if text := _begins_in(automaton, place, first):
                return f"tries that begin one after another are all alive: {text!r} again and again"
    return ""


def _begins_in(automaton: Automaton, place: int, first: str) -> str:
    """A text that leads from ``place`` to itself, on which a new try comes to ``place`` as well."""
    todo: list[tuple[int, int, str, str]] = [(-1, place, first, "")]
    seen = set()
    while todo:
        middle, last, before, text = todo.pop(0)
        for letter in automaton.letters:
            lasts = automaton.after(last, before, letter)
            if not lasts:
                continue
            middles = automaton.after(middle, before, letter) if middle >= 0 else [
                -1, *automaton.begins(before, letter)
            ]  # fmt: skip
            for pair in product(set(middles), set(lasts)):
                if pair == (place, place) and letter == first:
                    return text + letter
                state = (*pair, letter)
                if state not in seen and pair[1] in automaton.loops:
                    seen.add(state)
                    todo.append((*state, text + letter))
    return ""


def _inside(automaton: Automaton) -> str:
    """Two ways from a place to itself, or one to itself and one to a later loop."""
    for place, group in automaton.loops.items():
        for first in automaton.letters:
            if not (test := automaton.reads[place]) or not test.match(first):
                continue
            if text := _twice(automaton, place, first):
                return f"two ways through one loop: {text!r} again and again"
            for later in automaton.loops:
                is_left = set(automaton.committed[place]) - set(automaton.committed[later])
                if automaton.loops[later] == group or is_left:
                    continue
                if text := _both(automaton, place, later, first):
                    return f"two loops after each other take the same: {text!r} again and again"
    return ""


def _twice(automaton: Automaton, place: int, first: str) -> str:
    todo: list[tuple[int, int, bool, str, str]] = [(place, place, False, first, "")]
    seen = set()
    while todo:
        one, other, differ, before, text = todo.pop(0)
        for letter in automaton.letters:
            ones, others = (
                automaton.after(one, before, letter),
                automaton.after(other, before, letter),
            )
            for a, b in product(set(ones), set(others)):
                doubled = one == other and a == b and ones.count(a) > 1
                state = (a, b, differ or a != b or doubled, letter)
                if state == (place, place, True, first):
                    return text + letter
                in_loop = automaton.loops.get(a) == automaton.loops.get(b) == automaton.loops[place]
                if in_loop and state not in seen:
                    seen.add(state)
                    todo.append((*state, text + letter))
    return ""


def _both(automaton: Automaton, place: int, later: int, first: str) -> str:
    """A text from ``place`` to itself, from ``place`` to ``later``, and from ``later`` to itself."""
    test = automaton.reads[later]
    if not test or not test.match(first):
        return ""
    todo: list[tuple[int, int, int, str, str]] = [(place, place, later, first, "")]
    seen = set()
    while todo:
        one, other, last, before, text = todo.pop(0)
        for letter in automaton.letters:
            nexts = [
                set(automaton.after(each, before, letter)) - automaton.succeeds
                for each in (one, other, last)
            ]
            for state in product(nexts[0], nexts[1], nexts[2]):
                if state == (place, later, later) and letter == first:
                    return text + letter
                stays = automaton.loops.get(state[0]) == automaton.loops[place]
                ends = automaton.loops.get(state[2]) == automaton.loops[later]
                if stays and ends and (state, letter) not in seen:
                    seen.add((state, letter))
                    todo.append((*state, letter, text + letter))
    return ""


def _one_character(nodes: list[Any], flags: int) -> list[re.Pattern[str]]:
    """Tests of what is looked at, where that is one character; none where it is more."""
    if len(nodes) != 1:
        return []
    op, value = nodes[0]
    if op in SINGLES:
        return [_single(op, value, flags)]
    if op is c.SUBPATTERN:
        return _one_character(list(value[3]), (flags | value[1]) & ~value[2])
    if op is c.BRANCH:
        parts = [_one_character(list(each), flags) for each in value[1]]
        return [test for part in parts for test in part] if all(parts) else []
    return []


def _single(op: Any, value: Any, flags: int) -> re.Pattern[str]:
    tree = parser.SubPattern(parser.State(), [(op, value)])
    tree.state.flags = flags
    made: re.Pattern[str] = compiler.compile(tree, flags & ~re.DEBUG)
    return made


def _at(where: Any, flags: int) -> Condition:
    lines = bool(flags & re.MULTILINE)
    word = re.compile(r"\w", flags & re.ASCII)
    if where in (c.AT_BEGINNING, c.AT_BEGINNING_STRING):
        return lambda before, _: (
            not before or (lines and where is c.AT_BEGINNING and before == "\n")
        )
    if where in (c.AT_END, c.AT_END_STRING):
        return lambda _, behind: where is c.AT_END and behind == "\n"
    is_boundary = where is c.AT_BOUNDARY
    return lambda before, behind: (
        (bool(before and word.match(before)) != bool(behind and word.match(behind))) is is_boundary
    )
