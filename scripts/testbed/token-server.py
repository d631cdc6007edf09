"""The token service of the testbed's third registry: what a client of a public registry meets.

GET /token?service=&scope=repository:NAME:pull,push answers with a signed token, or 403 for wrong
credentials. The right password may pull and push; any user with the password "read-only" may only
pull; a request without credentials may pull repositories under public/. Nothing but the standard
library and openssl.
"""

import base64
import json
import os
import ssl
import subprocess
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PORT = int(sys.argv[1])
KEY, CERTIFICATE = sys.argv[2:4]
USER, PASSWORD = os.environ["TOKEN_USER"], os.environ["TOKEN_PASSWORD"]


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(access: list[dict[str, object]], subject: str, lifetime: int = 300) -> str:
    """A JSON Web Token as the registry checks it: RS256, with the certificate in the header."""
    certificate = "".join(
        line for line in Path(CERTIFICATE).read_text().splitlines() if "-----" not in line
    )
    now = int(time.time())
    header = {"typ": "JWT", "alg": "RS256", "x5c": [certificate]}
    claims = {
        "iss": "testbed",
        "aud": "testbed",
        "sub": subject,
        "jti": uuid.uuid4().hex,
        "iat": now,
        "nbf": now - 10,
        "exp": now + lifetime,
        "access": access,
    }
    text = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
    signature = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", KEY],
        input=text.encode(),
        capture_output=True,
        check=True,
    ).stdout
    return f"{text}.{encode(signature)}"


def allowed(name: str, actions: list[str], user: str | None, password: str | None) -> list[str]:
    if (user, password) == (USER, PASSWORD):
        return actions
    if password == "read-only" or name.startswith("public/"):
        return [action for action in actions if action == "pull"]
    return []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        user = password = None
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "basic":
            user, _, password = base64.b64decode(value).decode().partition(":")
        query = parse_qs(urlsplit(self.path).query)
        if user is not None and password not in (PASSWORD, "read-only"):
            return self.answer(403, {"errors": [{"code": "DENIED", "message": "denied"}]})
        access: list[dict[str, object]] = []
        for scope in " ".join(query.get("scope", [])).split():
            kind, name, actions = (
                scope.split(":")[0],
                ":".join(scope.split(":")[1:-1]),
                scope.split(":")[-1],
            )
            granted = allowed(name, actions.split(","), user, password)
            if granted:
                access.append({"type": kind, "name": name, "actions": granted})
        signed = token(access, user or "")
        return self.answer(200, {"token": signed, "access_token": signed, "expires_in": 300})

    def do_POST(self) -> None:  # the OAuth2 form, which a registry may refuse: clients then use GET
        self.answer(404, {"errors": [{"code": "UNSUPPORTED", "message": "use GET"}]})

    def answer(self, status: int, body: dict[str, object]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
if "--tls" in sys.argv:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
