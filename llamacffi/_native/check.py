"""What C returned, checked: the value itself when it is good, an exception with llama.cpp's own reason when not."""

from __future__ import annotations

from typing import TypeVar

from llamacffi._native.binding import ffi, lib
from llamacffi.errors import DecodeAborted, DecodeError, InvalidBatch, LlamaError, NoMemorySlot

__all__ = ["check_ptr", "check_status", "native_errors"]

_P = TypeVar("_P")

_STATUS: dict[int, tuple[type[DecodeError], str]] = {
    1: (
        NoMemorySlot,
        "no room in the context's memory for the batch; decode fewer tokens, remove some, or raise n_ctx",
    ),
    2: (DecodeAborted, "the decode was stopped; what was decoded before is still in memory (see Memory.pos_max)"),
    -1: (InvalidBatch, "llama.cpp refused the batch"),
    -2: (DecodeError, "llama.cpp could not allocate what the batch needs; lower n_batch or the number of outputs"),
    -3: (DecodeError, "computing the batch failed"),
}


def native_errors() -> str:
    """Take the error lines that this thread's last native calls logged, joined by newlines; "" when there are none."""
    text = ffi.string(lib.lcffi_log_errors()).decode("utf-8", "replace").strip()
    lib.lcffi_log_clear()
    return text


def with_reason(message: str) -> str:
    """`message`, followed by the native log's last error lines when there are some."""
    reason = native_errors()
    return f"{message}: {reason}" if reason else message


def check_ptr(ptr: _P, message: str, error: type[LlamaError] = LlamaError) -> _P:
    """Return `ptr`; raise `error` with `message` and the native log's last error lines when it is NULL."""
    if not ptr:
        raise error(with_reason(message))
    return ptr


def check_status(status: int, function: str) -> int:
    """Return the 0 of llama_decode or llama_encode; raise the DecodeError that any other `status` stands for."""
    if status == 0:
        return 0
    kind, meaning = _STATUS.get(status, (DecodeError, f"{function} failed"))
    raise kind(with_reason(f"{meaning} ({function} returned {status})"), status)
