"""YAML in which every scalar stays the text that is written there: ``1.10`` is a tag, ``0123`` a
password, and neither is a number.
"""

from typing import Any

from ghcr_action.values.invalid import InvalidValue


def document(text: str | bytes) -> Any:
    """Mappings, lists and texts; None for nothing. For what is no YAML raises InvalidValue in the
    parser's words, caused by its error."""
    import yaml

    try:
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 (builds nothing but texts)
    except (yaml.YAMLError, RecursionError) as cause:
        raise InvalidValue(" ".join(str(cause).split())) from cause


def is_texts(value: object) -> bool:
    """Whether a value is a text or a list of texts."""
    return isinstance(value, str | list) and all(isinstance(each, str) for each in value)
