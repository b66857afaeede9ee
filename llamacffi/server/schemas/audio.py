"""A sound that is to be written down."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["TRANSCRIPTION_BODY", "Transcript", "TranscriptionRequest"]


class TranscriptionRequest(BaseModel):
    """The fields of a form beside its file; all of them are texts there. llama.cpp's sampling options may be too."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    model: str | None = Field(default=None, description="The name of a configured model; the first one by default.")
    prompt: str | None = Field(default=None, description="What the model is told to do, in place of the usual words.")
    language: str | None = Field(default=None, description="That of the sound, such as en.")
    response_format: Literal["json", "text"] = "json"
    temperature: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    max_tokens: int | None = Field(default=None, ge=1, le=2**31 - 1)
    seed: int | None = None
    stream: bool = False


class TranscriptUsage(BaseModel):
    """How many tokens there were."""

    type: Literal["tokens"]
    input_tokens: int
    output_tokens: int
    total_tokens: int
    input_token_details: dict[str, int]


class Transcript(BaseModel):
    """What was said."""

    text: str
    usage: TranscriptUsage


def _body() -> dict[str, Any]:
    """The form, for the description of the routes."""
    schema = TranscriptionRequest.model_json_schema()
    file = {"type": "string", "format": "binary", "description": "WAV, MP3 or FLAC."}
    schema["properties"] = {"file": file, **schema["properties"]}
    schema["required"] = ["file"]
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


TRANSCRIPTION_BODY = _body()
