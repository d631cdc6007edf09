"""What a person sees of a run: its pages, and its log as GitHub shows it."""

import re
from collections.abc import Iterable, Mapping

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import Markdown, TableElement
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.theme import Theme

LONG_OUTPUTS = ("metadata", "plan", "json", "labels", "annotations", "bake-file")
"""Left out: the summary has what matters of them."""
_COMMAND = re.compile(r"^(?P<head>  Build: docker .*? build )(?P<options>.{80,})$")
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_FOLD = re.compile(r"<details><summary>(.*?)</summary>.*?</details>", re.DOTALL)
_TAG = re.compile(r"</?\w+[^>\n]*>")
_CODE = re.compile(r"<code>(.*?)</code>")
ON_ANY_GROUND = Theme(
    {
        "markdown.code": "bold",
        "markdown.h3": "bold",
        "markdown.code_block": "none",
        "markdown.link_url": "underline",
    }
)
"""No ground of its own: a terminal may be light or dark."""
STYLES = {"error": "bold red", "warning": "yellow", "notice": "blue"}


class WholeTable(TableElement):
    """A table whose long words go on in the next line: a digest that is cut is none."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for table in super().__rich_console__(console, options):
            if isinstance(table, Table):
                for column in table.columns:
                    column.overflow = "fold"
            yield table


class Page(Markdown):
    """GitHub's Markdown in a terminal."""

    elements = Markdown.elements | {"table_open": WholeTable}


def heading(console: Console, title: str) -> None:
    console.print()
    console.rule(f"[bold]{title}[/]", align="left", style="cyan")


def log(console: Console, lines: Iterable[str], *, is_brief: bool) -> None:
    """GitHub's log; ``is_brief``: its groups as GitHub shows them at first, folded."""
    resume, inside = "", False
    for line in (raw.rstrip("\n") for raw in lines):
        kind, _, text = (
            line.removeprefix("::").partition("::") if line.startswith("::") else ("", "", line)
        )
        name = kind.partition(" ")[0]
        if resume and kind == resume:
            resume = ""
        elif resume:
            unless(is_brief, console, f"    {line}", "dim")
        elif name == "stop-commands":
            resume = text
        elif name == "group":
            console.print(f"[bold cyan]▸[/] [bold]{text}[/]")
            inside = True
        elif name == "endgroup":
            inside = False
        elif name in STYLES:
            console.print(
                f"{name}: {text.replace('%0A', chr(10))}", style=STYLES[name], markup=False
            )
        elif not name:
            unless(is_brief and inside, console, f"{'  ' * inside}{short(line)}", "")


def unless(is_hidden: bool, console: Console, text: str, style: str) -> None:
    if not is_hidden:
        console.print(text, style=style, markup=False, soft_wrap=True)


def short(line: str) -> str:
    """The build command stands whole in the summary, below "What ran"."""
    found = _COMMAND.match(f"  {line}")
    if not found:
        return line
    count = len(re.findall(r"(?<!\S)--\w", found["options"]))
    return f"{found['head'].strip()} … ({count} options; the summary has them all)"


def page(console: Console, title: str, markdown: str) -> None:
    """A page as it looks before anybody opens a fold."""
    text = _FOLD.sub(lambda found: f"▸ {found[1]}\n", _COMMENT.sub("", markdown))
    text = _TAG.sub("", _CODE.sub(r"`\1`", text))
    with console.use_theme(ON_ANY_GROUND):
        shown = Page(text, code_theme="ansi_light", hyperlinks=False)
        console.print(Panel(Padding(shown, (0, 1)), title=title, title_align="left"))


def outputs(console: Console, values: Mapping[str, str]) -> None:
    table = Table(
        title="Outputs of the step",
        title_justify="left",
        show_header=False,
        box=None,
        padding=(0, 2, 0, 0),
    )
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in values.items():
        if value and not name.startswith(LONG_OUTPUTS):
            table.add_row(name, value)
    console.print(table)
