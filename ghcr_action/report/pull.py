"""A pull in words: outputs for later steps, the view for the summary."""

from dataclasses import dataclass

from ghcr_action.report.words import naming
from ghcr_action.report.words.views import ImageView
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference

Row = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """What a name meant, and where it went."""

    source: Reference
    root: Manifest | Index
    platform: Platform | None = None
    """The one that was asked for."""
    own: Platform | None = None
    """What a single manifest is for, as its config says."""
    directory: str = ""

    @property
    def digest(self) -> Digest:
        """The digest of the whole, whatever platform was pulled."""
        return self.root.descriptor.digest

    @property
    def pinned(self) -> Reference:
        """``name@digest``."""
        return self.source.repository.at(self.digest)


def outputs(done: Pulled) -> tuple[Row, ...]:
    """``image`` is for later steps: it means the same tomorrow."""
    return (
        ("digest", str(done.digest)),
        ("digests", naming.digests_json(done.root, done.own)),
        ("image", str(done.pinned)),
        ("images", str(done.pinned)),
    )


def view(done: Pulled, *, is_dry_run: bool) -> ImageView:
    """What the job summary shows."""
    rows = {
        "Platform": str(
            done.platform or "all" if done.directory else done.platform or "the engine's own"
        ),
        "Directory": done.directory,
    }
    return ImageView(
        title=str(done.source),
        verdict="planned" if is_dry_run else "✅ pulled",
        digest=str(done.digest),
        by_digest=(str(done.pinned),),
        facts=tuple((name, value) for name, value in rows.items() if value),
        outputs=tuple(pair for pair in outputs(done) if pair[1]),
    )
