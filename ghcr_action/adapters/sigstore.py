"""The Sigstore port by HTTP: GitHub's token for this job, and the services that sign for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ghcr_action.adapters.exchange import Exchange, Request, json_body
from ghcr_action.attestation import services
from ghcr_action.attestation.refused import Refused
from ghcr_action.errors import AccessDenied, ContentInvalid
from ghcr_action.values.secret import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

TOKEN_URL, TOKEN_BEARER = (
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
)  # names of variables
_AUDIENCE = "sigstore"
_KINDS = ("application/json", "application/timestamp-reply")


class HttpSigstore:
    """Asks the services. ``mask`` hides a token in the log before anything else is done with it."""

    def __init__(
        self, environ: Mapping[str, str], exchange: Exchange, mask: Callable[[Secret], None]
    ) -> None:
        self._environ = environ
        self._exchange = exchange
        self._mask = mask

    def token(self) -> Secret:
        """GitHub's token for this job and Sigstore alone; asked for when it is needed, as it holds
        for minutes.

        Source: https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token.
        """
        url, bearer = self._environ.get(TOKEN_URL, ""), Secret(self._environ.get(TOKEN_BEARER, ""))
        if not url or not bearer:
            raise AccessDenied(
                "Could not get a token that says who this job is",
                why="the job has no permission to ask for one",
                fix="permissions:\n  id-token: write",
            )
        self._mask(bearer)
        asked = f"{url}{'&' if '?' in url else '?'}audience={_AUDIENCE}"
        purpose = "get a token that says who this job is"
        answer = self._exchange.send(
            Request(purpose=purpose, url=asked, bearer=bearer, kinds=("application/json",))
        )
        try:
            token = Secret(services.token(answer))
        except Refused as cause:
            raise ContentInvalid(f"Could not {purpose}", why=cause.reason) from cause
        self._mask(token)
        return token

    def key(self) -> EllipticCurvePrivateKey:
        """A new key on P-256."""
        from cryptography.hazmat.primitives.asymmetric import ec

        return ec.generate_private_key(ec.SECP256R1())

    def ask(
        self, url: str, question: Mapping[str, object], purpose: str, bearer: Secret | None = None
    ) -> bytes:
        """Send JSON to a service and give its answer. Raises ActionError."""
        headers = {"Content-Type": "application/json", "Accept": ", ".join(_KINDS)}
        body = json_body(question)
        return self._exchange.send(
            Request(
                purpose=purpose, url=url, body=body, headers=headers, bearer=bearer, kinds=_KINDS
            )
        )
