"""Who must have signed: repositories and workflows, as ``require-attestation`` names them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ghcr_action.attestation.refused import need, refuse
from ghcr_action.errors import InvalidValue

if TYPE_CHECKING:  # settings read this room; certificates are for runs that verify
    from ghcr_action.attestation.claims import Claims

_NAME = r"[A-Za-z0-9_.-]+"
_LINE = (
    rf"(?P<repository>{_NAME}/{_NAME})"
    rf"(?:/(?P<path>\.github/workflows/[^@\s]+\.ya?ml)(?:@(?P<ref>\S+))?)?"
)
_REF = r"refs/\S+|[0-9a-f]{40}"
_DOTCOM = "https://github.com"


@dataclass(frozen=True, kw_only=True)
class Signer:
    """One line: a repository, or one of its workflows, at any ref or at one."""

    repository: str
    """``owner/name``, in lower case: GitHub tells no difference."""
    path: str = ""
    ref: str = ""

    @classmethod
    def parse(cls, text: str) -> Signer:
        """``OWNER/REPO`` or ``OWNER/REPO/.github/workflows/FILE.yml[@REF]``; else InvalidValue."""
        found = re.fullmatch(_LINE, text)
        if not found:
            raise InvalidValue(
                f"{text!r} is neither owner/repo nor owner/repo/.github/workflows/file.yml[@ref]"
            )
        ref = found["ref"] or ""
        if ref and not re.fullmatch(_REF, ref):
            raise InvalidValue(
                f"{text!r} names the ref {ref!r}, which may be a branch or a tag:"
                f" write refs/heads/{ref} or refs/tags/{ref}"
            )
        return cls(repository=found["repository"].lower(), path=found["path"] or "", ref=ref)

    def __str__(self) -> str:
        path = f"/{self.path}" if self.path else ""
        return f"{self.repository}{path}{f'@{self.ref}' if self.ref else ''}"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Who may have signed. Repositories and workflows both, where both are named.

    A workflow alone stands for its repository, too. A reusable workflow of another repository signs
    for its caller: there the caller is named as the repository, and the workflow beside it.
    """

    signers: tuple[Signer, ...]
    server: str = _DOTCOM

    @property
    def repositories(self) -> frozenset[str]:
        """The repositories whose runs are accepted."""
        named = frozenset(each.repository for each in self.signers if not each.path)
        return named or frozenset(each.repository for each in self.signers)

    def check(self, claims: Claims) -> None:
        """Raise Refused, with who it was, unless the certificate is of one of them."""
        wanted = issuer(self.server)
        is_issued = claims.issuer == wanted or claims.issuer.startswith(f"{wanted}/")
        need(
            is_issued,
            f"it was issued to {claims.identity} by {claims.issuer or 'nobody'}, not by {wanted}",
        )
        need(
            claims.server == self.server,
            f"it was signed on another server, {claims.server or 'none'}",
        )
        name = claims.repository_name.lower()
        accepted = ", ".join(sorted(self.repositories))
        need(name in self.repositories, f"it was signed by a run of {name}, not of {accepted}")
        self._check_workflow(claims, name)

    def _check_workflow(self, claims: Claims, repository: str) -> None:
        workflows = [each for each in self.signers if each.path]
        if not any(each.path == "" for each in self.signers):
            workflows = [each for each in workflows if each.repository == repository]
        if workflows and not any(_is_of(each, claims, self.server) for each in workflows):
            refuse(f"it was signed by {claims.identity}, not by {_listed(workflows)}")


def issuer(server: str) -> str:
    """Who issues the tokens of a server's jobs; an enterprise may add its name to the address.

    Source: https://docs.github.com/en/actions/reference/security/oidc.
    """
    if server == _DOTCOM:
        return "https://token.actions.githubusercontent.com"
    return server.replace("https://", "https://token.actions.", 1)


def _is_of(signer: Signer, claims: Claims, server: str) -> bool:
    address, _, ref = claims.identity.removeprefix(f"{server}/").partition("@")
    owner, _, rest = address.partition("/")
    name, _, path = rest.partition("/")
    is_ref = signer.ref in {"", ref, claims.signer_digest}
    return (f"{owner}/{name}".lower(), path) == (signer.repository, signer.path) and is_ref


def _listed(signers: Iterable[Signer]) -> str:
    return ", ".join(map(str, signers))
