"""Our one comment on a pull request: found, merged with what other jobs wrote, written, and
looked at again.

GitHub's comments have no conditional write. Two jobs that write at once are told apart by looking a
little later: whoever finds its row gone merges again, and of two comments the older one stays.
"""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from ghcr_action.errors import ActionError, NotFound, Unavailable
from ghcr_action.ports import Clock, GitHub
from ghcr_action.report.comment import body, rows
from ghcr_action.report.comment.rows import Row
from ghcr_action.report.comment.view import CommentView, Place
from ghcr_action.report.words.render import comment as default_text
from ghcr_action.values.github import Comment
from ghcr_action.values.patience import Patience

log = logging.getLogger(__name__)

ATTEMPTS = 5
SETTLE = Patience(retries=1, shortest=4.0, longest=4.0)
"""Two to four seconds, after which a write is looked at again: longer than another job takes from
reading to writing."""
FRESH = 1.0
"""Seconds for which what was read counts as what is there."""


@dataclass(frozen=True, kw_only=True)
class Poster:
    """Writes rows of one run into the comment of one pull request."""

    github: GitHub
    clock: Clock
    place: Place
    pull_request: int
    settle: Patience = SETTLE
    text: Callable[[CommentView], str] = default_text

    def post(self, *own: Row) -> Comment:
        """The comment with these rows in it. Raises ActionError where GitHub refuses, and
        Unavailable where others always win."""
        for _ in range(ATTEMPTS):
            written = self._write(own)
            if written is None:
                continue
            if self._has(written, own):
                return written
            log.info("Another job has written the comment meanwhile; merging again.")
        raise self._beaten()

    def change(self, alter: Callable[[tuple[Row, ...]], tuple[Row, ...]]) -> Comment | None:
        """Our comment with its rows altered; None where there is none: none is made for it. Raises
        as ``post`` does."""
        found = next(iter(self._current()), None)
        for _ in range(ATTEMPTS):
            written = rows.decode(found.body) if found else ()
            altered = alter(written)
            if found is None or altered == written:
                return found
            self.github.edit_comment(found.id, body.body(altered, self.place, self.text))
            self._wait()
            found = self.github.comment(found.id)
        raise self._beaten()

    def _beaten(self) -> Unavailable:
        return Unavailable(
            f"Could not keep our row in the comment on pull request {self.pull_request}",
            why=f"other jobs wrote it anew {ATTEMPTS} times",
            fix="Run the step again, or give jobs comments of their own by `comment-key`.",
        )

    def _current(self) -> tuple[Comment, ...]:
        """Our comments as they are now, the oldest first: it is read again where finding it took
        long."""
        started = self.clock.monotonic()
        found = self._find()
        if found and self.clock.monotonic() - started > FRESH:
            return (self.github.comment(found[0].id) or found[0], *found[1:])
        return found

    def _write(self, own: tuple[Row, ...]) -> Comment | None:
        """What stands there after our write; None where our comment was deleted meanwhile."""
        current = self._current()
        if not current:
            return self._create(own)
        found, *others = current
        before = rows.joined(
            rows.decode(found.body), (each for other in others for each in rows.decode(other.body))
        )
        merged = body.body(rows.merge_all(before, own), self.place, self.text)
        if merged != found.body:
            edited = self._edit(found.id, merged)
            if edited is None:
                return None
            self._wait()
            found = self.github.comment(edited.id) or edited
        self._remove(others)
        return found

    def _edit(self, comment: int, text: str) -> Comment | None:
        """The edited comment; None where somebody has deleted it. One that is there, and that
        GitHub does not let us edit, is a refusal."""
        try:
            return self.github.edit_comment(comment, text)
        except NotFound as gone:
            if self.github.comment(comment) is not None:
                raise
            log.debug("%s", gone)
            return None

    def _remove(self, others: list[Comment]) -> None:
        """What jobs that were killed between writing and looking again have left; their rows stand
        in the oldest by now."""
        for each in others:
            try:
                self.github.delete_comment(each.id)
            except ActionError as refused:
                log.info("A second comment of ours stays: %s", refused)

    def _create(self, own: tuple[Row, ...]) -> Comment:
        made = self.github.create_comment(
            self.pull_request, body.body(rows.merge_all((), own), self.place, self.text)
        )
        self._wait()
        first = next(iter(self._find()), made)
        if first.id != made.id:
            with contextlib.suppress(NotFound):
                self.github.delete_comment(made.id)
        return first

    def _find(self) -> tuple[Comment, ...]:
        """Those that begin with our marker and are by our login, oldest first: of the first page
        that has one, and no page beyond it."""
        login = ""
        for page in self.github.comments(self.pull_request):
            marked = [each for each in page if rows.is_ours(each.body, self.place.key)]
            login = login or (self.github.login() if marked else "")
            if found := tuple(each for each in marked if each.author == login):
                return found
        return ()

    def _has(self, written: Comment, own: tuple[Row, ...]) -> bool:
        """Whether our rows are there, or those of a later run; a row may have been shortened, but
        not taken away."""
        kept = {each.id: each.order for each in rows.decode(written.body)}
        return not kept or all(kept.get(row.id, (-1, -1)) >= row.order for row in own)

    def _wait(self) -> None:
        self.clock.sleep(self.settle.wait(0, self.clock.jitter()) or 0)
