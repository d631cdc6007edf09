"""Regular expressions in JavaScript's flavour, bounded in time."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ghcr_action.errors import InvalidValue

if TYPE_CHECKING:
    import regex

SECONDS = 1.0
"""How long one pattern may look at one text."""

_DELIMITED = r"(?s)/(.+)/(.*)"
_LETTERS = frozenset("bBcdDfknprsStuvwWxP")
"""Letters that mean something behind a backslash in JavaScript; the others stand for themselves."""
_TOKEN = (
    r"(?s)\\k<(?P<name>\w+)>|\\(?P<escaped>.)|(?P<bracket>\[\^?\]|\[|\])|(?P<brace>\{(?!\d+(?:,\d*)?\}))"
    r"|(?P<foreign>\(\*|\(\?(?![:=!]|<[=!A-Za-z_$]|[ims]*(?:-[ims]+)?:).?)"
)
_FLAGS = "dgimsuvy"


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern and the text it was written as."""

    text: str
    compiled: "regex.Pattern[str]"
    is_global: bool = False
    is_sticky: bool = False

    @property
    def groups(self) -> int | None:
        """The number of groups; None with the flag ``g``, whose groups are the matches."""
        return None if self.is_global else self.compiled.groups

    def match(self, subject: str) -> tuple[str | None, ...] | None:
        """The whole match and its groups, as ``String.match`` gives them; None where nothing
        matches.

        A group that took no part is None. Raises InvalidValue where the pattern backtracks for
        longer than SECONDS.
        """
        try:
            if self.is_global:
                return (
                    tuple(found[0] for found in self.compiled.finditer(subject, timeout=SECONDS))
                    or None
                )
            search = self.compiled.match if self.is_sticky else self.compiled.search
            found = search(subject, timeout=SECONDS)
        except TimeoutError:
            raise InvalidValue(
                f"pattern {self.text!r} backtracks for ever on {subject!r}; write it "
                "without nested repeats such as (a+)+"
            ) from None
        return (found[0], *found.groups()) if found else None


def parse(text: str, *, delimited: bool = True) -> Pattern:
    """A pattern, or ``/pattern/flags`` where ``delimited``. Raises InvalidValue where it does not
    compile."""
    import regex

    found = re.fullmatch(_DELIMITED, text) if delimited else None
    source, letters = (found[1], found[2]) if found else (text, "")
    if wrong := next(
        (letter for letter in letters if letter not in _FLAGS or letters.count(letter) > 1), ""
    ):
        raise InvalidValue(
            f"pattern {text!r} has the flag {wrong!r}: each of {', '.join(_FLAGS)} is allowed, once"
        )
    flags = regex.V0 | regex.ASCII
    for letter, flag in (("i", regex.IGNORECASE), ("m", regex.MULTILINE), ("s", regex.DOTALL)):
        flags |= flag if letter in letters else 0
    try:
        compiled = regex.compile(_python(source), flags)
    except regex.error as error:
        raise InvalidValue(f"pattern {text!r} does not compile: {error}") from None
    return Pattern(text, compiled, is_global="g" in letters, is_sticky="y" in letters)


def _python(source: str) -> str:
    """The same pattern as the engine writes it. Raises InvalidValue for what only the engine knows,
    such as recursion."""
    in_class = False

    def token(found: re.Match[str]) -> str:
        nonlocal in_class
        escaped, bracket = found["escaped"], found["bracket"]
        if found["name"]:
            return f"(?P={found['name']})"
        if escaped:
            return (
                escaped
                if escaped.isascii() and escaped.isalpha() and escaped not in _LETTERS
                else found[0]
            )
        if bracket and in_class:
            in_class = not bracket.endswith("]")
            return str(bracket.replace("[", r"\["))
        if found["foreign"] and not in_class:
            raise InvalidValue(
                f"pattern {source!r} has {found[0]!r}, which JavaScript does not know: "
                "groups are (…), (?:…), (?<name>…)"
            )
        in_class = in_class or bracket == "["
        return {"[^]": "(?s:.)", "[]": "(?!)", "{": r"\{"}.get(found[0], found[0])

    return re.sub(_TOKEN, token, source)
