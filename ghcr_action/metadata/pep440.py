"""Python versions, by the ``packaging`` library, which is imported only when a rule asks for them.

Source: https://packaging.python.org/en/latest/specifications/version-specifiers/.
"""

from collections.abc import Mapping


def read(text: str) -> tuple[Mapping[str, str], bool] | None:
    """The values of the expressions and whether it is a pre-, post- or development release; None where it is no version.

    ``version`` is the normal form: ``v1.0-RC.2`` is ``1.0rc2``.
    """
    from packaging import version

    try:
        found = version.Version(text)
    except version.InvalidVersion:
        return None
    values = {"raw": text, "version": str(found), "major": str(found.major), "minor": str(found.minor), "patch": str(found.micro)}
    return values, found.is_prerelease or found.is_postrelease
