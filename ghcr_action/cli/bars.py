"""The Progress port on a terminal: a bar for each blob and build that takes its time, drawn by
rich below the lines of the log.

rich is imported when the first bar is drawn, so that a short run, a log and the action's image do
without it.
"""

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, cast

from ghcr_action.adapters.progress import WORTH, Logged, Silent, Transfer, arrived
from ghcr_action.cli.screen import Screen, is_dumb, may_colour
from ghcr_action.ports import Clock
from ghcr_action.values import rate
from ghcr_action.values.engine import BuildProgress
from ghcr_action.values.oci import Descriptor
from ghcr_action.values.rate import duration

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live as Picture

DELAY = 1.0
"""Seconds of work before anything is drawn."""
SMALL = 64 * 1024
"""Bytes below which a blob has no bar: configs and manifests."""
WIDE = 76
"""Columns from which on there is room for sizes and rates."""


def watch(
    screen: Screen, clock: Clock, environ: Mapping[str, str], *, is_wanted: bool
) -> "Silent | Live":
    """Bars where somebody looks at a terminal that can draw them and rich is installed; else lines;
    nothing where nothing is wanted."""
    if not is_wanted:
        return Silent()
    is_job = environ.get("GITHUB_ACTIONS") or environ.get("CI")
    if is_job or not screen.isatty() or is_dumb(environ) or find_spec("rich") is None:
        return Logged(clock)
    return Live(screen, clock, may_colour=may_colour(environ))


@dataclass
class Build:
    """A build under way."""

    began: float
    progress: BuildProgress
    since: float
    """When what runs now came up."""


class Live:
    """Bars while something is under way, gone when nothing is; big layers leave a line."""

    def __init__(
        self, screen: Screen, clock: Clock, *, may_colour: bool = True, delay: float = DELAY
    ) -> None:
        self._screen = screen
        self._clock = clock
        self._may_colour = may_colour
        self._delay = delay
        self._rows: dict[int, Transfer | Build] = {}
        self._timer: threading.Timer | None = None
        self._picture: Picture | None = None
        self._is_closed = False
        self._lock = threading.RLock()

    @contextmanager
    def transfer(self, blob: Descriptor) -> Iterator[Callable[[int], None]]:
        """A bar of bytes."""
        one = Transfer(blob=blob, began=self._clock.monotonic())

        def tell(passed: int) -> None:
            one.passed = passed

        with self._row(one, is_shown=blob.size >= SMALL):
            yield tell
        if blob.size >= WORTH:
            self._screen.write(f"{arrived(one, self._clock.monotonic())}\n")

    @contextmanager
    def build(self) -> Iterator[Callable[[BuildProgress], None]]:
        """A bar of steps."""
        now = self._clock.monotonic()
        one = Build(began=now, progress=BuildProgress(done=0, known=0), since=now)

        def tell(progress: BuildProgress) -> None:
            if progress.now != one.progress.now:
                one.since = self._clock.monotonic()
            one.progress = progress

        with self._row(one, is_shown=True):
            yield tell

    def close(self) -> None:
        """Give the terminal back as it was, whatever is still under way; nothing is drawn any
        more."""
        with self._lock:
            self._is_closed = True
            self._clear()

    @contextmanager
    def _row(self, one: Transfer | Build, *, is_shown: bool) -> Iterator[None]:
        if not is_shown:
            yield
            return
        with self._lock:
            self._rows[id(one)] = one
            if not (self._timer or self._picture):
                self._begin()
        try:
            yield
        finally:
            with self._lock:
                del self._rows[id(one)]
                if not self._rows:
                    self._clear()

    def _clear(self) -> None:
        if self._timer:
            self._timer.cancel()
        picture, self._timer, self._picture = self._picture, None, None
        if picture:
            picture.stop()
        self._screen.take(None)

    def _begin(self) -> None:
        if self._delay:
            self._timer = threading.Timer(self._delay, self.draw)
            self._timer.daemon = True
            self._timer.start()
        else:
            self.draw()

    def draw(self) -> None:
        """Put the picture on the screen, unless it is over meanwhile, or begun: a timer that has
        fired can't be taken back."""
        from rich.console import Console
        from rich.live import Live as Picture

        if threading.current_thread() is not threading.main_thread():
            signal.pthread_sigmask(
                signal.SIG_BLOCK, signal.valid_signals()
            )  # a stop has to wake the thread that handles it
        with self._lock:
            self._timer = None
            if self._is_closed or self._picture or not self._rows:
                return
            console = Console(
                file=cast("IO[str]", self._screen.stream),
                force_terminal=True,
                no_color=not self._may_colour,
                highlight=False,
                markup=False,
                emoji=False,
            )
            self._picture = Picture(
                console=console,
                get_renderable=lambda: self._frame(console),
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._screen.take(lambda text: _print(console, text))
            self._picture.start()

    def _frame(self, console: "Console") -> "RenderableType":
        """What is under way at this moment. Takes no lock: rich asks while it holds its own."""
        from rich.table import Table

        table = Table.grid(padding=(0, 1, 0, 0), expand=True)
        table.add_column(no_wrap=True)
        table.add_column(ratio=1)
        table.add_column(no_wrap=True)
        for row in tuple(self._rows.values()):
            table.add_row(*_cells(row, self._clock.monotonic(), console.width))
        return table


def _cells(row: Transfer | Build, now: float, width: int) -> "tuple[RenderableType, ...]":
    """Name, bar and words of one row; with little room the words are few."""
    from rich.text import Text

    if isinstance(row, Transfer):
        found = row.progress(now)
        words = Text(rate.moving(found) if width >= WIDE else found.share)
        return (
            Text(rate.name(row.blob.digest)),
            _bar(found.total, found.passed),
            words,
        )
    steps = row.progress
    count = f"{steps.done}/{steps.known}"
    words = Text(f"{count}, {duration(now - row.since)} {steps.now}" if width >= WIDE else count)
    words.truncate(width // 2 + 8, overflow="ellipsis")
    return Text("build"), _bar(steps.known, steps.done), words


def _bar(total: int, done: int) -> "RenderableType":
    """Blue, and green where all is done: rich's own is a red, which says that something is
    wrong."""
    from rich.progress_bar import ProgressBar

    return ProgressBar(
        total=max(1, total), completed=done, complete_style="blue", finished_style="green"
    )


def _print(console: "Console", text: str) -> None:
    """Lines above the picture as they are: not wrapped, not cropped, not read as markup."""
    from rich.text import Text

    console.print(Text(text, end=""), soft_wrap=True, end="")
