"""What people do with llama-cpp-python, one thing a function: pictures in chats, by handlers.

The projector is the file that SNIPPETS_MMPROJ names: it makes a red picture the embedding of " red", and so on.
"""

from __future__ import annotations

import base64
import os
import struct
import zlib
from typing import Any

from tests.compat.snippets import load, without_space

HANDLERS = ("Llava15ChatHandler", "MoondreamChatHandler", "NanoLlavaChatHandler", "ObsidianChatHandler")
COLORS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}


def _uri(color: str) -> str:
    """A square of one colour, as a PNG file in a URI."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes(COLORS[color]) * 16) * 16
    head = struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + parts).decode()


def _question(color: str) -> list[dict[str, Any]]:
    text = "What colour is this? Answer with one word."
    picture = {"type": "image_url", "image_url": {"url": _uri(color)}}
    return [{"role": "user", "content": [{"type": "text", "text": text}, picture]}]


def _seeing(llama_cpp: Any, model_path: str, kind: str = "Llava15ChatHandler") -> Any:
    handler = getattr(llama_cpp.llama_chat_format, kind)(clip_model_path=os.environ["SNIPPETS_MMPROJ"], verbose=False)
    return load(llama_cpp, model_path, chat_handler=handler)


def picture(llama_cpp: Any, model_path: str) -> Any:
    llm = _seeing(llama_cpp, model_path)
    return llm.create_chat_completion(_question("red"), max_tokens=12, temperature=0)


def picture_by_every_handler(llama_cpp: Any, model_path: str) -> Any:
    said = []
    for kind in HANDLERS:
        for color in COLORS:
            llm = _seeing(llama_cpp, model_path, kind)
            made = llm.create_chat_completion(_question(color), max_tokens=12, temperature=0)
            said.append((made["choices"][0], made["usage"]))
            llm.close()
    return said


def picture_stream(llama_cpp: Any, model_path: str) -> Any:
    llm = _seeing(llama_cpp, model_path)
    chunks = list(llm.create_chat_completion(_question("blue"), max_tokens=12, temperature=0, stream=True))
    return "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks), chunks[0], chunks[-1]


def picture_and_another_question(llama_cpp: Any, model_path: str) -> Any:
    llm = _seeing(llama_cpp, model_path)
    messages = [{"role": "system", "content": "You are brief."}, *_question("green")]
    answer = llm.create_chat_completion(messages, max_tokens=8, temperature=0)["choices"][0]["message"]
    more = [*messages, answer, {"role": "user", "content": [{"type": "text", "text": "Is it a warm colour?"}]}]
    return answer, llm.create_chat_completion(more, max_tokens=8, temperature=0)


def picture_json(llama_cpp: Any, model_path: str) -> Any:
    llm = _seeing(llama_cpp, model_path)
    schema = {"type": "object", "properties": {"warm": {"type": "boolean"}}, "required": ["warm"]}
    held = {"type": "json_object", "schema": schema}
    made = llm.create_chat_completion(_question("red"), response_format=held, max_tokens=24, temperature=0)
    return without_space(made["choices"][0]["message"]["content"]), made["choices"][0]["finish_reason"]


def picture_urls(llama_cpp: Any, model_path: str) -> Any:
    kind = llama_cpp.llama_chat_format.Llava15ChatHandler
    return kind.get_image_urls(_question("red")), kind.DEFAULT_SYSTEM_MESSAGE
