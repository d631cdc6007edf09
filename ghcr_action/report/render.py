"""Views to Markdown: the one place that knows Jinja2, which is imported only when something is rendered."""

from typing import TYPE_CHECKING

from ghcr_action.report import markdown
from ghcr_action.report.view import FailureView, ImageView
from ghcr_action.report.visible import VisibleRow

if TYPE_CHECKING:
    from jinja2 import Environment


def summary(view: ImageView) -> str:
    """The job summary of one image."""
    return _environment().get_template("summary.md.j2").render(view=view)


def visibility(rows: tuple[VisibleRow, ...]) -> str:
    """The job summary of ``mode: visibility``."""
    return _environment().get_template("visibility.md.j2").render(rows=rows)


def failure(view: FailureView) -> str:
    """The job summary of a run that failed."""
    return _environment().get_template("failure.md.j2").render(view=view)


def _environment() -> "Environment":
    """Every value passes ``markdown.text`` unless a filter has made it safe already; an unknown name is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(  # noqa: S701 (what it renders is Markdown; ``finalize`` escapes for that)
        loader=PackageLoader("ghcr_action.report"),
        finalize=markdown.text,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"code": markdown.code, "block": markdown.block, "link": markdown.link}
    return environment
