"""What has become of the names that a run was writing when it failed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from ghcr_action.values.reference import Digest, Reference


@dataclass(frozen=True, kw_only=True)
class Writes:
    """Names by what is known of them; a name is in one of the three."""

    written: Mapping[Reference, Digest]
    """The registry took these; that they hold it still was not confirmed."""
    unanswered: Mapping[Reference, Digest] = field(default_factory=dict)
    """The write was sent, and no answer told how it ended."""
    unwritten: tuple[Reference, ...] = ()

    def __bool__(self) -> bool:
        """Whether any name may be another than before."""
        return bool(self.written or self.unanswered)

    def after(self, earlier: Mapping[Reference, Digest]) -> Self:
        """With names that were written before these; what was written last counts."""
        return replace(
            self,
            written={**earlier, **self.written},
            unwritten=tuple(name for name in self.unwritten if name not in earlier),
        )

    def __str__(self) -> str:
        """A sentence for each kind of name that there is."""
        return "\n".join(
            (
                *(
                    f"Written with {digest}, and not confirmed: {names}."
                    for digest, names in _grouped(self.written)
                ),
                *(
                    f"Perhaps written with {digest}, as no clear answer came: {names}."
                    for digest, names in _grouped(self.unanswered)
                ),
                *((f"Not written: {_listed(self.unwritten)}.",) if self.unwritten else ()),
            )
        )


def _grouped(names: Mapping[Reference, Digest]) -> list[tuple[Digest, str]]:
    """The names of each digest, as text."""
    digests = dict.fromkeys(names.values())
    return [(each, _listed(name for name in names if names[name] == each)) for each in digests]


def _listed(names: Iterable[Reference]) -> str:
    return ", ".join(map(str, names))
