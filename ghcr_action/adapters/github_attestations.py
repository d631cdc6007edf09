"""The AttestationStore port by GitHub's API: https://docs.github.com/en/rest/repos/attestations."""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ghcr_action.adapters.exchange import Exchange, Request
from ghcr_action.adapters.github_requests import GitHubRequests, number, text
from ghcr_action.attestation import snappy
from ghcr_action.attestation.document import LARGEST
from ghcr_action.attestation.refused import Refused
from ghcr_action.errors import AccessDenied, ActionError, NotFound
from ghcr_action.values.reference import Digest, Reference

log = logging.getLogger(__name__)

_REPOSITORY = r"(?a)(?!\.\.?/)[\w.-]+/(?!\.\.?$)[\w.-]+"
_MOST = 100
_LONGEST_NAME = 256


class GitHubAttestations:
    """GitHub's store. Bundles lie in storage of their own, which is asked without the token."""

    def __init__(self, requests: GitHubRequests, exchange: Exchange, repository: str) -> None:
        """``repository`` is ``owner/name``: where this workflow stores."""
        self._requests = requests
        self._exchange = exchange
        self._repository = repository

    def store(self, bundle: bytes) -> str:
        """Keep a bundle; its id. Nothing is lost where the same is stored twice. Raises
        ActionError.
        """
        body = {"bundle": json.loads(bundle)}
        purpose = "store the attestation"
        answer = self._requests.write(
            "POST", f"/repos/{self._repository}/attestations", purpose, body
        )
        return str(number(answer, "id") or text(answer, "id"))

    def bundles(self, repository: str, digest: Digest) -> Iterator[bytes]:
        """The newest hundred about this digest; none where the API knows nothing of it. Raises
        ActionError.

        The API gives an address of each bundle, or as it did once, the bundle itself.
        """
        if not re.fullmatch(_REPOSITORY, repository):
            return
        path = f"/repos/{repository}/attestations/{digest}?per_page={_MOST}"
        found = self._requests.find(path, f"read the attestations of {repository}") or {}
        listed = found.get("attestations")
        for each in listed[:_MOST] if isinstance(listed, list) else ():
            if isinstance(each, Mapping):
                yield from self._bundle(each)

    def record(self, stored: Reference) -> bool:
        """Tell the organization that owns the repository: https://docs.github.com/en/rest/orgs/artifact-metadata."""
        owner, name = self._repository.partition("/")[0], stored.repository.path
        body = {
            "name": name[-_LONGEST_NAME:],
            "digest": str(stored.digest),
            "registry_url": f"https://{stored.repository.registry}",
        }
        try:
            self._requests.write(
                "POST",
                f"/orgs/{owner}/artifacts/metadata/storage-record",
                "record where the image is",
                body,
            )
        except (AccessDenied, NotFound) as refused:
            log.debug("%s", refused)
            return False
        return True

    def _bundle(self, entry: Mapping[str, Any]) -> Iterator[bytes]:
        if isinstance(entry.get("bundle"), dict):
            yield json.dumps(entry["bundle"]).encode()
            return
        url = text(entry, "bundle_url")
        if not url:
            return
        try:
            content = self._exchange.send(
                Request(purpose="read an attestation", url=url, limit=LARGEST)
            )
            yield content if content[:1] == b"{" else snappy.decompress(content, most=LARGEST)
        except (ActionError, Refused) as cause:
            log.warning("An attestation was left out: %s", getattr(cause, "why", "") or cause)
