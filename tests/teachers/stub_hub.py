"""A Hugging Face hub over loopback: one checkpoint, and repositories that refuse in each of its ways."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

COMMIT = "c0ffee" + "0" * 34
_FILE = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<name>[^?]+)")
_REFUSALS = {
    "gated/model": (403, "GatedRepo"),
    "private/model": (401, "RepoNotFound"),
    "closed/model": (403, ""),
    "broken/model": (400, ""),
}


class _Handler(BaseHTTPRequestHandler):
    folder: Path
    revisions: list[str]

    def do_HEAD(self) -> None:
        self._serve(with_body=False)

    def do_GET(self) -> None:
        self._serve(with_body=True)

    def _serve(self, with_body: bool) -> None:
        asked = _FILE.match(self.path)
        if asked is None:
            return self._reply(404, {"X-Error-Code": "EntryNotFound"})
        if asked["repo"] in _REFUSALS:
            status, code = _REFUSALS[asked["repo"]]
            return self._reply(status, {"X-Error-Code": code} if code else {})
        if asked["revision"] not in ("main", "v1", COMMIT):
            return self._reply(404, {"X-Error-Code": "RevisionNotFound"})
        file = self.folder / asked["name"]
        if not file.is_file():
            return self._reply(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
        self.revisions.append(asked["revision"])
        content = file.read_bytes()
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{sha256(content).hexdigest()}"'}
        return self._reply(200, headers, content, with_body)

    def _reply(
        self, status: int, headers: dict[str, str], content: bytes = b"", with_body: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(content))}).items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def running(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve `folder` as repository `tiny/model`; yield the hub's address and the revisions that were read."""
    handler = type("Handler", (_Handler,), {"folder": folder, "revisions": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler.revisions
    finally:
        server.shutdown()
        server.server_close()
