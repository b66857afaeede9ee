"""What a client is told when something went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from llamacffi.errors import ClosedError, ContextError, ContextOverflow, ModelLoadError, QueueFull

__all__ = ["ApiError", "error_of"]

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    413: "invalid_request_error",
    415: "invalid_request_error",
    429: "rate_limit_error",
    501: "not_supported_error",
    503: "unavailable_error",
}


class ApiError(Exception):
    """An answer that is an error: its status, and what its body says, in OpenAI's shape."""

    def __init__(
        self,
        status: int,
        message: str,
        type: str | None = None,  # noqa: A002 - the name that it has in the body
        *,
        code: str | int | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status, self.message = status, message
        self.type = _TYPES.get(status, "server_error") if type is None else type
        self.code, self.param = status if code is None else code, param
        self.headers = dict(headers or {})
        self.more = more

    def body(self) -> dict[str, Any]:
        """OpenAI's shape, which is llama-server's too."""
        told = {"message": self.message, "type": self.type, "code": self.code, "param": self.param}
        return {"error": {**told, **self.more}}


def error_of(error: BaseException) -> ApiError:
    """What a client is told of an exception; of one that is nobody's fault but ours, nothing from inside."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    if isinstance(error, HTTPException):
        return ApiError(error.status_code, str(error.detail), headers=error.headers)
    if isinstance(error, ContextOverflow):
        return ApiError(400, str(error), "exceed_context_size_error")
    if isinstance(error, QueueFull):
        return ApiError(429, str(error), headers={"Retry-After": "1"})
    if isinstance(error, (ClosedError, ModelLoadError)):
        return ApiError(503, "the model is not there just now; ask again")
    if isinstance(error, (ContextError, NotImplementedError)):
        return ApiError(501, str(error))
    if isinstance(error, (ValueError, TypeError)):
        return ApiError(400, str(error))
    return ApiError(500, "something went wrong in the server; its log says what", "server_error")


def _invalid(error: RequestValidationError) -> ApiError:
    found = error.errors()
    first = found[0] if found else {}
    where = _where(error.body, first)
    message = f"{where}: {first.get('msg', 'it is not what it must be')}" if where else str(first.get("msg", ""))
    return ApiError(400, message or "the request is not what it must be", param=where or None)


def _where(body: Any, error: Mapping[str, Any]) -> str:
    """The path to a value in the body; pydantic goes on with which form of it was tried."""
    path: list[str] = []
    if error.get("type") == "json_invalid":
        return ""
    for part in error.get("loc", ())[1:]:
        is_there = part in body if isinstance(body, dict) else isinstance(body, list) and isinstance(part, int)
        if path and not is_there and error.get("type") != "missing":
            break
        path.append(str(part))
        body = body[part] if is_there and (isinstance(body, dict) or part < len(body)) else None
    return ".".join(path)
