"""YAML in an input, in which every scalar stays the text that is written there: ``1.10`` is a tag,
and no number.
"""

from typing import Any

from ghcr_action.errors import SettingsError


def read(source: str, text: str, fix: str = "") -> Any:
    """The document in the input ``source``; None where the input is empty. Raises SettingsError for
    what is no YAML."""
    if not text.strip():
        return None
    import yaml

    try:
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 (builds nothing but texts)
    except (yaml.YAMLError, RecursionError) as cause:
        raise SettingsError(
            f"`{source}` is not YAML", why=" ".join(str(cause).split()), fix=fix
        ) from cause


def is_texts(value: object) -> bool:
    """Whether a value is a text or a list of texts."""
    return isinstance(value, str | list) and all(isinstance(each, str) for each in value)
