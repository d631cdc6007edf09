"""What a certificate says of who signed: the workflow, its repository, the commit and the run.

Fulcio copies these from the claims of GitHub's token, so that neither the workflow nor its steps
choose them: https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509

from ghcr_action.attestation import der
from ghcr_action.attestation.refused import need

_FULCIO = "1.3.6.1.4.1.57264.1."
_NUMBERS = {
    8: "issuer",
    9: "signer",
    10: "signer_digest",
    11: "runner",
    12: "repository",
    13: "commit",
    14: "ref",
    15: "repository_id",
    16: "owner",
    17: "owner_id",
    18: "workflow",
    19: "workflow_digest",
    20: "event",
    21: "run",
    22: "visibility",
}
_LONGEST = 2048


@dataclass(frozen=True, kw_only=True)
class Claims:
    """Texts of a certificate; empty where it says nothing. Addresses begin with the server's."""

    identity: str
    """The subject's alternative name: for a workflow, its address with the ref it is of."""
    issuer: str = ""
    """Who vouched for it: the address of the token's issuer."""
    signer: str = ""
    """The workflow whose job signed; a reusable one's where the job is of such a one."""
    signer_digest: str = ""
    runner: str = ""
    """``github-hosted`` or ``self-hosted``."""
    repository: str = ""
    """The repository whose run this was."""
    commit: str = ""
    ref: str = ""
    repository_id: str = ""
    owner: str = ""
    owner_id: str = ""
    workflow: str = ""
    """The workflow that was started, with its ref."""
    workflow_digest: str = ""
    event: str = ""
    run: str = ""
    """The page of the run's attempt."""
    visibility: str = ""
    """Of the repository, when it signed: ``public``, ``private`` or ``internal``."""

    @property
    def server(self) -> str:
        """The server's address, ``https://github.com``; empty where the certificate names none."""
        scheme, slashes, rest = self.repository.partition("://")
        return f"{scheme}{slashes}{rest.partition('/')[0]}"

    @property
    def repository_name(self) -> str:
        """``owner/name``."""
        return self.repository.removeprefix(f"{self.server}/")

    @property
    def is_public(self) -> bool:
        """Whether anybody may read the repository."""
        return self.visibility == "public"


def read(certificate: x509.Certificate) -> Claims:
    """Every claim of a certificate. Raises Refused where one is no plain text."""
    found: dict[str, str] = {}
    for extension in certificate.extensions:
        number = extension.oid.dotted_string.removeprefix(_FULCIO)
        name = _NUMBERS.get(int(number)) if number.isdecimal() else None
        if name and isinstance(extension.value, x509.UnrecognizedExtension):
            found[name] = der.read(extension.value.value).text
    found["identity"] = _identity(certificate)
    need(all(map(_is_plain, found.values())), "the certificate has a claim that is no plain text")
    return Claims(**found)


def _identity(certificate: x509.Certificate) -> str:
    try:
        kind = x509.SubjectAlternativeName
        names = tuple(certificate.extensions.get_extension_for_class(kind).value)
    except x509.ExtensionNotFound:
        names = ()
    need(len(names) == 1, f"the certificate names {len(names)} signers, not one")
    return str(names[0].value)


def _is_plain(text: str) -> bool:
    return text.isprintable() and len(text) <= _LONGEST
