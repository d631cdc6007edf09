"""The ``key=value,…`` values of buildx flags, read and written."""

from collections.abc import Iterable, Mapping

from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.inputs import lists

Pairs = tuple[tuple[str, str], ...]
"""Key and value in order; a field without a key is ``("", field)``."""


_ARCHIVES = ("tar", "oci")
_HOLD_AN_IMAGE = ("oci", "docker")


def positional(*values: str) -> tuple[str, ...]:
    """Arguments that are values: none of them is taken for a flag, whatever it begins with. The
    name of a directory, or of a target in somebody's definition, may be ``--push``."""
    return ("--", *values) if any(value.startswith("-") for value in values) else values


def read(text: str, *, source: str) -> Pairs:
    """The pairs of one item of the input ``source``, strict CSV. Raises SettingsError that names
    the input."""
    try:
        return lists.attributes(text)
    except InvalidValue as cause:
        raise SettingsError(
            f"`{source}`: {text!r} can't be read",
            why=str(cause),
            fix=(
                "Put a field that has a comma in double quotes as a whole, for example "
                'type=image,"name=a,b"'
            ),
        ) from cause


def write(pairs: Iterable[tuple[str, str]]) -> str:
    """The pairs as one CSV record (RFC 4180), quoted only where a field needs it."""
    return ",".join(_field(f"{key}={value}" if key else value) for key, value in pairs)


def exporter(output: str) -> str:
    """The exporter type of one item of ``outputs``: a bare path is ``local``, ``-`` is ``tar``;
    empty where buildx will refuse it.

    Raises SettingsError for a broken quote. Source:
    https://github.com/docker/buildx/blob/master/util/buildflags/export.go.
    """
    pairs = read(output, source="outputs")
    if len(pairs) == 1 and not pairs[0][0]:
        return "tar" if pairs[0][1] == "-" else "local"
    return dict(pairs).get("type", "")


def has_place(output: Pairs) -> bool:
    """Whether an output of files says where they go. An archive without a place, or to ``-``, is
    what buildx writes to its standard output, between the lines of the log here; ``local`` without
    one is refused.

    Source: https://github.com/docker/buildx/blob/master/build/opt.go.
    """
    named = dict(output)
    if len(output) == 1 and "" in named:
        return named[""] != "-"
    kind, dest = named.get("type", ""), named.get("dest", "")
    if kind == "local":
        return bool(dest)
    return dest != "-" and (bool(dest) or kind not in _ARCHIVES)


def has_exporter(outputs: Iterable[str], *types: str) -> bool:
    """Whether any of these outputs is of one of these types."""
    return any(exporter(output) in types for output in outputs)


def refuse_layouts(source: str, outputs: Iterable[str]) -> None:
    """Raise SettingsError for a layout in a directory, beside a push: buildx writes into its index
    what its last exporter has made, which is the pushed image and may lie elsewhere.

    Source: ``storesToUpdate`` in https://github.com/moby/buildkit/blob/master/client/solve.go.
    """
    for output in outputs:
        found = dict(read(output, source="outputs"))
        if exporter(output) in _HOLD_AN_IMAGE and not _is_archive(found):
            raise SettingsError(
                f"{source}: {output} beside a push",
                why="buildx would write the pushed image into the index of that layout",
                fix=f"type={exporter(output)},dest={found.get('dest') or 'out'}.tar, or a step of "
                "its own with `push: false`",
            )


def _is_archive(output: Mapping[str, str]) -> bool:
    """Whether an output that can be a directory is none."""
    try:
        return lists.go_boolean(output.get("tar", "true"))
    except InvalidValue:
        return True


def called(outputs: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """The outputs; those that hold an image have these names in front of their own.

    ``--tag`` says so elsewhere; beside a push by digest it can't stand. Source:
    https://github.com/docker/buildx/blob/master/build/opt.go.
    """
    listed = tuple(names)
    return tuple(_called(output, listed) for output in outputs)


def _called(output: str, names: tuple[str, ...]) -> str:
    if not names or exporter(output) not in _HOLD_AN_IMAGE:
        return output
    pairs = read(output, source="outputs")
    own = filter(None, dict(pairs).get("name", "").split(","))
    kept = (pair for pair in pairs if pair[0] != "name")
    return write((*kept, ("name", ",".join(dict.fromkeys((*names, *own))))))


def _field(text: str) -> str:
    if not any(character in text for character in ',"\r\n'):
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
