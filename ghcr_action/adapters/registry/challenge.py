"""What a registry asks for before it answers: the grammar of ``WWW-Authenticate`` and of token
scopes, apart from any I/O.

Sources: RFC 9110 section 11.6.1, https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1, and the
token specification, https://distribution.github.io/distribution/spec/auth/scope/.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_END = r"(?=\s*(?:,|$))"
_PARAMETER = re.compile(rf'({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN})){_END}', re.DOTALL)
_SCHEME = re.compile(rf"({_TOKEN})(?=\s|,|$)")
_TOKEN68 = re.compile(rf"\s+[A-Za-z0-9._~+/-]+=*{_END}")
_BETWEEN = re.compile(r"[\s,]*")


class Grant(NamedTuple):
    """One right on one repository: ``("octo/app", "pull")``."""

    repository: str
    action: str


Grants = frozenset[Grant]


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """One way to authenticate: the scheme and the names of its parameters in lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def grants(self) -> Grants:
        """What the registry says the request would have needed."""
        return parse_scope(self.parameters.get("scope", ""))


def parse(header: str) -> tuple[Challenge, ...]:
    """Every challenge of a ``WWW-Authenticate`` header, in its order; what follows the first broken
    part is left out."""
    challenges: list[tuple[str, dict[str, str]]] = []
    position = 0
    while (position := _skip(header, position)) < len(header):
        if challenges and (found := _PARAMETER.match(header, position)):
            name, quoted, plain = found.groups()
            challenges[-1][1].setdefault(
                name.lower(),
                re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL) if plain is None else plain,
            )
        elif found := _SCHEME.match(header, position):
            challenges.append((found[1].lower(), {}))
            found = _TOKEN68.match(header, found.end()) or found
        else:
            break
        position = found.end()
    return tuple(
        Challenge(scheme=scheme, parameters=parameters) for scheme, parameters in challenges
    )


def choose(challenges: Iterable[Challenge]) -> Challenge | None:
    """The challenge to answer: bearer before basic; None where a registry offers neither."""
    known = {challenge.scheme: challenge for challenge in reversed(tuple(challenges))}
    return known.get("bearer") or known.get("basic")


def parse_scope(text: str) -> Grants:
    """``repository:NAME:pull,push``, several divided by spaces; other kinds of resources are left
    out."""
    parts = (scope.partition(":")[::2] for scope in text.split())
    return frozenset(
        Grant(name, action)
        for kind, rest in parts
        if kind == "repository"
        for name, _, actions in (rest.rpartition(":"),)
        for action in actions.split(",")
        if name and action
    )


def scopes(grants: Grants) -> tuple[str, ...]:
    """The scopes of a token request, one for each repository: ``repository:NAME:pull,push``."""
    names = sorted({grant.repository for grant in grants})
    return tuple(f"repository:{name}:{_actions(grants, name)}" for name in names)


def _actions(grants: Grants, repository: str) -> str:
    return ",".join(sorted(grant.action for grant in grants if grant.repository == repository))


def _skip(header: str, position: int) -> int:
    found = _BETWEEN.match(header, position)
    return found.end() if found else position
