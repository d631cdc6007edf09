"""Regular expressions in linear time, so that no tag and no pattern can hold a run up.

The engine is RE2 (docs/decisions): the syntax of Go's, without back references and look-around.
Imported only when a rule has a pattern. Syntax: https://github.com/google/re2/wiki/Syntax.
"""

from typing import Any

from ghcr_action.errors import InvalidValue

LONGEST = 1000
"""Characters of one pattern."""


def compile(text: str) -> Any:  # noqa: A001 (the word of every such module)
    """The pattern, whose ``search`` looks anywhere in a text. Raises InvalidValue."""
    import re2  # type: ignore[import-untyped]

    if len(text) > LONGEST:
        raise InvalidValue(f"a regular expression of {len(text)} characters: {LONGEST} are allowed")
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error as cause:
        said = cause.args[0].decode() if isinstance(cause.args[0], bytes) else str(cause.args[0])
        raise InvalidValue(
            f"/{text}/ is no regular expression of RE2: {said} (no look-around and no back "
            "reference; `keep-tags` says what to leave out)"
        ) from cause
