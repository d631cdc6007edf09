"""A failure in words: outputs for later steps and the view for the summary."""

from ghcr_action.errors import ActionError, BuildFailed, SettingsError
from ghcr_action.report.words.views import FailureView


def view(error: ActionError, *, log_url: str = "") -> FailureView:
    """What the summary shows: the cause in a sentence where it is known, what was said folded below
    it."""
    cause, said = _parts(error)
    return FailureView(
        what=title(error),
        cause=cause,
        said=said,
        names=str(error.writes or ""),
        is_open=isinstance(error, BuildFailed),
        fix=error.fix,
        docs=error.docs,
        code=error.code,
        log_url=log_url,
    )


def outputs(error: ActionError) -> tuple[tuple[str, str], ...]:
    """``error-code``, ``error-cause`` and ``error-fix``."""
    cause, said = _parts(error)
    last = (
        "" if isinstance(error, SettingsError) else said.rpartition("\n")[2]
    )  # a list of wrong inputs has no last word
    return (
        ("error-code", error.code),
        ("error-cause", cause or last or error.what),
        ("error-fix", error.fix),
    )


def last_words(error: ActionError) -> tuple[str, ...]:
    """The last lines of the step that failed, where a build did; else none."""
    said = _parts(error)[1] if isinstance(error, BuildFailed) else ""
    return tuple(said.splitlines())


def title(error: ActionError) -> str:
    """What failed, without the code that stands behind it in the log."""
    return error.what.removesuffix(f" [{error.code}]")


def _parts(error: ActionError) -> tuple[str, str]:
    """The cause, and what the other side said; several lines of an error that the catalogue does
    not know are what somebody said, one line is why."""
    if error.cause:
        return error.cause, error.why.removeprefix(error.cause).lstrip("\n")
    if "\n" in error.why and error.code == type(error).code:
        return "", error.why
    cause, _, said = error.why.partition("\n")
    return cause, said
