"""Every failure that GitHub's registry and API are known for, as a person reads it: the whole
summary of each, kept in messages.md.

The file is the proof and the place to read them. ``python -m tests.flow.test_messages`` writes it
anew; look at the difference.
"""

from pathlib import Path

import pytest

from ghcr_action.buildx.failure import Failure
from ghcr_action.diagnosis.find import explain
from ghcr_action.errors import ActionError
from ghcr_action.report import failed
from ghcr_action.report.words import render
from ghcr_action.steps import build
from ghcr_action.values.answer import Answer, Where
from tests.fakes import refusals
from tests.unit.diagnosis.seen import ANSWERED, SEEN

FILE = Path(__file__).with_name("messages.md")


def error(answer: Answer) -> ActionError:
    """What the adapter that got this answer raises."""
    if answer.where is Where.ENGINE:
        return build.explain(Failure(message=answer.words), after_push=answer.after_push)
    facts = {"status": answer.status, "method": answer.method, "fault": answer.fault}
    if answer.where is Where.API:
        return refusals.api(answer.words, path=answer.url, **facts)  # type: ignore[arg-type]
    assert answer.part
    raised = refusals.registry(
        answer.words,
        part=answer.part,
        image=str(answer.repository),
        codes=tuple(answer.codes),
        **facts,  # type: ignore[arg-type]
    )
    raised.answer = answer
    return raised


def rendered() -> dict[str, str]:
    """Each answer that was seen, and the summary of the step that met it."""
    found = {}
    for text, context, code, _ in SEEN:
        answer = Answer(where=Where.ENGINE, words=text)
        found[f"{code}: {text}"] = render.failure(failed.view(explain(error(answer), context)))
    for answer, context, code, _ in ANSWERED:
        said = f"{answer.method} {answer.url} {answer.status or answer.fault or ''} {answer.words}"
        view = failed.view(explain(error(answer), context))
        found[f"{code}: {said.strip()}"] = render.failure(view)
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
