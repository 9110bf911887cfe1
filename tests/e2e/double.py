"""A model that says what a test wrote down, behind the three interfaces that the clients speak.

Which answer comes next follows from the conversation that the client sends along: as many answers
as it holds have been given already. Requests without tools, such as one for a title, get a word.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from uuid import uuid4

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Write:
    """The model has the client write a file, by the client's own tool for that."""

    path: str
    text: str


@dataclass(frozen=True)
class Read:
    """The model has Claude Code read a file, which it wants before it writes over one."""

    path: str


Answer = Write | Read | str
"""A tool call, or words, which end the turn."""


class Messages:
    """Anthropic's Messages: Claude Code and Copilot CLI."""

    path = "/v1/messages"

    def given(self, body: Json) -> int:
        """How many answers the conversation holds."""
        return sum(one["role"] == "assistant" for one in body["messages"])

    def events(self, answer: Answer, tools: Sequence[str]) -> Iterator[Json]:
        """The answer as the events of a stream."""
        usage = {"input_tokens": 1, "output_tokens": 1}
        # Claude Code takes two messages with one id for parts of one message.
        message = {"id": uuid4().hex, "type": "message", "role": "assistant", "model": "double"}
        yield {"type": "message_start", "message": {**message, "content": [], "usage": usage}}
        if isinstance(answer, str):
            block: Json = {"type": "text", "text": ""}
            delta: Json = {"type": "text_delta", "text": answer}
        else:
            name, values = self._call(answer, tools)
            block = {"type": "tool_use", "id": uuid4().hex, "name": name, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(values)}
        yield {"type": "content_block_start", "index": 0, "content_block": block}
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
        yield {"type": "content_block_stop", "index": 0}
        reason = "end_turn" if isinstance(answer, str) else "tool_use"
        yield {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}
        yield {"type": "message_stop"}

    @staticmethod
    def _call(answer: Write | Read, tools: Sequence[str]) -> tuple[str, Json]:
        if isinstance(answer, Read):
            return "Read", {"file_path": answer.path}
        if "create" in tools:
            return "create", {"path": answer.path, "file_text": answer.text}
        return "Write", {"file_path": answer.path, "content": answer.text}


class Responses:
    """OpenAI's Responses: Codex."""

    path = "/responses"

    def given(self, body: Json) -> int:
        """How many answers the conversation holds."""
        return sum(
            one.get("role") == "assistant" or one["type"].endswith("_call") for one in body["input"]
        )

    def events(self, answer: Answer, tools: Sequence[str]) -> Iterator[Json]:
        """The answer as the events of a stream."""
        text = [{"type": "output_text", "text": answer}]
        item: Json = {"type": "message", "role": "assistant", "id": "m", "content": text}
        if isinstance(answer, Write):
            lines = "".join(f"+{line}\n" for line in answer.text.splitlines())
            patch = f"*** Begin Patch\n*** Add File: {answer.path}\n{lines}*** End Patch"
            item = {"type": "custom_tool_call", "id": "c", "call_id": uuid4().hex}
            item = {**item, "name": "apply_patch", "input": patch}
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        yield {"type": "response.created", "response": {"id": "r"}}
        yield {"type": "response.output_item.done", "item": item}
        yield {"type": "response.completed", "response": {"id": "r", "usage": usage}}


class Generate:
    """Google's streamGenerateContent: Gemini CLI."""

    path = ":streamGenerateContent"

    def given(self, body: Json) -> int:
        """How many answers the conversation holds."""
        return sum(one["role"] == "model" for one in body["contents"])

    def events(self, answer: Answer, tools: Sequence[str]) -> Iterator[Json]:
        """The answer as the events of a stream."""
        part: Json = {"text": answer}
        if isinstance(answer, Write):
            values = {"file_path": answer.path, "content": answer.text}
            part = {"functionCall": {"name": "write_file", "args": values}}
        content = {"role": "model", "parts": [part]}
        yield {
            "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
            "usageMetadata": {"promptTokenCount": 1, "totalTokenCount": 2},
        }


APIS = (Messages(), Responses(), Generate())


@dataclass
class Model:
    """The server; `with Model([...]) as model:` answers at `model.url`, at last with "Done"."""

    answers: Sequence[Answer]
    requests: list[str] = field(default_factory=list)
    """The bodies of the requests that the answers went to, in their order."""

    def __enter__(self) -> Model:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reply(self, path: str, text: str) -> str:
        """The stream of events that answers a request; nothing for what asks no model."""
        api = next((api for api in APIS if path.partition("?")[0].endswith(api.path)), None)
        if api is None:
            return "{}"
        body = json.loads(text)
        tools = _tools(body)
        answer: Answer = "A word"
        if tools:
            self.requests.append(text)
            answer = [*self.answers, "Done"][min(api.given(body), len(self.answers))]
        # Gemini CLI takes no names of events, the others ask for them.
        return "".join(
            (f"event: {event['type']}\n" if "type" in event else "")
            + f"data: {json.dumps(event)}\n\n"
            for event in api.events(answer, tools)
        )


def _tools(body: Json) -> list[str]:
    """The names of the tools that the client offers."""
    tools: list[Json] = body.get("tools") or []
    declared = [one for tool in tools for one in tool.get("functionDeclarations", [tool])]
    return [str(one.get("name")) for one in declared]


def _handler(model: Model) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            data = model.reply(self.path, text).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    return Handler
