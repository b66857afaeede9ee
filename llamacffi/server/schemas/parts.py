"""What messages are made of, for the description of the routes; nothing is checked by it."""

from __future__ import annotations

from typing import Any

__all__ = ["MESSAGES"]

_URL = {
    "type": "string",
    "description": "data:image/png;base64,…, a public http or https URL, or file://NAME of the server's media_path.",
}
_TEXT = {
    "type": "object",
    "title": "Text",
    "properties": {"type": {"const": "text"}, "text": {"type": "string"}},
    "required": ["type", "text"],
}
_IMAGE = {
    "type": "object",
    "title": "Image",
    "description": "For models with a projector that sees; PNG, JPEG, WEBP, GIF or BMP.",
    "properties": {
        "type": {"const": "image_url"},
        "image_url": {
            "anyOf": [_URL, {"type": "object", "properties": {"url": _URL}, "required": ["url"]}],
        },
    },
    "required": ["type", "image_url"],
}
_AUDIO = {
    "type": "object",
    "title": "Audio",
    "description": "For models with a projector that hears.",
    "properties": {
        "type": {"const": "input_audio"},
        "input_audio": {
            "type": "object",
            "properties": {
                "data": {"type": "string", "description": "base64"},
                "format": {"type": "string", "description": "wav, mp3 or flac; what the data are is seen in them."},
            },
            "required": ["data"],
        },
    },
    "required": ["type", "input_audio"],
}
_PARTS = {"type": "array", "items": {"anyOf": [_TEXT, _IMAGE, _AUDIO, {"type": "object"}]}}
MESSAGES: dict[str, Any] = {
    "items": {
        "type": "object",
        "additionalProperties": True,
        "properties": {
            "role": {"type": "string"},
            "content": {"anyOf": [{"type": "string"}, _PARTS, {"type": "null"}]},
        },
    }
}
"""Of a list of messages as OpenAI's chat completions have them."""
