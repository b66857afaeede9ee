"""OpenAI's transcriptions: sound to text."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from llamacffi.server.driving import asking, event_stream, make, unless_gone, whole
from llamacffi.server.errors import ApiError
from llamacffi.server.events import data_event, dumps
from llamacffi.server.openai.transcription import transcription_of
from llamacffi.server.schemas.answers import of
from llamacffi.server.schemas.audio import TRANSCRIPTION_BODY, Transcript, TranscriptionRequest
from llamacffi.server.state import state_of

__all__ = ["router"]

router = APIRouter(tags=["OpenAI"])
_ANSWERS: Any = of(Transcript, "The text; with `stream` its parts, as events.", stream=True)
_FIELDS = 32


@router.post(
    "/v1/audio/transcriptions",
    response_model=None,
    responses=_ANSWERS,
    openapi_extra={"requestBody": TRANSCRIPTION_BODY},
)
@router.post("/audio/transcriptions", response_model=None, include_in_schema=False)
async def transcriptions(http: Request) -> Response:
    """Write down what is said in a sound; for models that hear."""
    asked, data = await _form(http)
    async with asking(http, asked.model) as use:
        media = state_of(http).media
        sound = await unless_gone(http, http.receive, media.sound(data, use.served, use.salt, "file"))
        job = await make(transcription_of, asked, sound, use.served, use.salt)
        if asked.stream:
            return await event_stream(http, use, job, data_event)
        answer: dict[str, Any] = await whole(http, use, job)
        if asked.response_format == "text":
            return Response(answer["text"] + "\n", media_type="text/plain")
        return Response(dumps(answer), media_type="application/json")


async def _form(http: Request) -> tuple[TranscriptionRequest, bytes]:
    """The fields, and the contents of the file. Raises ApiError."""
    if not http.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise ApiError(415, "the body is no form; send multipart/form-data, with the sound as `file`")
    await http.body()  # which is handed on where the model has a process of its own
    async with http.form(max_files=1, max_fields=_FIELDS) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise ApiError(400, "file is missing: a sound as WAV, MP3 or FLAC", param="file")
        data = await file.read()
        fields = {name.removesuffix("[]"): value for name, value in form.items() if name != "file" and value != ""}
    try:
        return TranscriptionRequest.model_validate(fields), data
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ApiError(400, f"{where}: {first['msg']}, not {first['input']!r:.100}", param=where) from None
