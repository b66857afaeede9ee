"""What C returned, checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from llamacffi import DecodeAborted, DecodeError, InvalidBatch, LlamaError, NoMemorySlot, StateError, lib
from llamacffi._native import check_ptr, check_status, ffi, native_errors


def test_a_pointer_comes_back_as_it_is() -> None:
    pointer = ffi.new("int *")
    assert check_ptr(pointer, "no int") is pointer


def test_null_raises_with_the_native_reason(tmp_path: Path) -> None:
    native_errors()
    missing = tmp_path / "missing.gguf"
    params = ffi.new("struct gguf_init_params *")
    with pytest.raises(StateError, match=r"no header: gguf_init_from_file: failed to open GGUF file .*missing\.gguf"):
        check_ptr(lib.gguf_init_from_file(bytes(missing), params[0]), "no header", StateError)
    # Taken, so that the next failure does not tell of this one.
    assert native_errors() == ""


def test_null_without_a_reason() -> None:
    native_errors()
    with pytest.raises(LlamaError, match="^nothing there$"):
        check_ptr(ffi.NULL, "nothing there")


def test_zero_is_good() -> None:
    assert check_status(0, "llama_decode") == 0


# The meanings are those of the comment on llama_decode in llama.h.
@pytest.mark.parametrize(
    ("status", "kind", "remedy"),
    [
        (1, NoMemorySlot, "raise n_ctx"),
        (2, DecodeAborted, "stopped"),
        (-1, InvalidBatch, "refused the batch"),
        (-2, DecodeError, "could not allocate"),
        (-3, DecodeError, "computing the batch failed"),
        (-77, DecodeError, "llama_decode failed"),
    ],
)
def test_each_status_has_its_error(status: int, kind: type[DecodeError], remedy: str) -> None:
    native_errors()
    with pytest.raises(kind, match=remedy) as caught:
        check_status(status, "llama_decode")
    assert type(caught.value) is kind
    assert caught.value.status == status
    assert f"llama_decode returned {status}" in str(caught.value)


def test_an_invalid_batch_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="refused"):
        check_status(-1, "llama_decode")
