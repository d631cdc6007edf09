"""YAML in an input: the problem names the input."""

from typing import Any

from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.inputs import yaml_texts


def read(name: str, text: str, fix: str = "") -> Any:
    """The document in an input; None where the input is empty. Raises SettingsError that names it
    for what is no YAML."""
    if not text.strip():
        return None
    try:
        return yaml_texts.document(text)
    except InvalidValue as cause:
        raise SettingsError(f"`{name}` is not YAML", why=str(cause), fix=fix) from cause
