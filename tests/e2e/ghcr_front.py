"""GitHub's registry as a front of the real registry program: its tokens and refusals stand here,
content is stored and judged there."""

import http.client
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from tests.fakes.ghcr import CHUNK_LIMIT, Ghcr
from tests.fakes.http import Asked, Reply

_OWN = {
    "authorization",
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "accept-encoding",
}
_KEPT = {
    "content-type",
    "docker-content-digest",
    "location",
    "link",
    "range",
    "content-range",
    "docker-upload-uuid",
    "etag",
}


@dataclass
class GhcrFront(Ghcr):
    """``backend`` is the ``HOST:PORT`` of an open registry."""

    backend: str = ""

    def answer(self, asked: Asked) -> Reply:
        """Tokens are for GET alone, as ghcr.io has it; an engine asks by POST first."""
        return (
            Reply(status=404)
            if (asked.path, asked.method) == ("/token", "POST")
            else super().answer(asked)
        )

    def _manifest(self, asked: Asked, name: str, target: str) -> Reply:
        return self._refused() if asked.method == "DELETE" else self._forward(asked)

    def _blob(self, asked: Asked, name: str, digest: str) -> Reply:
        return self._refused() if asked.method == "DELETE" else self._forward(asked)

    def _begin(self, asked: Asked, name: str) -> Reply:
        return self._forward(asked)

    def _upload(self, asked: Asked, name: str, session: str) -> Reply:
        if asked.method == "DELETE":
            return self._refused()
        if (
            asked.method == "PATCH"
            and "Content-Range" in asked.headers
            and len(asked.body) > CHUNK_LIMIT
        ):
            return Reply(
                status=416,
                headers={"Content-Type": "application/json"},
                body=b'{"errors":[{"code":"RANGE_INVALID","message":"exceeds the maximum permissible limit of 4.00MiB"}]}',
            )
        return self._forward(asked)

    def _tags(self, asked: Asked, name: str) -> Reply:
        return self._forward(asked)

    def _refused(self) -> Reply:
        return Reply(
            status=405,
            headers={"Content-Type": "application/json"},
            body=b'{"errors":[{"code":"UNSUPPORTED","message":"The operation is unsupported."}]}',
        )

    def _forward(self, asked: Asked) -> Reply:
        """The same request to the program behind, under our own name, so that the addresses it
        answers with lead here."""
        connection = http.client.HTTPConnection(self.backend, timeout=60)
        query = f"?{urlencode(asked.query, doseq=True)}" if asked.query else ""
        headers = {
            name: value for name, value in asked.headers.items() if name.lower() not in _OWN
        } | {"Host": self.host}
        connection.request(
            asked.method, quote(asked.path, safe="/:@") + query, body=asked.body, headers=headers
        )
        answer = connection.getresponse()
        body = answer.read()
        kept = {name: value for name, value in answer.getheaders() if name.lower() in _KEPT}
        if asked.method == "HEAD":
            kept["Content-Length"] = answer.getheader("Content-Length", "0")
        connection.close()
        return Reply(status=answer.status, headers=kept, body=body)
