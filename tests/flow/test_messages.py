"""Every failure that GitHub's registry and API are known for, as a person reads it: the whole
summary of each, kept in messages.md.

The file is the proof and the place to read them. ``python -m tests.flow.test_messages`` writes it
anew; look at the difference.
"""

from pathlib import Path

import pytest

from ghcr_action.diagnosis.find import diagnose, to_error
from ghcr_action.diagnosis.known import Where
from ghcr_action.report import failed
from ghcr_action.report.words import render
from tests.unit.diagnosis.seen import ANSWERED, SEEN

FILE = Path(__file__).with_name("messages.md")


def rendered() -> dict[str, str]:
    """Each text that was seen, and the summary of the step that met it."""
    found = {}
    for text, context, code, _ in SEEN:
        where = (
            Where.ENGINE
            if code.startswith(("BUILD", "IMAGE", "HUB", "GHCR-ATTEST"))
            else Where.REGISTRY
        )
        error = to_error(diagnose(text, where=where, context=context))
        found[f"{code}: {text}"] = render.failure(failed.view(error))
    for text, status, context, code, _ in ANSWERED:
        error = to_error(diagnose(text, where=Where.API, status=status or None, context=context))
        found[f"{code}: {status} {text}"] = render.failure(failed.view(error))
    return found


def written(messages: dict[str, str]) -> str:
    return "".join(f"<!-- {title} -->\n{message}\n" for title, message in messages.items())


def kept() -> dict[str, str]:
    parts = FILE.read_text(encoding="utf-8").split("<!-- ")[1:]
    return {
        title: message.removesuffix("\n")
        for title, _, message in (part.partition(" -->\n") for part in parts)
    }


MESSAGES = rendered()


@pytest.mark.parametrize("title", MESSAGES, ids=[title[:90] for title in MESSAGES])
def test_message__whole(title: str) -> None:
    assert kept()[title] == MESSAGES[title]


def test_messages__every_code_has_one_and_none_is_left_over() -> None:
    assert kept().keys() == MESSAGES.keys()
    for title, message in MESSAGES.items():
        assert f"Error code `{title.partition(':')[0]}`" in message


if __name__ == "__main__":
    FILE.write_text(written(MESSAGES), encoding="utf-8")
