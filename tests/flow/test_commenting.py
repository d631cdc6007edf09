"""The protocol of our one comment, step by step: what it does when others write in between."""

from dataclasses import dataclass, field, replace

import pytest

from ghcr_action.errors import Unavailable
from ghcr_action.modes.commenting import ATTEMPTS, Poster
from ghcr_action.report import comment, rows
from ghcr_action.report.comment_view import Place
from ghcr_action.report.rows import PUSHED, Row
from ghcr_action.values.github import Comment
from tests.fakes.clock import FakeClock
from tests.fakes.github import FakeGitHub

PLACE = Place(key="ci", server_url="https://github.com", repository="octo/app")
API = Row(id="api|", image="api", status=PUSHED, run_number=1)
WORKER = replace(API, id="worker|", image="worker")


@dataclass
class Meddler(FakeClock):
    """While somebody waits, another leg does something."""

    meddle: list[object] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.meddle:
            self.meddle.pop(0)()  # type: ignore[operator]


def poster(github: FakeGitHub, clock: FakeClock | None = None) -> Poster:
    return Poster(github=github, clock=clock or FakeClock(), place=PLACE, pull_request=7)


def body(*found: Row) -> str:
    return comment.body(found, PLACE)


def said(github: FakeGitHub) -> list[tuple[Row, ...]]:
    return [rows.decode(each.body) for each in github.said[7]]


def test_post__the_same_again_edits_nothing() -> None:
    github = FakeGitHub()
    poster(github).post(API)
    github.calls.clear()

    poster(github).post(API)

    assert github.calls == ["comments 7"]


def test_post__a_row_that_was_written_over_is_merged_again() -> None:
    github = FakeGitHub()
    poster(github).post(replace(API, run_number=0))
    over = lambda: github.edit_comment(1, body(WORKER))  # noqa: E731  a leg that read before us and writes after us

    poster(github, Meddler(meddle=[over])).post(API)

    assert said(github) == [(API, WORKER)]


def test_post__of_two_new_comments_the_older_stays() -> None:
    github = FakeGitHub()
    older = Comment(id=0, author=github.owner, body=body(WORKER))
    arrive = lambda: github.said[7].insert(0, older)  # noqa: E731  GitHub shows it only now

    poster(github, Meddler(meddle=[arrive])).post(API)

    assert said(github) == [(API, WORKER)]
    assert [call for call in github.calls if call.startswith("delete")] == ["delete 1"]


def test_post__a_comment_that_is_gone_is_made_anew() -> None:
    github = FakeGitHub()
    poster(github).post(replace(API, run_number=0))
    github.calls.clear()
    first, edit = github.said[7][0], github.edit_comment

    def gone(number: int, text: str) -> Comment:
        github.said[7].clear()
        return edit(number, text)

    github.edit_comment = gone  # type: ignore[method-assign]

    poster(github).post(API)

    assert [each.id for each in github.said[7]] != [first.id]
    assert said(github) == [(API,)]


def test_post__a_long_search_reads_the_comment_again() -> None:
    class Slow(FakeClock):
        def monotonic(self) -> float:
            self.elapsed += 2
            return self.elapsed

    github = FakeGitHub()
    poster(github).post(replace(API, run_number=0))
    github.calls.clear()

    poster(github, Slow()).post(API)

    assert github.calls == ["comments 7", "comment 1", "edit 1", "comment 1"]


def test_post__others_that_always_win_are_told() -> None:
    github = FakeGitHub()
    poster(github).post(replace(API, run_number=0))
    over = lambda: github.edit_comment(1, body(WORKER))  # noqa: E731

    with pytest.raises(Unavailable) as raised:
        poster(github, Meddler(meddle=[over] * ATTEMPTS)).post(API)

    assert str(raised.value) == (
        "Could not keep our row in the comment on pull request 7\n"
        "Why: other legs wrote it anew 5 times\n"
        "Fix: Run the step again, or give legs comments of their own by `comment-key`."
    )


def test_post__a_late_run_of_an_older_commit_changes_nothing() -> None:
    github = FakeGitHub()
    poster(github).post(replace(API, run_number=9))
    github.calls.clear()

    poster(github).post(API)

    assert github.calls == ["comments 7"]
    assert said(github) == [(replace(API, run_number=9),)]
