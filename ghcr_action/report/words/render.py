"""Views to Markdown: the one place that knows Jinja2, which is imported only when something is
rendered."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ghcr_action.errors import SettingsError
from ghcr_action.report.words import markdown

if TYPE_CHECKING:
    from jinja2 import Environment

    from ghcr_action.report.bake import BakeView
    from ghcr_action.report.cleanup import CleanupView
    from ghcr_action.report.comment.view import CommentView
    from ghcr_action.report.inspect import InspectedView
    from ghcr_action.report.visibility import VisibleRow
    from ghcr_action.report.words.views import FailureView, ImageView


def load() -> None:
    """What every view needs: a run that waits for something else has the time."""
    _environment()


def summary(view: ImageView) -> str:
    """The job summary of one image."""
    return _environment().get_template("summary.md.j2").render(view=view)


def visibility(rows: tuple[VisibleRow, ...]) -> str:
    """The job summary of ``mode: visibility``."""
    return _environment().get_template("visibility.md.j2").render(rows=rows)


def bake(view: BakeView) -> str:
    """The job summary of ``mode: bake``."""
    return _environment().get_template("bake.md.j2").render(view=view)


def comment(view: CommentView) -> str:
    """The inside of a pull request's comment; marker and state are put around it."""
    return _environment().get_template("comment.md.j2").render(view=view)


def cleanup(packages: tuple[CleanupView, ...]) -> str:
    """The job summary of ``mode: cleanup``."""
    return _environment().get_template("cleanup.md.j2").render(packages=packages)


def inspected(images: tuple[InspectedView, ...]) -> str:
    """The job summary of ``mode: inspect``."""
    return _environment().get_template("inspect.md.j2").render(images=images)


def failure(view: FailureView) -> str:
    """The job summary of a run that failed."""
    return _environment().get_template("failure.md.j2").render(view=view)


def custom(source: str, name: str, view: object) -> str:
    """A user's template, which extends one of ours or stands alone, in a sandbox. Raises
    SettingsError where it is wrong.

    Files of its own it can't include: it knows our templates only.
    """
    from jinja2 import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    try:
        return str(
            _environment(ImmutableSandboxedEnvironment).from_string(source).render(view=view)
        )
    except (
        TemplateError,
        TypeError,
        ValueError,
        ArithmeticError,
        LookupError,
        AttributeError,
        MemoryError,
        RecursionError,
    ) as cause:
        raise _unusable(name, cause) from cause


def check(source: str, name: str) -> None:
    """Raise SettingsError for a text that is no template at all."""
    from jinja2 import TemplateError

    try:
        _environment().parse(source)
    except TemplateError as cause:
        raise _unusable(name, cause) from cause


def _unusable(name: str, cause: Exception) -> SettingsError:
    return SettingsError(
        f"`{name}` can't be used",
        why=f"{type(cause).__name__}: {cause}",
        fix=(
            'Start from `{% extends "comment.md.j2" %}` (or summary.md.j2) and override '
            "blocks; docs/comments.md says what they see."
        ),
    )


@cache
def _environment(kind: type[Environment] | None = None) -> Environment:
    """Every value passes ``markdown.text`` unless a filter has made it safe already; an unknown
    name is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = (kind or Environment)(
        loader=PackageLoader("ghcr_action.report"),
        finalize=markdown.text,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"code": markdown.code, "block": markdown.block, "link": markdown.link}
    environment.filters |= {
        "html": markdown.html,
        "url": markdown.url,
        "prose": markdown.prose,
        "advice": markdown.advice,
        "told": markdown.told,
    }
    return environment
