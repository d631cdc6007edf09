"""The ``images`` input: the repositories that the tags are written for."""

from collections.abc import Sequence

from ghcr_action.errors import InvalidValue
from ghcr_action.inputs import lists
from ghcr_action.values.tag import behind


def parse(items: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The enabled names, lower-cased and each once, and the problems found."""
    names, problems = enabled(items)
    return tuple(dict.fromkeys(map(str.lower, names))), tuple(
        f"images: {problem}" for problem in problems
    )


def enabled(items: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The enabled names as they are written, and the problems found.

    A line of bare names with commas between them is the old form and is still read.
    """
    names: list[str] = []
    problems: list[str] = []
    for item in items:
        try:
            fields = lists.attributes(item)
            is_old = not any(key for key, _ in fields)
            names.extend(name for _, name in fields) if is_old else names.extend(_image(fields))
        except InvalidValue as error:
            problems.append(f"{item!r}: {error}")
    return tuple(names), tuple(problems)


def warnings(names: Sequence[str]) -> tuple[str, ...]:
    """A warning for each name that has a tag or a digest: the tags of ``tags`` come behind it, as
    with docker/metadata-action, and what that gives is no name of an image."""
    found = ((name, name.removesuffix(behind(name))) for name in names if behind(name))
    return tuple(
        f"images: {name!r} is no repository, and with a tag behind it no name of an image; write "
        f"{repository}"
        for name, repository in found
        if repository and not repository.endswith("/")
    )


def _image(fields: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    name, enable = "", True
    for key, value in ((key.lower(), value) for key, value in fields):
        if key in ("", "name"):
            name = value
        elif key == "enable" and value in ("true", "false"):
            enable = value == "true"
        elif key == "enable":
            raise InvalidValue(f"enable={value!r}: true or false are allowed")
        else:
            raise InvalidValue(f"attribute {key!r} is unknown: name and enable are allowed")
    if not name:
        raise InvalidValue("the name is empty; write name=REGISTRY/OWNER/IMAGE")
    return (name,) if enable else ()
