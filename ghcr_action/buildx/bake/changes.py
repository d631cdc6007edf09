"""Which targets a pull request has changed: by the files of their contexts, Dockerfiles and
definition."""

import posixpath
from collections.abc import Iterable

from ghcr_action.buildx.bake import rights
from ghcr_action.buildx.bake.definition import Definition, Target


def changed(
    definition: Definition, files: Iterable[str], *, directory: str, definitions: Iterable[str]
) -> dict[str, str]:
    """Why each changed target counts as changed, in the order they are asked for; those that are
    not changed are not in it.

    ``files`` and ``directory``, where bake works, are relative to the repository; ``definitions``
    to that directory. A change of a definition changes all; so does anything that a target builds
    on. A context that is no path of the repository changes nothing.
    """
    touched = tuple(posixpath.normpath(file) for file in files)
    own = {
        posixpath.normpath(posixpath.join(directory, name.removeprefix(rights.CLIENT)))
        for name in definitions
    }
    if defined := next((file for file in touched if file in own), ""):
        return dict.fromkeys(definition.asked, f"the definition {defined} has changed")
    reasons = {target.name: _reason(target, touched, directory) for target in definition.targets}
    found: dict[str, str] = {}
    for name in definition.asked:
        for each in definition.needs(name):
            if reasons[each]:
                found[name] = (
                    reasons[each]
                    if each == name
                    else f"{each}, which it builds on: {reasons[each]}"
                )
                break
    return found


def _reason(target: Target, touched: tuple[str, ...], directory: str) -> str:
    for place in _places(target):
        base = posixpath.normpath(posixpath.join(directory, place))
        below = "" if base == "." else f"{base}/"
        if hit := next((file for file in touched if file == base or file.startswith(below)), ""):
            return f"{hit} has changed"
    return ""


def _places(target: Target) -> tuple[str, ...]:
    """The paths it is built from."""
    local = [
        rights.path_of(place)
        for place in (target.context, *(at for _, at in target.contexts))
        if rights.is_local(place)
    ]
    if (
        rights.is_local(target.context)
        and not target.is_inline
        and rights.is_local(target.dockerfile)
    ):
        local.append(
            posixpath.join(rights.path_of(target.context), rights.path_of(target.dockerfile))
        )
    return (*local, *(src for secret in target.secrets if (src := dict(secret).get("src"))))
