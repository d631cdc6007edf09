"""Semantic versions as npm's ``semver`` reads them in its strict mode: a leading ``v`` is fine,
two or four parts are not.

Source: https://semver.org/spec/v2.0.0.html; the ``v`` and the limits:
https://github.com/npm/node-semver#versions.
"""

import re
from collections.abc import Mapping

_NUMBER = r"0|[1-9][0-9]*"
_PRERELEASE = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = (
    rf"v?(?P<major>{_NUMBER})\.(?P<minor>{_NUMBER})\.(?P<patch>{_NUMBER})"
    rf"(?:-(?P<prerelease>{_PRERELEASE}(?:\.{_PRERELEASE})*))?(?:\+(?P<build>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
)
_MAX_LENGTH = 256
_MAX_NUMBER = 2**53 - 1


def read(text: str) -> tuple[Mapping[str, str], bool] | None:
    """The values of the expressions and whether it is a pre-release; None where the text is no
    version.

    ``version`` is without the build part, which ``raw`` keeps; ``prerelease`` and ``build`` join
    their parts with commas, as Handlebars prints a list.
    """
    found = re.fullmatch(_VERSION, text.strip()) if len(text) <= _MAX_LENGTH else None
    if not found or any(int(found[part]) > _MAX_NUMBER for part in ("major", "minor", "patch")):
        return None
    prerelease, build = found["prerelease"] or "", found["build"] or ""
    numbers = {part: found[part] for part in ("major", "minor", "patch")}
    version = ".".join(numbers.values()) + (f"-{prerelease}" if prerelease else "")
    values = {
        "raw": text,
        "version": version,
        "prerelease": prerelease.replace(".", ","),
        "build": build.replace(".", ","),
    }
    return numbers | values, bool(prerelease)
