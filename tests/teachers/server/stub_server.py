"""A chat-completions server over loopback that answers by a formula and misbehaves on demand."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from PIL import Image

from makd.teachers.server.messages import INSTRUCTION_MANY

FILLERS = {"Maybe": 0.004, "The": 0.003, "I": 0.002, "A": 0.0005}
MASS = 1 - sum(FILLERS.values()) - 0.0005

KEY = "sk-the-key-that-nobody-may-see"


def p_yes(question: str, picture: bytes) -> float:
    """What the stub holds to be the probability of Yes among yes and no, in (0.05, 0.95)."""
    digest = hashlib.sha256(question.encode() + picture).digest()
    return 0.05 + 0.9 * int.from_bytes(digest[:4], "big") / 2**32


def pixels(encoded: bytes) -> bytes:
    return np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB")).tobytes()


def tokens(p: float) -> dict[str, float]:
    """Spread the probability of an answer over several forms."""
    spread = {"Yes": 0.7 * p, " yes": 0.3 * p, "No": 0.7 * (1 - p), "NO\n": 0.3 * (1 - p)}
    return {token: MASS * share for token, share in spread.items()} | FILLERS


@dataclass
class Asked:
    """One request as it came."""

    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def text(self) -> str:
        return next(p["text"] for p in self.body["messages"][0]["content"] if p["type"] == "text")

    @property
    def picture(self) -> bytes | None:
        for part in self.body["messages"][0]["content"]:
            if part["type"] == "image_url":
                return base64.b64decode(part["image_url"]["url"].partition("base64,")[2])
        return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Stub

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.take(self, Asked({name.lower(): value for name, value in self.headers.items()}, body))

    def reply(self, status: int, content: object, headers: dict[str, str] | None = None) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        data = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


Fault = Callable[[Handler, Asked], bool]
"""Answers in its own way and returns True, or leaves the request to the next one."""


@dataclass
class Behaviour:
    """What the stub does; `faults` are used up one a picture request, `always` stays."""

    faults: deque[Fault] = field(default_factory=deque)
    always: Fault | None = None
    asked: list[Asked] = field(default_factory=list)
    tokens: Callable[[float], dict[str, float]] = tokens
    top: int | None = 20
    joint: Callable[[list[str]], str] = lambda words: "\n".join(f"{i}. {w}" for i, w in enumerate(words, 1))
    model: str | None = None
    at_once: int = 0
    most_at_once: int = 0
    usage: bool = True

    @property
    def pictures(self) -> list[Asked]:
        """Requests that came with a picture."""
        return [asked for asked in self.asked if asked.picture is not None]


class Stub(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.does = Behaviour()
        self.closing = threading.Event()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def take(self, handler: Handler, asked: Asked) -> None:
        does = self.does
        with self.lock:
            does.asked.append(asked)
            does.at_once += 1
            does.most_at_once = max(does.at_once, does.most_at_once)
            fault = does.faults.popleft() if does.faults and asked.picture is not None else None
        try:
            for misbehave in (does.always, fault):
                if misbehave is not None and misbehave(handler, asked):
                    return
            handler.reply(200, completion(asked, does))
        finally:
            with self.lock:
                does.at_once -= 1

    def handle_error(self, *_: object) -> None:
        """Say nothing of connections that a client gave up."""


@contextmanager
def running() -> Iterator[Stub]:
    with Stub() as stub:
        thread = threading.Thread(target=stub.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield stub
        finally:
            stub.closing.set()
            stub.shutdown()
            thread.join()


def completion(asked: Asked, does: Behaviour) -> dict[str, Any]:
    picture = pixels(asked.picture) if asked.picture else b""
    questions = asked.text.split("\n")[1:]
    choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
    if asked.text.startswith(INSTRUCTION_MANY):
        texts = [re.sub(r"^\d+\. ", "", line) for line in questions]
        text = does.joint(["Yes" if p_yes(text, picture) > 0.5 else "No" for text in texts])
    else:
        likely = sorted(does.tokens(p_yes(questions[0], picture)).items(), key=lambda pair: -pair[1])
        text = likely[0][0]
        if asked.body.get("logprobs") and does.top is not None:
            shown = likely[: min(asked.body["top_logprobs"], does.top)]
            pairs = [{"token": token, "logprob": float(np.log(p))} for token, p in shown]
            choice["logprobs"] = {"content": [{**pairs[0], "top_logprobs": pairs}]}
    choice["message"] = {"role": "assistant", "content": text}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": does.model or asked.body["model"],
        "choices": [choice],
        **(
            {"usage": {"prompt_tokens": 100, "completion_tokens": 1, "total_tokens": 101}}
            if does.usage
            else {}
        ),
    }


def status(number: int, message: str = "", headers: dict[str, str] | None = None, **more: str) -> Fault:
    def fault(handler: Handler, _: Asked) -> bool:
        handler.reply(number, {"error": {"message": message or f"status {number}", **more}}, headers)
        return True

    return fault


def malformed(handler: Handler, _: Asked) -> bool:
    handler.reply(200, '{"choices": [')
    return True


def no_choices(handler: Handler, _: Asked) -> bool:
    handler.reply(200, {"choices": []})
    return True


def cut(handler: Handler, _: Asked) -> bool:
    """Promise more bytes than come."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices"')
    handler.close_connection = True
    return True


def never(handler: Handler, _: Asked) -> bool:
    """Say nothing until the test is over."""
    handler.server.closing.wait()
    handler.close_connection = True
    return True


def refusing(*words: str, allowed: int = 20) -> Fault:
    """Complain of parameters like a strict server does."""

    def fault(handler: Handler, asked: Asked) -> bool:
        complaint = next((f"Unsupported parameter: '{word}'" for word in words if word in asked.body), None)
        if "max_tokens" in words and "max_tokens" in asked.body:
            complaint = "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        if asked.body.get("top_logprobs", 0) > allowed:
            complaint = f"top_logprobs must be at most {allowed}"
        if complaint:
            handler.reply(400, {"error": {"message": complaint}})
        return complaint is not None

    return fault
