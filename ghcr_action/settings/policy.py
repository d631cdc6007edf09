"""The inputs that say which tags may move, and the digest that is expected: shared by every mode that writes or reads names."""

from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.settings.reader import Reader
from ghcr_action.tagging import IfExists, Moving, TagPolicy
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest


def parse(reader: Reader) -> TagPolicy:
    """``moving-tags``, ``immutable-tags``, ``if-exists``; problems stay with the reader."""
    return TagPolicy(
        moving=reader.choice("moving-tags", tuple(Moving)),
        immutable=reader.items("immutable-tags"),
        if_exists=reader.choice("if-exists", tuple(IfExists)),
    )


def expected(reader: Reader) -> Digest | None:
    """``expect-digest``; None where nothing is expected."""
    text = reader.text("expect-digest")
    return reader.part(None, lambda: _digest(text)) if text else None


def platforms(reader: Reader) -> tuple[Platform, ...]:
    """``platforms`` for an image that exists: each once, ``local`` has no meaning here."""
    texts = reader.items("platforms")
    return tuple(dict.fromkeys(reader.part(tuple[Platform, ...](), lambda: _platforms(texts))))


def _digest(text: str) -> Digest:
    try:
        return Digest.parse(text)
    except InvalidValue as cause:
        raise SettingsError(f"`expect-digest`: {cause}", fix="expect-digest: ${{ steps.image.outputs.digest }}") from cause


def _platforms(texts: tuple[str, ...]) -> tuple[Platform, ...]:
    try:
        return tuple(map(Platform.parse, texts))
    except InvalidValue as cause:
        raise SettingsError(f"`platforms`: {cause}") from cause
