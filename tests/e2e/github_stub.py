"""The few answers of GitHub's API that a run asks for, over loopback; everything else is not
found."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REPOSITORY = {
    "id": 1,
    "name": "hello",
    "full_name": "octo/hello",
    "private": False,
    "visibility": "public",
    "default_branch": "main",
    "description": "Says hello",
    "homepage": "",
    "html_url": "https://github.com/octo/hello",
    "clone_url": "https://github.com/octo/hello.git",
    "license": {"key": "mit", "name": "MIT License", "spdx_id": "MIT", "url": None, "node_id": "L"},
    "owner": {"login": "octo", "id": 2, "type": "Organization"},
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path.partition("?")[0].endswith("/repos/octo/hello")
        body = json.dumps(REPOSITORY if found else {"message": "Not Found"}).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def github_api() -> Iterator[str]:
    """The address of the API while it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
