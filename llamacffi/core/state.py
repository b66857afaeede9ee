"""What a context remembers, as bytes that can be kept and checked."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import build_info, lib, native_errors
from llamacffi._native.arrays import lend
from llamacffi._native.convert import integer
from llamacffi.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Self

    from llamacffi.core.context import Context

__all__ = ["State"]

_MAGIC = b"LCFFISTA"
_VERSION = 1
_PREFIX = struct.Struct("<8sII")  # magic, version, length of the header
_DIGEST = 32


@dataclass(frozen=True, eq=False)
class State:
    """A copy of a context's memory, made by `context.snapshot()`.

    As bytes: magic, version and the header's length; the header, in JSON; llama.cpp's own data; the BLAKE2b digest of
    all that. `fingerprint` says which model it belongs to, `tokens` what was decoded, as far as the snapshot was told.
    """

    fingerprint: str
    tokens: tuple[int, ...]
    seq_id: int | None
    """The sequence it is of; None for a whole context."""
    llama_commit: str
    shape: dict[str, Any]
    """The options of the context that decide how the data is laid out."""
    payload: bytes | memoryview

    def __len__(self) -> int:
        """The bytes of llama.cpp's own data."""
        return len(self.payload)

    def __repr__(self) -> str:
        of = "a context" if self.seq_id is None else f"sequence {self.seq_id}"
        return f"<State of {of}, {len(self.tokens)} tokens, {len(self)} bytes>"

    def to_bytes(self) -> bytes:
        """The state in one piece."""
        return b"".join(self._parts())

    @classmethod
    def from_bytes(cls, data: bytes | memoryview) -> Self:
        """Read what `to_bytes` wrote. Raises StateError unless every bit is as it was."""
        view = memoryview(data)
        if len(view) < _PREFIX.size + _DIGEST or bytes(view[: len(_MAGIC)]) != _MAGIC:
            message = f"this is not a saved state: {len(view)} bytes that begin with {bytes(view[:8])!r}"
            raise StateError(message)
        if _digest(view[:-_DIGEST]) != view[-_DIGEST:]:
            message = "the saved state is damaged: its checksum does not match; save it again"
            raise StateError(message)
        _magic, version, length = _PREFIX.unpack_from(view)
        if version != _VERSION:
            message = f"the saved state has format {version}, this llamacffi reads {_VERSION}"
            raise StateError(message)
        import json

        header = json.loads(bytes(view[_PREFIX.size : _PREFIX.size + length]))
        header["tokens"] = tuple(header["tokens"])
        return cls(**header, payload=view[_PREFIX.size + length : -_DIGEST])

    def save(self, path: str | os.PathLike[str], *, fsync: bool = True) -> None:
        """Write the state to a file, which it replaces only when it is whole. Raises OSError."""
        import tempfile

        target = Path(path)
        # In the same folder: a file can be renamed over another only within a file system.
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines(self._parts())
                file.flush()
                if fsync:
                    os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote. Raises StateError unless every bit is as it was, and OSError."""
        try:
            return cls.from_bytes(Path(path).read_bytes())
        except StateError as error:
            message = f"{os.fspath(path)!r}: {error}"
            raise StateError(message) from None

    def _parts(self) -> list[bytes | memoryview]:
        fields = {
            "fingerprint": self.fingerprint,
            "tokens": self.tokens,
            "seq_id": self.seq_id,
            "llama_commit": self.llama_commit,
            "shape": self.shape,
        }
        import json

        header = json.dumps(fields).encode()
        parts = [_PREFIX.pack(_MAGIC, _VERSION, len(header)) + header, self.payload]
        return [*parts, _digest(*parts)]


def _digest(*parts: bytes | memoryview) -> bytes:
    import hashlib  # loads OpenSSL, which a program without states need not wait for

    digest = hashlib.blake2b(digest_size=_DIGEST)
    for part in parts:
        digest.update(part)
    return digest.digest()


def snapshot(context: Context, seq_id: int | None, tokens: Sequence[int]) -> State:
    """Copy a context's memory; `Context.snapshot` is the way to it."""
    if seq_id is not None:
        seq_id = integer("seq_id", seq_id, 0, context.n_seq_max - 1)
    return State(
        fingerprint=context.model.fingerprint,
        tokens=tuple(int(token) for token in tokens),
        seq_id=seq_id,
        llama_commit=build_info().get("llama_commit", ""),
        shape=_shape(context),
        payload=context.call(_get, seq_id),
    )


def restore(context: Context, state: State, seq_id: int | None) -> None:
    """Put a state into a context's memory; `Context.restore` is the way to it."""
    _check_kin(context, state)
    if state.seq_id is None and seq_id is not None:
        message = f"the state is of a whole context and cannot go to sequence {seq_id}; take snapshot(seq_id) for that"
        raise StateError(message)
    target = state.seq_id if seq_id is None else seq_id
    if target is not None:
        target = integer("seq_id", target, 0, context.n_seq_max - 1)
    native_errors()  # what earlier calls left behind is not this one's reason
    if context.call(_set, state.payload, target) != len(state.payload):
        emptied = "the context" if target is None else f"sequence {target}"
        reason = native_errors() or "llama.cpp did not read all of it"
        message = f"the state does not fit in this context: {reason}; {emptied} is empty now"
        context.memory.remove(target)
        raise StateError(message)
    context.pending = False


def _get(context: Any, seq_id: int | None) -> memoryview:
    size = lib.llama_state_get_size(context) if seq_id is None else lib.llama_state_seq_get_size(context, seq_id)
    data = np.empty(size, np.uint8)
    buffer = lend("uint8_t[]", data)
    if seq_id is None:
        written = lib.llama_state_get_data(context, buffer, size)
    else:
        written = lib.llama_state_seq_get_data(context, buffer, size, seq_id)
    if written != size or size == 0:
        reason = native_errors() or f"llama.cpp wrote {written} of {size} bytes"
        message = f"the state could not be copied: {reason}"
        raise StateError(message)
    view: memoryview = data.data
    return view.toreadonly()


def _set(context: Any, payload: bytes | memoryview, seq_id: int | None) -> int:
    data = lend("uint8_t[]", payload)
    if seq_id is None:
        return lib.llama_state_set_data(context, data, len(payload))
    return lib.llama_state_seq_set_data(context, data, len(payload), seq_id)


def _shape(context: Context) -> dict[str, Any]:
    # llama.cpp keeps one buffer for each sequence, or one for all; a state goes only to as many as it came from.
    n_stream = 1 if context.kv_unified else context.n_seq_max
    return {"type_k": context.type_k, "type_v": context.type_v, "n_stream": n_stream}


def _check_kin(context: Context, state: State) -> None:
    """Refuse a state that llama.cpp would misread; it checks little by itself."""
    commit = build_info().get("llama_commit", "")
    shape = _shape(context)
    if state.fingerprint != context.model.fingerprint:
        message = f"the state belongs to another model than {context.model.description}"
    elif state.llama_commit != commit:
        message = f"the state was saved with llama.cpp {state.llama_commit}, this is {commit}; decode the tokens again"
    elif state.shape != shape:
        message = (
            f"the state is of a context with {state.shape}, this one has {shape} (n_stream: kv_unified, n_seq_max)"
        )
    else:
        return
    raise StateError(message)
