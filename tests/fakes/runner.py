"""A runner that remembers: outputs, groups, fenced lines, masks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ghcr_action.values.reference import Digest
from ghcr_action.values.secret import Secret
from ghcr_action.values.summary import Summary


@dataclass
class FakeRunner:
    outputs: dict[str, str] = field(default_factory=dict)
    exported: dict[str, str] = field(default_factory=dict)
    saved: dict[str, str] = field(default_factory=dict)
    masked: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    fenced: list[str] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)
    """Markdown."""
    plain: list[str] = field(default_factory=list)
    """The same for a terminal."""
    artifacts: list[str] = field(default_factory=list)

    def mask(self, secret: Secret) -> None:
        self.masked.append(secret.reveal())

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        self.groups.append(title)
        yield

    @contextmanager
    def fence(self) -> Iterator[Callable[[str], None]]:
        yield self.fenced.append

    def output(self, name: str, value: str) -> None:
        self.outputs[name] = value

    def export(self, name: str, value: str) -> None:
        self.exported[name] = value

    def save(self, name: str, value: str) -> None:
        self.saved[name] = value

    def artifact(self, name: str, digest: Digest) -> None:
        self.artifacts.append(f"{name}@{digest}")

    def summary(self, summary: Summary) -> None:
        self.summaries.append(summary.markdown)
        self.plain.append(summary.plain)
