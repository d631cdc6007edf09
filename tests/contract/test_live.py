"""Bars below the lines of the log: who gets them, what they leave behind, and who may write
meanwhile."""

import io
import logging
import threading
import time

import pytest

from ghcr_action.adapters.progress import Logged, Silent
from ghcr_action.cli.bars import Live, watch
from ghcr_action.cli.screen import LineFormatter, Screen, may_colour
from ghcr_action.values.engine import BuildProgress
from ghcr_action.values.oci import Descriptor
from ghcr_action.values.reference import Digest
from tests.contract.display import Display
from tests.fakes.clock import FakeClock

MIB = 1024 * 1024
BIG = Descriptor(media_type="x/y", digest=Digest.of(b"big"), size=500 * MIB)
CONFIG = Descriptor(media_type="x/y", digest=Digest.of(b"config"), size=1000)
NAME = BIG.digest.encoded[:12]
LINE = f"Layer {NAME}: 500.0 MiB in 5.0 s, 100.0 MiB/s"


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


class Stand:
    """Bars on a stream that is kept."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, columns: int = 100, *, delay: float = 0
    ) -> None:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm-256color")
        self.stream, self.clock, self._columns = Tty(), FakeClock(), columns
        self.screen = Screen(self.stream)
        self.live = Live(self.screen, self.clock, delay=delay)

    def wait_for(self, words: str) -> str:
        """The picture below the last line, once it says this; rich draws it four times a second."""
        for _ in range(100):
            if words in (found := self.seen().text.rpartition("a line\n")[2]):
                return found
            time.sleep(0.05)
        raise AssertionError(f"{words!r} was never shown: {self.stream.getvalue()!r}")

    def seen(self) -> Display:
        display = Display(self._columns)
        display.feed(self.stream.getvalue().replace("\n", "\r\n"))
        return display


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Stand:
    return Stand(monkeypatch)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (40, "40 %"),
        (100, "200.0 MiB of 500.0 MiB, 40.0 MiB/s, 7.5 s left"),
        (200, "200.0 MiB of 500.0 MiB, 40.0 MiB/s, 7.5 s left"),
    ],
)
def test_live__a_transfer_has_a_bar_and_words_as_wide_as_there_is_room(
    columns: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand = Stand(monkeypatch, columns)

    with stand.live.transfer(BIG) as tell:
        stand.screen.write("a line\n")
        tell(200 * MIB)
        stand.clock.elapsed = 5
        frame = stand.wait_for(words)

    assert frame.startswith(f"{NAME} ━")
    assert frame.endswith(f"━ {words}")
    assert len(frame) == columns
    assert stand.seen().text.replace("\n", "").replace(" ", "") == f"a line{LINE}".replace(" ", "")


@pytest.mark.parametrize(
    ("columns", "words"), [(40, "3/7"), (100, "3/7, 2.0 s [build 2/3] RUN " + "x" * 30 + "…")]
)
def test_live__a_build_says_what_runs_and_for_how_long(
    columns: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand = Stand(monkeypatch, columns)

    with stand.live.build() as tell:
        stand.clock.elapsed = 60
        for done in (2, 3):
            tell(BuildProgress(done=done, known=7, now="[build 2/3] RUN " + "x" * 99))
        stand.clock.elapsed = 62
        frame = stand.wait_for(words)

    assert frame.startswith("build ━")
    assert frame.endswith(f"━ {words}")
    assert len(frame) == columns
    assert stand.seen().text == ""


def test_live__everything_is_gone_after_a_failure(stand: Stand) -> None:
    with pytest.raises(ValueError, match="broken"), stand.live.build(), stand.live.transfer(BIG):
        raise ValueError("broken")

    stand.screen.write("ERROR: broken\n")
    assert stand.seen().text == "ERROR: broken"
    assert stand.seen().shows_cursor


def test_live__a_timer_that_comes_late_draws_no_second_picture(stand: Stand) -> None:
    """It may have fired while the work it was set for came to its end, and other work has its
    picture already."""
    with stand.live.build():
        drawn = threading.active_count()
        stand.live.draw()

        assert threading.active_count() == drawn

    assert stand.seen().shows_cursor


def test_live__close_gives_the_terminal_back_while_something_moves(stand: Stand) -> None:
    with stand.live.transfer(BIG) as tell:
        assert not stand.seen().shows_cursor
        stand.live.close()
        stand.screen.write("ERROR: cancelled\n")
        stand.live.draw()  # as a timer does that had fired already
        seen = stand.seen()
        tell(1)

    assert (seen.text, seen.shows_cursor) == ("ERROR: cancelled", True)


def test_live__lines_that_are_longer_than_the_screen_stay_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stand = Stand(monkeypatch, 40)
    line = "A [bold]sentence[/bold] of words :smile: that goes on where the screen ends"

    with stand.live.build():
        stand.screen.write(f"{line}\n")

    assert stand.seen().text == f"{line[:40]}\n{line[40:]}"


def test_live__nothing_is_drawn_for_what_is_short_or_small(monkeypatch: pytest.MonkeyPatch) -> None:
    stand = Stand(monkeypatch, delay=3600)

    with stand.live.build(), stand.live.transfer(CONFIG), stand.live.transfer(BIG):
        stand.screen.write("a line\n")
        stand.clock.elapsed = 5

    assert stand.stream.getvalue() == f"a line\n{LINE}\n"


def test_live__a_small_blob_alone_has_no_bar(stand: Stand) -> None:
    with stand.live.transfer(CONFIG) as tell:
        tell(CONFIG.size)

    assert stand.stream.getvalue() == ""


def test_live__draws_again_after_a_pause(stand: Stand) -> None:
    for _ in range(2):
        with stand.live.transfer(BIG):
            stand.screen.write("a line\n")
            assert stand.seen().text.rpartition("\n")[2].startswith(NAME)


DRAWS = {"TERM": "xterm"}


@pytest.mark.parametrize(
    ("stream", "environ", "is_wanted", "found"),
    [
        (Tty(), DRAWS, True, Live),
        (Tty(), DRAWS | {"NO_COLOR": "1"}, True, Live),
        (Tty(), DRAWS, False, Silent),
        (Tty(), {"TERM": "dumb"}, True, Logged),
        (Tty(), {}, True, Logged),
        (Tty(), DRAWS | {"CI": "true"}, True, Logged),
        (Tty(), DRAWS | {"GITHUB_ACTIONS": "true"}, True, Logged),
        (io.StringIO(), DRAWS, True, Logged),
    ],
    ids=[
        "terminal",
        "NO_COLOR",
        "--no-progress",
        "dumb",
        "unknown terminal",
        "CI",
        "workflow",
        "pipe",
    ],
)
def test_watch__bars_are_for_people(
    stream: io.StringIO, environ: dict[str, str], is_wanted: bool, found: type
) -> None:
    assert type(watch(Screen(stream), FakeClock(), environ, is_wanted=is_wanted)) is found


@pytest.mark.parametrize(
    ("environ", "may"),
    [
        (DRAWS, True),
        (DRAWS | {"NO_COLOR": ""}, True),
        (DRAWS | {"NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_colours__are_for_terminals_that_want_them(environ: dict[str, str], may: bool) -> None:
    assert may_colour(environ) is may


class Gone(Tty):
    def write(self, text: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("delay", [0, 3600], ids=["bars", "no bars yet"])
def test_screen__a_reader_that_goes_away_stops_nothing(delay: float) -> None:
    stream = Tty()
    screen = Screen(stream)

    with Live(screen, FakeClock(), delay=delay).build():
        stream.__class__ = Gone
        screen.write("one\n")
        screen.write("two\n")
        stream.__class__ = Tty

    assert "one" not in stream.getvalue()


@pytest.mark.parametrize(
    ("level", "message", "line"),
    [
        (logging.INFO, "Plan\n\tone", "Plan\n\tone"),
        (logging.WARNING, "no", "WARNING: no"),
        (logging.ERROR, "the registry said \x1b[2J\x07\r\x9b1A", "ERROR: the registry said \n1A"),
    ],
    ids=["information", "warning", "hostile"],
)
def test_formatter__information_is_plain_and_nothing_moves_the_cursor(
    level: int, message: str, line: str
) -> None:
    record = logging.LogRecord("x", level, "x", 1, "%s", (message,), None)

    assert LineFormatter().format(record) == line


def test_formatter__a_line_that_nobody_reads_to_its_end_is_cut() -> None:
    def shown(text: str, level: int = logging.INFO) -> str:
        return LineFormatter().format(logging.LogRecord("x", level, "", 0, text, (), None))

    assert shown("x" * 400) == "x" * 400
    assert shown(f"short\n{'x' * 401}") == f"short\n{'x' * 160} … (--print plan has all of it)"
    assert shown("x" * 401, logging.ERROR) == f"ERROR: {'x' * 401}"
