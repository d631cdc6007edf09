"""A runner that tells no secret: whatever a run says goes through the one redaction, whoever says
it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ghcr_action.diagnosis.redaction import Redaction
    from ghcr_action.ports import Runner
    from ghcr_action.values.reference import Digest
    from ghcr_action.values.secret import Secret
    from ghcr_action.values.summary import Summary


class DiscreetRunner:
    """Another runner, behind the redaction."""

    def __init__(self, runner: Runner, redaction: Redaction) -> None:
        self._runner = runner
        self._hide = redaction

    def mask(self, secret: Secret) -> None:
        """Hide this value from now on, here and in the runner's own log; its base64 is what the
        runner does not know of."""
        for new in self._hide.learn(secret):
            self._runner.mask(new)

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """A folded part of the log."""
        with self._runner.group(self._hide(title)):
            yield

    @contextmanager
    def fence(self) -> Iterator[Callable[[str], None]]:
        """Foreign output, line by line."""
        with self._runner.fence() as show:
            yield lambda line: show(self._hide(line))

    def output(self, name: str, value: str) -> None:
        """Set a step output; of those that can hold a sentence the secrets are taken out. Nobody
        reads an output but a later step, whose log the runner masks."""
        from ghcr_action.inputs.given_back import NAMES_AND_NUMBERS  # outputs come last

        shown = value if name in NAMES_AND_NUMBERS else self._hide(value)
        self._runner.output(name, shown)

    def export(self, name: str, value: str) -> None:
        """Set an environment variable for later steps."""
        self._runner.export(name, self._hide(value))

    def save(self, name: str, value: str) -> None:
        """Keep a value for the post step, which has to have it as it is; nobody prints it."""
        self._runner.save(name, value)

    def summary(self, summary: Summary) -> None:
        """Add to the job summary."""
        hide = self._hide
        self._runner.summary(
            replace(summary, markdown=hide(summary.markdown), plain=hide(summary.plain))
        )

    def artifact(self, name: str, digest: Digest) -> None:
        """A name with its digest."""
        self._runner.artifact(self._hide(name), digest)
