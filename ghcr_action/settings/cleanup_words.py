"""Inputs of other clean-up actions: those that mean the same here, and what to write in the
place of the others."""

from ghcr_action.cleanup import selector
from ghcr_action.cleanup.selector import Kind, Selector
from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.settings.reader import Reader

BROKEN = {
    "delete-ghost-images": Kind.GHOSTS,
    "delete-partial-images": Kind.PARTIALS,
    "delete-orphaned-images": Kind.ORPHANS,
}
"""ghcr-cleanup-action's switches, and our words."""
PEERS = (
    "exclude-tags",
    "keep-n-tagged",
    "older-than",
    "delete-tags",
    "delete-untagged",
    "use-regex",
    "skip-shas",
    "min-versions-to-keep",
    "cut-off",
    "image-tags",
    "tag-selection",
    *BROKEN,
)
RIGHT = {
    "account": "`packages: ghcr.io/OWNER/NAME`",
    "delete-only-pre-release-versions": "`remove: /-/`",
    "delete-only-untagged-versions": "`remove: untagged`",
    "ignore-versions": "`keep-tags: /PATTERN/`",
    "image-names": "`packages`",
    "images": "`packages`",
    "keep-n-most-recent": "`keep-last`",
    "num-old-versions-to-delete": "`keep-last`: it says how many stay",
    "owner": "`packages: ghcr.io/OWNER/NAME`",
    "package": "`packages`",
    "package-name": "`packages`",
    "package-version-ids": "`remove: sha256:…`",
    "registry-url": "`registry`",
    "repository": "`packages`",
    "tags": "`remove` for tags that go, `keep-tags` for tags that stay",
    "timestamp-to-use": "`by: created` or `by: updated`",
    "token": "`github-token`",
    "validate": "nothing: what stays is always checked",
}
"""What to write in the place of an input."""


def image_tags(reader: Reader) -> tuple[tuple[Selector, ...], tuple[Selector, ...]]:
    """container-retention-policy's globs: those that go, and those behind ``!``, which stay. Raises
    SettingsError."""
    texts = [text for item in reader.items("image-tags") for text in item.split()]
    try:
        goes = tuple(selector.glob(text) for text in texts if not text.startswith("!"))
        return goes, tuple(selector.glob(text[1:]) for text in texts if text.startswith("!"))
    except InvalidValue as cause:
        raise SettingsError(f"`image-tags`: {cause}") from cause
