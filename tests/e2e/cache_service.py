"""GitHub's cache service on loopback, both versions of its protocol, as BuildKit's client speaks it:
https://github.com/tonistiigi/go-actions-cache, cache.go and cache_v2.go.

It refuses what the real one refuses: another token, a key that is there already, a signed address
with another signature, an upload that has not the size that is told.
"""

import base64
import itertools
import json
import re
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_V1 = "/_apis/artifactcache/"
_V2 = "/twirp/github.actions.results.api.v1.CacheService/"
_SIGNED = "/blobs/"
_BLOCK = re.compile(rb"<(?:Latest|Uncommitted|Committed)>([^<]+)<")
_NO_ANSWER = {"code": "not_found", "message": "no such method"}
_EXISTS = {"code": "already_exists", "message": "", "typeKey": "ArtifactCacheItemAlreadyExists"}
READ, READ_AND_WRITE = 1, 3


@dataclass
class Entry:
    """A cache: its key, its version, and its content once that is whole."""

    number: int
    key: str
    version: str
    parts: dict[str, bytes] = field(default_factory=dict)
    """The uploaded parts by offset or block."""
    content: bytes = b""
    is_whole: bool = False


class CacheService:
    """The entries of one repository, and the requests that came."""

    def __init__(self, *, permission: int = READ_AND_WRITE) -> None:
        self.entries: list[Entry] = []
        self.calls: list[str] = []
        """What was asked: ``v1 POST caches``, ``v2 CreateCacheEntry``, ``blob PUT``."""
        self.token = _token(permission)
        self.signature = secrets.token_hex(16)
        self.address = ""
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def reserve(self, key: str, version: str) -> Entry | None:
        """A new entry; None where the key is taken."""
        with self._lock:
            if any((each.key, each.version) == (key, version) for each in self.entries):
                return None
            self.entries.append(Entry(next(self._numbers), key, version))
            return self.entries[-1]

    def commit(self, entry: Entry | None, content: bytes, size: int) -> bool:
        """Close an entry whose upload has this size."""
        if entry is None or entry.is_whole or len(content) != size:
            return False
        entry.content, entry.is_whole = content, True
        return True

    def find(self, keys: list[str], version: str) -> Entry | None:
        """The newest whole entry whose key begins with the first key that has one."""
        whole = [each for each in self.entries if each.is_whole and each.version == version]
        found = (each for key in keys for each in reversed(whole) if each.key.startswith(key))
        return next(found, None)

    def numbered(self, number: str) -> Entry | None:
        """The entry with this number."""
        return next((each for each in self.entries if str(each.number) == number), None)

    def signed(self, entry: Entry) -> str:
        """The address of its content, for whoever has it."""
        return f"{self.address}{_SIGNED}{entry.number}?sig={self.signature}"


def _token(permission: int) -> str:
    """A token of the runtime: BuildKit reads scopes and times of it, and checks no signature."""
    scopes = json.dumps([{"Scope": "refs/heads/main", "Permission": permission}])
    claims = {"ac": scopes, "nbf": int(time.time()) - 60, "exp": int(time.time()) + 3600}
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    return ".".join([*(part.decode() for part in encoded), secrets.token_hex(16)])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: CacheService

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        body = b"".join(self._body())
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.startswith(_SIGNED):
            self._blob(parts.path.removeprefix(_SIGNED), asked, body)
        elif self.headers.get("Authorization") != f"Bearer {self.service.token}":
            self._say(401, {"message": "the token is not this job's"})
        elif parts.path.startswith(_V1):
            self._first(parts.path.removeprefix(_V1), asked, body)
        elif parts.path.startswith(_V2) and self.command == "POST":
            self._second(parts.path.removeprefix(_V2), json.loads(body))
        else:
            self._say(404, _NO_ANSWER)

    def _body(self) -> Iterator[bytes]:
        """What was sent: of a length that is told, or in chunks."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            yield self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _first(self, path: str, asked: dict[str, str], body: bytes) -> None:
        """The first version: ``cache``, ``caches``, ``caches/NUMBER``."""
        self.service.calls.append(f"v1 {self.command} {path.partition('/')[0]}")
        entry = self.service.numbered(path.partition("/")[2])
        if (self.command, path) == ("GET", "cache"):
            found = self.service.find(asked["keys"].split(","), asked["version"])
            location = self.service.signed(found) if found else ""
            told = {"cacheKey": found.key, "archiveLocation": location} if found else None
            self._say(200 if found else 204, told)
        elif (self.command, path) == ("POST", "caches"):
            given = json.loads(body)
            made = self.service.reserve(given["key"], given["version"])
            self._say(201 if made else 409, {"cacheId": made.number} if made else _EXISTS)
        elif self.command == "PATCH" and entry:
            offset = self.headers["Content-Range"].removeprefix("bytes ").partition("-")[0]
            entry.parts[offset] = body
            self._say(204)
        elif self.command == "POST" and entry:
            content = b"".join(entry.parts[part] for part in sorted(entry.parts, key=int))
            is_done = self.service.commit(entry, content, json.loads(body)["size"])
            self._say(204 if is_done else 400, None if is_done else {"message": "another size"})
        else:
            self._say(404, _NO_ANSWER)

    def _second(self, method: str, given: dict[str, Any]) -> None:
        """The second version: Twirp, and content at signed addresses."""
        self.service.calls.append(f"v2 {method}")
        if method == "CreateCacheEntry":
            made = self.service.reserve(given["key"], given["version"])
            address = self.service.signed(made) if made else ""
            self._say(
                200 if made else 409,
                {"ok": True, "signed_upload_url": address} if made else _EXISTS,
            )
        elif method == "FinalizeCacheEntryUpload":
            named = (given["key"], given["version"])
            entry = next((e for e in self.service.entries if (e.key, e.version) == named), None)
            content = entry.content if entry else b""
            is_done = self.service.commit(entry, content, int(given["size_bytes"]))
            self._say(200, {"ok": is_done, "entry_id": str(entry.number) if entry else ""})
        elif method == "GetCacheEntryDownloadURL":
            found = self.service.find(
                [given["key"], *given.get("restore_keys", ())], given["version"]
            )
            self._say(
                200,
                {
                    "ok": found is not None,
                    "signed_download_url": self.service.signed(found) if found else "",
                    "matched_key": found.key if found else "",
                },
            )
        else:
            self._say(404, _NO_ANSWER)

    def _blob(self, number: str, asked: dict[str, str], body: bytes) -> None:
        """Content at a signed address, in the part of Azure's protocol that clients use:
        https://learn.microsoft.com/rest/api/storageservices/put-block-list."""
        self.service.calls.append(f"blob {self.command}")
        entry = self.service.numbered(number)
        if entry is None or asked.get("sig") != self.service.signature:
            self._say(403, {"message": "the signature is another one"})
        elif self.command == "PUT":
            if asked.get("comp") == "block":
                entry.parts[asked["blockid"]] = body
            elif asked.get("comp") == "blocklist":
                blocks = _BLOCK.findall(body)
                entry.content = b"".join(entry.parts[block.decode()] for block in blocks)
            else:
                entry.content = body
            self._say(201)
        else:
            self._content(entry.content)

    def _content(self, content: bytes) -> None:
        asked = self.headers.get("x-ms-range") or self.headers.get("Range") or "bytes=0-"
        first, _, last = asked.removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last or len(content)), len(content) - 1)
        part = content[start : end + 1]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{start + len(part) - 1}/{len(content)}")
        self._end("application/octet-stream", part)

    def _say(self, status: int, answer: dict[str, Any] | None = None) -> None:
        self.send_response(status)
        self._end("application/json", b"" if answer is None else json.dumps(answer).encode())

    def _end(self, kind: str, body: bytes) -> None:
        self.send_header("x-ms-request-id", "1")
        self.send_header("ETag", '"0x1"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        if body:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def running(service: CacheService) -> Iterator[CacheService]:
    """The service while it answers."""
    handler = type("Handler", (_Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    service.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
