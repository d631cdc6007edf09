"""Text from outside made harmless in GitHub-flavoured Markdown, and the few phrases that reports
are built of.

Whatever a branch, a label or a Dockerfile says stays text: no markup, HTML, mention, reference or
link comes of it. Source: https://github.github.com/gfm/ (backslash escapes 2.4, code spans 6.3,
tables 4.10, autolinks 6.9).
"""

import re
import textwrap

from ghcr_action.values import size as sizes

_SPECIAL = re.compile(r"([\\`*_\[\]|~$]|^[#+=-]|(?<=^\d)[.)](?=\s)|(?<=^\d\d)[.)](?=\s))")
_REFERENCE = re.compile(r"(?<=[@#])(?=\w)|(?<=GH-)(?=\d)|(?<=:)(?=//)|(?<=\bwww)(?=\.)")
_BREAKS = re.compile(r"(?<!\s)\s*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SPAN = re.compile(r"(`[^`\n]+`)")
_ADDRESS = re.compile(r"(https://(?:[.:]*[^\s<>()`,;.:])+)")
_GITHUB_ADDRESS = re.compile(r"(https://(?:docs\.)?github\.com/[\w./%-]*[\w%-])")
_YAML = re.compile(r"\s+\S|[\w-]+:(?:\s|$)")
_WORD_JOINER = "\u2060"


class Safe(str):
    """Markdown we made ourselves, which is not escaped again."""

    __slots__ = ()


def text(value: object) -> Safe:
    """Any value as plain text on one line."""
    if isinstance(value, Safe):
        return value
    joined = _REFERENCE.sub(_WORD_JOINER, one_line(str(value)))
    escaped = _SPECIAL.sub(r"\\\1", joined.replace("&", "&amp;"))
    return Safe(escaped.replace("<", "&lt;").replace(">", "&gt;"))


def code(value: object) -> Safe:
    """A code span; also inside a table, where a bar would end the cell even in code."""
    content = one_line(str(value))
    if not content:
        return Safe("")
    fence = "`" * (_longest_run(content) + 1)
    pad = " " if content[0] in "` " or content[-1] in "` " else ""
    return Safe(f"{fence}{pad}{content}{pad}{fence}".replace("|", "\\|"))


def block(value: object, language: str = "text") -> Safe:
    """A fenced block, its fence longer than any run of backticks inside."""
    content = _CONTROL.sub("", str(value).replace("\r\n", "\n").replace("\r", "\n")).strip("\n")
    fence = "`" * max(3, _longest_run(content) + 1)
    return Safe(f"{fence}{language}\n{content}\n{fence}")


def link(value: object) -> Safe:
    """An ``https`` address of our own as a link; anything else as text."""
    address = str(value)
    return Safe(f"<{address}>") if re.fullmatch(r"https://[^\s<>]+", address) else text(address)


def prose(value: object) -> Safe:
    """A sentence of ours: what it has in backticks becomes code, the rest plain text."""
    pieces = _SPAN.split(_CONTROL.sub("", _BREAKS.sub(" ", str(value))))
    return Safe(
        "".join(code(piece[1:-1]) if _SPAN.fullmatch(piece) else _kept(piece) for piece in pieces)
    )


def advice(value: object, *, is_ours: bool = True) -> Safe:
    """What to do: sentences with their links, and lines of YAML as a block; of words that may be a
    stranger's only GitHub's pages are linked.
    """
    address = _ADDRESS if is_ours else _GITHUB_ADDRESS
    parts: list[tuple[bool, list[str]]] = []
    for line in str(value).splitlines():
        is_yaml = bool(_YAML.match(line))
        if not parts or parts[-1][0] != is_yaml:
            parts.append((is_yaml, []))
        parts[-1][1].append(line)
    texts = (
        block(textwrap.dedent("\n".join(lines)), "yaml")
        if is_yaml
        else _linked(" ".join(lines), address)
        for is_yaml, lines in parts
    )
    found = "\n\n".join(texts)
    return Safe(f"\n\n{found}" if parts and parts[0][0] else found)


def told(value: object) -> Safe:
    """One sentence, with code in backticks and links to GitHub's pages only."""
    return Safe(_linked(one_line(str(value)), _GITHUB_ADDRESS))


def _linked(sentence: str, address: re.Pattern[str]) -> str:
    """Addresses as links, all else as prose."""
    return "".join(
        f"<{piece}>" if address.fullmatch(piece) else prose(piece)
        for piece in address.split(sentence)
    )


def _kept(piece: str) -> str:
    """Plain text with the blanks around it."""
    inner = piece.strip()
    head, tail = piece[: len(piece) - len(piece.lstrip())], piece[len(piece.rstrip()) :]
    return f"{head}{text(inner)}{tail}" if inner else piece


def html(value: object) -> Safe:
    """Text in an HTML block, where Markdown's escapes mean nothing but mentions and references
    still do."""
    joined = _REFERENCE.sub(_WORD_JOINER, one_line(str(value)))
    return Safe(joined.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def url(value: object) -> Safe:
    """An ``https`` address for the round brackets of a link; nothing for anything else."""
    address = str(value)
    return Safe(address) if re.fullmatch(r"https://[^\s<>()\\]+", address) else Safe("")


def one_line(value: str) -> str:
    """Line ends as single blanks; control and direction characters gone."""
    return _CONTROL.sub("", _BREAKS.sub(" ", value)).strip()


def size(count: int) -> str:
    """Bytes in binary units with one decimal: ``84.2 MiB``."""
    return sizes.words(count)


def duration(seconds: float) -> str:
    """Seconds with their unit: ``6.4 s``, ``2m 41s``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m {rest:02}s" if minutes else f"{seconds:.1f} s"


def _longest_run(content: str) -> int:
    return max(map(len, re.findall(r"`+", content)), default=0)
