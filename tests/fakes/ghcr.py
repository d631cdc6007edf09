"""A registry over HTTP that behaves as GitHub's: token service, no DELETE, no referrers API, no
catalog, small chunks only.

Written from what is known of ghcr.io, not from our client; crane, skopeo and oras are its judges in
the contract tests.
"""

import base64
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from ghcr_action.values.reference import Digest
from tests.fakes.http import Asked, Reply

CHUNK_LIMIT = 4 * 1024 * 1024
NAME = "[a-z0-9]+(?:[._/-]+[a-z0-9]+)*"
INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)


@dataclass
class Holding:
    """What one repository holds."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Ghcr:
    """State and rules; ``answer`` is what a server serves."""

    login: str = "bearer"
    """``bearer``, ``basic`` or ``open``."""
    users: dict[str, str] = field(default_factory=lambda: {"octocat": "right-password"})
    readers: dict[str, str] = field(default_factory=lambda: {"reader": "read-only"})
    public: str = "public/"
    """Repositories whose names start so are read without a login."""
    refused: frozenset[str] = frozenset()
    """Repositories whose packages do not grant the workflow a role."""
    mounts: bool = True
    page: int = 100
    storage: str = ""
    """``HOST:PORT`` that GET of a blob is sent to."""
    has_referrers: bool = False
    """Whether it has the referrers API, as other registries do:
    https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers."""
    expires: int = 300
    repositories: dict[str, Holding] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    tokens: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    host: str = ""

    def answer(self, asked: Asked) -> Reply:
        self.host = asked.headers.get("Host", self.host)
        if asked.path == "/token":
            return self._token(asked)
        if found := re.fullmatch("/storage/(.+)/(sha256:.+)", asked.path):
            return _piece(self.repositories[found[1]].blobs[found[2]], asked)
        if asked.path == "/v2/":
            return (
                Reply()
                if self._allowed(asked, "", "pull")
                else self._challenge("user/image", "pull", asked)
            )
        routes: tuple[tuple[str, Callable[..., Reply]], ...] = (
            ("manifests/(.+)", self._manifest),
            ("blobs/uploads/", self._begin),
            ("blobs/uploads/(.+)", self._upload),
            ("blobs/(sha256:.+)", self._blob),
            ("tags/list", self._tags),
            *((("referrers/(sha256:.+)", self._referrers),) if self.has_referrers else ()),
        )
        for pattern, route in routes:
            if found := re.fullmatch(f"/v2/({NAME})/{pattern}", unquote(asked.path)):
                return self._guarded(asked, found, route)
        return _error(404, "MANIFEST_UNKNOWN", "manifest unknown")

    def _guarded(self, asked: Asked, found: re.Match[str], route: Callable[..., Reply]) -> Reply:
        action = "pull" if asked.method in ("GET", "HEAD") else "push"
        name, *rest = found.groups()
        if not self._allowed(asked, name, action):
            return self._challenge(name, "pull" if action == "pull" else "pull,push", asked)
        if name in self.refused:
            return _error(
                403,
                "DENIED",
                f"permission_denied: {'read' if action == 'pull' else 'write'}_package",
            )
        return route(asked, name, *rest)

    def _token(self, asked: Asked) -> Reply:
        user, password = _basic(asked)
        known = {**self.users, **self.readers}
        if user and known.get(user) != password:
            return _error(403, "DENIED", "denied")
        grants: set[tuple[str, str]] = set()
        for scope in " ".join(asked.query.get("scope", [])).split():
            _, name, actions = scope.split(":")
            for action in actions.split(","):
                if user in self.users or (
                    action == "pull" and (user in self.readers or name.startswith(self.public))
                ):
                    grants.add((name, action))
        if not user and not grants and asked.query.get("scope"):
            return _error(401, "UNAUTHORIZED", "authentication required")
        token = uuid.uuid4().hex
        self.tokens[token] = grants
        return _json(200, {"token": token, "expires_in": self.expires})

    def _allowed(self, asked: Asked, name: str, action: str) -> bool:
        if self.login == "open":
            return True
        if self.login == "basic":
            user, password = _basic(asked)
            return self.users.get(user) == password or (
                action == "pull" and user in self.readers and self.readers[user] == password
            )
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        return token in self.tokens and (not name or (name, action) in self.tokens[token])

    def _challenge(self, name: str, actions: str, asked: Asked) -> Reply:
        scope = (
            "Bearer "
            f'realm="http://{self.host}/token",service="ghcr.io",scope="repository:{name}:{actions}"'
        )
        header = 'Basic realm="testing"' if self.login == "basic" else scope
        return _error(401, "UNAUTHORIZED", "authentication required", {"WWW-Authenticate": header})

    def _manifest(self, asked: Asked, name: str, target: str) -> Reply:
        if asked.method == "DELETE":
            return _error(405, "UNSUPPORTED", "The operation is unsupported.")
        if asked.method == "PUT":
            return self._write(asked, name, target)
        holding = self.repositories.get(name, Holding())
        found = holding.manifests.get(holding.tags.get(target, target))
        if found is None:
            return _error(404, "MANIFEST_UNKNOWN", "manifest unknown")
        media_type, raw = found
        if media_type not in asked.headers.get("Accept", "") and "*/*" not in asked.headers.get(
            "Accept", ""
        ):
            return _error(
                404,
                "MANIFEST_UNKNOWN",
                "OCI index found, but Accept header does not support OCI indexes",
            )
        return Reply(
            headers={"Content-Type": media_type, "Docker-Content-Digest": str(Digest.of(raw))},
            body=raw,
        )

    def _write(self, asked: Asked, name: str, target: str) -> Reply:
        holding = self.repositories.setdefault(name, Holding())
        document, digest = json.loads(asked.body), str(Digest.of(asked.body))
        if ":" in target and target != digest:
            return _error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        if asked.headers.get("Content-Type") in INDEXES:
            missing = [
                entry["digest"]
                for entry in document["manifests"]
                if entry["digest"] not in holding.manifests
            ]
        else:
            missing = [
                entry["digest"]
                for entry in (document["config"], *document["layers"])
                if entry["digest"] not in holding.blobs
            ]
        if missing:
            return _error(404, "MANIFEST_BLOB_UNKNOWN", f"blob unknown to registry: {missing[0]}")
        holding.manifests[digest] = (asked.headers["Content-Type"], asked.body)
        if ":" not in target:
            holding.tags[target] = digest
        subject = document.get("subject") if self.has_referrers else None
        return Reply(
            status=201,
            headers={"Docker-Content-Digest": digest, "Location": f"/v2/{name}/manifests/{digest}"}
            | ({"OCI-Subject": subject["digest"]} if subject else {}),
        )

    def _referrers(self, asked: Asked, name: str, subject: str) -> Reply:
        """Every manifest that names this subject, one page after the other; an unknown subject has
        none."""
        held = self.repositories.get(name, Holding()).manifests
        wanted = asked.query.get("artifactType", [])
        found = [
            entry
            for digest, (media_type, raw) in held.items()
            if (entry := _referrer(digest, media_type, raw, subject))
            and (not wanted or entry["artifactType"] in wanted)
        ]
        start = int(asked.query.get("after", ["0"])[0])
        end = start + self.page
        document = {
            "schemaVersion": 2,
            "mediaType": INDEXES[0],
            "manifests": found[start:end],
        }
        headers = {"Content-Type": INDEXES[0]}
        if wanted:
            headers["OCI-Filters-Applied"] = "artifactType"
        if len(found) > end:
            headers["Link"] = f'</v2/{name}/referrers/{subject}?after={end}>; rel="next"'
        return _json(200, document, headers)

    def _blob(self, asked: Asked, name: str, digest: str) -> Reply:
        if asked.method == "DELETE":
            return _error(405, "UNSUPPORTED", "The operation is unsupported.")
        content = self.repositories.get(name, Holding()).blobs.get(digest)
        if content is None:
            return _error(404, "BLOB_UNKNOWN", "blob unknown to registry")
        if asked.method == "GET" and self.storage:
            return Reply(
                status=307,
                headers={"Location": f"http://{self.storage}/storage/{name}/{digest}?sig=signed"},
            )
        return _piece(content, asked)

    def _begin(self, asked: Asked, name: str) -> Reply:
        digest, source = asked.query.get("mount", [""])[0], asked.query.get("from", [""])[0]
        held = self.repositories.get(source, Holding()).blobs
        if self.mounts and digest in held:
            self.repositories.setdefault(name, Holding()).blobs[digest] = held[digest]
            return Reply(
                status=201,
                headers={"Docker-Content-Digest": digest, "Location": f"/v2/{name}/blobs/{digest}"},
            )
        session = uuid.uuid4().hex
        self.uploads[session] = b""
        return Reply(
            status=202,
            headers={"Location": f"/v2/{name}/blobs/uploads/{session}?_state=kept", "Range": "0-0"},
        )

    def _upload(self, asked: Asked, name: str, session: str) -> Reply:
        if asked.method == "DELETE":
            return _error(405, "UNSUPPORTED", "The operation is unsupported.")
        if session not in self.uploads or asked.query.get("_state") != ["kept"]:
            return _error(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        if (
            asked.method == "PATCH"
            and "Content-Range" in asked.headers
            and len(asked.body) > CHUNK_LIMIT
        ):
            text = "exceeds the maximum permissible limit of 4.00MiB"
            return _error(416, "REQUESTED_RANGE_NOT_SATISFIABLE", text)
        content = self.uploads[session] + asked.body
        if asked.method == "PATCH":
            self.uploads[session] = content
            location = f"/v2/{name}/blobs/uploads/{session}?_state=kept"
            return Reply(
                status=202, headers={"Location": location, "Range": f"0-{len(content) - 1}"}
            )
        digest = asked.query.get("digest", [""])[0]
        del self.uploads[session]
        if digest != str(Digest.of(content)):
            return _error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        self.repositories.setdefault(name, Holding()).blobs[digest] = content
        return Reply(
            status=201,
            headers={"Docker-Content-Digest": digest, "Location": f"/v2/{name}/blobs/{digest}"},
        )

    def _tags(self, asked: Asked, name: str) -> Reply:
        if name not in self.repositories:
            return _error(404, "NAME_UNKNOWN", "repository name not known to registry")
        names = sorted(self.repositories[name].tags)
        last = asked.query.get("last", [""])[0]
        count = min(self.page, int(asked.query.get("n", ["100"])[0]))
        rest = [tag for tag in names if tag > last]
        link = (
            {"Link": f'</v2/{name}/tags/list?last={rest[count - 1]}&n={count}>; rel="next"'}
            if len(rest) > count
            else {}
        )
        return _json(200, {"name": name, "tags": rest[:count]}, link)


def _referrer(digest: str, media_type: str, raw: bytes, subject: str) -> dict[str, object]:
    """The descriptor by which a subject's list names a manifest; empty where it is no referrer."""
    document = json.loads(raw)
    if document.get("subject", {}).get("digest") != subject:
        return {}
    config = document.get("config", {}).get("mediaType", "")
    return {
        "mediaType": media_type,
        "digest": digest,
        "size": len(raw),
        "artifactType": document.get("artifactType") or config,
        "annotations": document.get("annotations", {}),
    }


def _basic(asked: Asked) -> tuple[str, str]:
    kind, _, value = asked.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return "", ""
    user, _, password = base64.b64decode(value).decode().partition(":")
    return user, password


def _piece(content: bytes, asked: Asked) -> Reply:
    headers = {"Content-Type": "application/octet-stream"}
    if found := re.fullmatch(r"bytes=(\d+)-", asked.headers.get("Range", "")):
        start = int(found[1])
        return Reply(
            status=206,
            headers={
                **headers,
                "Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}",
            },
            body=content[start:],
        )
    return Reply(headers=headers, body=content)


def _json(status: int, document: object, headers: dict[str, str] | None = None) -> Reply:
    return Reply(
        status=status,
        headers={"Content-Type": "application/json", **(headers or {})},
        body=json.dumps(document).encode(),
    )


def _error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Reply:
    return _json(status, {"errors": [{"code": code, "message": message}]}, headers)
