"""Says hello over HTTP."""

from http.server import BaseHTTPRequestHandler, HTTPServer


class Hello(BaseHTTPRequestHandler):
    """One answer for every path."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"Hello from Python\n")


if __name__ == "__main__":
    HTTPServer(("", 8000), Hello).serve_forever()
