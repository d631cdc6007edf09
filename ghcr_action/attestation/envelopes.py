"""DSSE: a statement, its kind, and one signature over both.

Source: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from ghcr_action.attestation import document
from ghcr_action.attestation.document import Node
from ghcr_action.attestation.refused import need

STATEMENT = "application/vnd.in-toto+json"


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A statement and its signature."""

    payload: bytes
    signature: bytes

    @property
    def message(self) -> bytes:
        """What is signed: the pre-authentication encoding of kind and statement."""
        return message(self.payload)

    def describe(self) -> dict[str, object]:
        """As a bundle and Rekor have it."""
        return {
            "payload": document.encode(self.payload),
            "payloadType": STATEMENT,
            "signatures": [{"sig": document.encode(self.signature)}],
        }


def message(payload: bytes) -> bytes:
    """``DSSEv1``, then the length and the text of the kind and of the statement."""
    kind = STATEMENT.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def parse(node: Node) -> Envelope:
    """An envelope with an in-toto statement and one signature. Raises Refused."""
    kind = node.member("payloadType").text
    need(kind == STATEMENT, f"what is signed is of the kind {kind[:80]!r}, no statement")
    signatures = node.items("signatures")
    need(len(signatures) == 1, f"the envelope has {len(signatures)} signatures, not one")
    return Envelope(
        payload=node.member("payload").content, signature=signatures[0].member("sig").content
    )
