"""``outputs: type=image,push-by-digest=true``: what users of build-push-action write for
``push-by-digest``, read as that."""

from dataclasses import dataclass

from ghcr_action.buildx import options

_TYPES = ("image", "registry")
_KNOWN = {"type", "name", "push", "push-by-digest", "name-canonical", "oci-mediatypes"}


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The items of ``outputs``, those for a push by digest taken out."""

    rest: tuple[str, ...] = ()
    by_digest: bool = False
    names: tuple[str, ...] = ()
    """Repositories that the items name."""
    is_pushed: bool = True
    """False where an item says that nothing is to be pushed, or does not say that it is."""
    notices: tuple[str, ...] = ()


def read(items: tuple[str, ...]) -> Outputs:
    """Take the items apart. Raises SettingsError for a broken quote."""
    pairs = tuple((item, dict(options.read(item, source="outputs"))) for item in items)
    taken = tuple(found for _, found in pairs if _is_by_digest(found))
    if not taken:
        return Outputs(rest=items)
    left_out = sorted({key for found in taken for key in found if key not in _KNOWN})
    return Outputs(
        rest=tuple(item for item, found in pairs if not _is_by_digest(found)),
        by_digest=True,
        names=tuple(name for found in taken for name in found.get("name", "").split(",") if name),
        is_pushed=all(
            found.get("type") == "registry" or found.get("push") == "true" for found in taken
        ),
        notices=(
            "`outputs` with push-by-digest=true is read as `push-by-digest: true`.",
            *(
                f"`outputs`: {key} is left out, it has no effect on a push by digest."
                for key in left_out
            ),
        ),
    )


def _is_by_digest(found: dict[str, str]) -> bool:
    return found.get("type") in _TYPES and found.get("push-by-digest") == "true"
