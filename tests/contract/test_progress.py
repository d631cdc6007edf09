"""The Progress port: the fake, the log, nobody, and what stops them; and what the adapters that
write tell it."""

import io
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ghcr_action.adapters.layout_writer import DirectoryWriter
from ghcr_action.adapters.progress import INTERVAL, WORTH, Logged, Silent, Stoppable, StoppedError
from ghcr_action.cli.bars import Live
from ghcr_action.cli.screen import Screen
from ghcr_action.ports import Progress
from ghcr_action.values.engine import BuildProgress
from ghcr_action.values.oci import Descriptor
from ghcr_action.values.reference import Digest
from tests.contract.http_registry import blob, chunks, stand
from tests.fakes.clock import FakeClock
from tests.fakes.http import Reply
from tests.fakes.progress import FakeProgress

MIB = 1024 * 1024
BIG = Descriptor(media_type="x/y", digest=Digest.of(b"big"), size=500 * MIB)
SMALL = Descriptor(media_type="x/y", digest=Digest.of(b"small"), size=WORTH - 1)
NAME = BIG.digest.encoded[:12]


@pytest.fixture(params=["fake", "silent", "logged", "live", "stoppable"])
def progress(request: pytest.FixtureRequest) -> Progress:
    made: dict[str, Callable[[], Progress]] = {
        "fake": FakeProgress,
        "silent": Silent,
        "logged": lambda: Logged(FakeClock()),
        "live": lambda: Live(Screen(io.StringIO()), FakeClock(), delay=0),
        "stoppable": lambda: Stoppable(FakeProgress()),
    }
    return made[request.param]()


def test_progress__takes_everything_that_is_told(progress: Progress) -> None:
    with (
        progress.build() as tell,
        progress.transfer(BIG) as first,
        progress.transfer(SMALL) as second,
    ):
        tell(BuildProgress(done=1, known=3, now="RUN make"))
        for passed in (0, 100, BIG.size, 0, BIG.size):
            first(passed)
        second(SMALL.size)


def test_progress__lets_errors_through_and_goes_on(progress: Progress) -> None:
    for opened in (progress.build, lambda: progress.transfer(BIG)):
        with pytest.raises(ValueError, match="x"), opened():
            raise ValueError("x")

    with progress.transfer(BIG) as tell:
        tell(1)


def test_progress__several_threads_tell_at_once(progress: Progress) -> None:
    def move() -> None:
        for _ in range(50):
            with progress.transfer(BIG) as tell:
                tell(BIG.size)

    threads = [threading.Thread(target=move) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def test_logged__a_line_when_a_big_layer_is_there(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    clock = FakeClock()
    progress = Logged(clock)

    with progress.transfer(BIG) as tell, progress.transfer(SMALL) as other:
        tell(BIG.size)
        other(SMALL.size)
        clock.elapsed = 5

    assert caplog.messages == [f"Layer {NAME}: 500.0 MiB in 5.0 s, 100.0 MiB/s"]


def test_logged__one_line_in_ten_seconds_for_all_that_is_under_way(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    clock = FakeClock(elapsed=1000)
    progress = Logged(clock)

    with progress.transfer(BIG) as one:
        for _ in range(25):
            clock.elapsed += 1
            one(int(clock.elapsed - 1000) * 10 * MIB)
        with progress.transfer(BIG) as other:
            other(0)
            clock.elapsed += INTERVAL
            other(150 * MIB)
            other(160 * MIB)
            said = caplog.messages.copy()

    assert said == [
        f"Moving layer {NAME}: 100.0 MiB of 500.0 MiB, 10.0 MiB/s, 40.0 s left",
        f"Moving layer {NAME}: 200.0 MiB of 500.0 MiB, 10.0 MiB/s, 30.0 s left",
        "Moving 2 layers: 400.0 MiB of 1000.0 MiB, 11.4 MiB/s, 52.5 s left",
    ]


def test_logged__what_breaks_off_is_not_there(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    with pytest.raises(ValueError, match="broken"), Logged(FakeClock()).transfer(BIG):
        raise ValueError("broken")

    assert caplog.messages == []


def test_stoppable__ends_what_other_threads_move() -> None:
    watched = FakeProgress()
    progress = Stoppable(watched)

    def move() -> None:
        with progress.transfer(BIG) as tell:
            tell(1)
            progress.stop()
            tell(2)

    with pytest.raises(StoppedError):
        move()

    assert watched.transfers == [(BIG, [1])]
    assert watched.open == 0


CONTENT = b"layer" * 1000


def test_registry__tells_what_it_uploads() -> None:
    told = FakeProgress()

    with stand(progress=told) as s:
        s.registry.put_blob(s.repository, blob(CONTENT), lambda: chunks(CONTENT))

    assert told.transfers == [(blob(CONTENT), [0, 3, 5000])]


def test_registry__an_upload_that_is_tried_again_begins_anew() -> None:
    told = FakeProgress()

    with stand(progress=told) as s:
        s.server.script("PUT", "/uploads/", Reply(status=502))
        s.registry.put_blob(s.repository, blob(CONTENT), lambda: chunks(CONTENT))

    assert told.transfers == [(blob(CONTENT), [0, 3, 5000, 0, 3, 5000])]


def test_registry__an_upload_that_is_stopped_is_not_tried_again() -> None:
    stoppable = Stoppable(Silent())
    stoppable.stop()

    with stand(progress=stoppable) as s, pytest.raises(StoppedError):
        s.registry.put_blob(s.repository, blob(CONTENT), lambda: chunks(CONTENT))


def test_layout__tells_what_it_writes(tmp_path: Path) -> None:
    told = FakeProgress()

    DirectoryWriter(tmp_path, told).write(blob(CONTENT), iter((CONTENT[:2000], CONTENT[2000:])))

    assert told.transfers == [(blob(CONTENT), [2000, 5000])]


def test_layout__a_write_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    stoppable = Stoppable(Silent())
    stoppable.stop()

    with pytest.raises(StoppedError):
        DirectoryWriter(tmp_path, stoppable).write(blob(CONTENT), iter((CONTENT,)))

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
