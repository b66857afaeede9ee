"""What a context remembers, as bytes that can be kept and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llamacffi._native import build_info, lib, native_errors
from llamacffi._native.arrays import lend
from llamacffi._native.convert import instance, integer, integers
from llamacffi.core.checkpoint import Checkpoint
from llamacffi.core.container import Container
from llamacffi.errors import ContextError, StateError

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from typing_extensions import Self

    from llamacffi.core.context import Context

__all__ = ["State", "check_kin", "restore", "snapshot"]


@dataclass(frozen=True, eq=False)
class State:
    """A copy of a context's memory, made by `context.snapshot()`.

    `fingerprint` says which model it belongs to, `tokens` what was decoded, as far as the snapshot was told. As bytes
    and as a file it is a `Container`: llama.cpp's own data after a header with these fields, every bit under an XXH3
    checksum.
    """

    fingerprint: str
    tokens: tuple[int, ...]
    seq_id: int | None
    """The sequence it is of; None for a whole context."""
    llama_commit: str
    shape: dict[str, Any]
    """The options of the context that decide how the data is laid out."""
    _container: Container
    n_exact: int | None = None
    """How many of the tokens, from the first, were computed in sight of those before them and of no others; None is all
    of them. Others are behind a context shift."""
    altered_by: str = ""
    """A hash of the adapters, the control vector and the attention that they were computed with; "" for several."""

    @property
    def payload(self) -> memoryview:
        """llama.cpp's own data, read-only. Raises StateError when it is not what was saved."""
        return self._container.payload

    def altered_in(self, context: Context) -> int:
        """The `n_altered` of a context's ledger where the tokens are what it would make of them; else -1."""
        return context.ledger.n_altered if self.altered_by == context.altered_by else -1

    def __len__(self) -> int:
        """The bytes of llama.cpp's own data."""
        return self._container.size

    def __repr__(self) -> str:
        of = "a context" if self.seq_id is None else f"sequence {self.seq_id}"
        return f"<State of {of}, {len(self.tokens)} tokens, {len(self)} bytes>"

    def to_bytes(self) -> bytes:
        """The state in one piece; for one that was not loaded from a file, no copy is made."""
        return self._container.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview) -> Self:
        """Read what `to_bytes` wrote. Raises StateError unless every bit is as it was."""
        try:
            memoryview(data)
        except TypeError:
            message = f"a state is read from bytes, not from {data!r:.80}; from a file by State.load()"
            raise TypeError(message) from None
        return cls._of(Container.from_bytes(data))

    def save(self, path: str | os.PathLike[str], *, fsync: bool = True) -> None:
        """Write the state to a file, which it replaces only when it is whole. Raises OSError.

        With `fsync` it returns when the file is on the disk, and survives a loss of power.
        """
        self._container.save(path, fsync=fsync)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Map what `save` wrote into memory; the data is read, and its checksum compared, when it is first used.

        Raises StateError, here or at the first use, unless every bit is as it was, and OSError. Do not write to the
        file while the state is in use; `save` does not, it replaces the file.
        """
        return cls._of(Container.load(path))

    @classmethod
    def _of(cls, container: Container) -> Self:
        header = container.header
        try:
            return cls(**{**header, "tokens": tuple(header["tokens"])}, _container=container)
        except (KeyError, TypeError) as error:
            message = f"the header has other fields than a state has: {error}"
            raise StateError(message) from None


def snapshot(
    context: Context, seq_id: int | None, tokens: Sequence[int], *, n_exact: int | None = None, altered: bool = False
) -> State:
    """Copy a context's memory; `Context.snapshot` is the way to it.

    `altered` says that adapters, control vector or attention were changed since the first of the tokens.
    """
    if context.ledger.pending:
        message = "the memory has a shift or copy that the next decode carries out; decode before a snapshot"
        raise ContextError(message)
    if seq_id is not None:
        seq_id = integer("seq_id", seq_id, 0, context.n_seq_max - 1)
    header = {
        "fingerprint": context.model.fingerprint,
        "tokens": tuple(integers("tokens", tokens)),
        "seq_id": seq_id,
        "llama_commit": build_info().get("llama_commit", ""),
        "shape": _shape(context),
        "n_exact": None if n_exact is None or n_exact >= len(tokens) else n_exact,
        "altered_by": "" if altered else context.altered_by,
    }
    return State(**header, _container=context.call(_get, seq_id, header))


def restore(context: Context, state: State | Checkpoint, seq_id: int | None) -> None:
    """Put a state into a context's memory; `Context.restore` is the way to it."""
    if isinstance(state, Checkpoint):
        state.check_home(context, seq_id)
        state.restore()
        return
    instance("state", state, State, "a State or a Checkpoint")
    check_kin(context, state)
    if state.seq_id is None and seq_id is not None:
        message = f"the state is of a whole context and cannot go to sequence {seq_id}; take snapshot(seq_id) for that"
        raise StateError(message)
    target = state.seq_id if seq_id is None else seq_id
    if target is not None:
        target = integer("seq_id", target, 0, context.n_seq_max - 1)
    with context.exclusive():
        if context.ledger.pending:
            # The copy of a buffer, carried out afterwards, would overwrite what is restored here.
            message = "the memory has a shift or copy that the next decode carries out; decode before restoring"
            raise ContextError(message)
        _replace(context, state, target)


def _replace(context: Context, state: State, target: int | None) -> None:
    payload = state.payload
    native_errors()  # what earlier calls left behind is not this one's reason
    context.memory.remove(target)  # llama.cpp leaves a sequence as it is when there is nothing to put into it
    if context.call(_set, payload, target) != len(state):
        emptied = "the context" if target is None else f"sequence {target}"
        reason = native_errors() or "llama.cpp did not read all of it"
        message = f"the state does not fit in this context: {reason}; {emptied} is empty now"
        context.memory.remove(target)
        raise StateError(message)
    if target is None and context.kv_unified:
        # Which sequences share cells is in the data only.
        context.ledger.share(i for i in range(context.n_seq_max) if context.memory.pos_max(i) >= 0)


def _get(context: Any, seq_id: int | None, header: dict[str, Any]) -> Container:
    size = lib.llama_state_get_size(context) if seq_id is None else lib.llama_state_seq_get_size(context, seq_id)

    def write(data: Any) -> None:
        if seq_id is None:
            written = lib.llama_state_get_data(context, data, size)
        else:
            written = lib.llama_state_seq_get_data(context, data, size, seq_id)
        if written != size or size == 0:
            reason = native_errors() or f"llama.cpp wrote {written} of {size} bytes"
            message = f"the state could not be copied: {reason}"
            raise StateError(message)

    return Container.fill(header, size, write)


def _set(context: Any, payload: memoryview, seq_id: int | None) -> int:
    data = lend("uint8_t[]", payload)
    if seq_id is None:
        return lib.llama_state_set_data(context, data, len(payload))
    return lib.llama_state_seq_set_data(context, data, len(payload), seq_id)


def _shape(context: Context) -> dict[str, Any]:
    # llama.cpp keeps one buffer for each sequence, or one for all; a state goes only to as many as it came from.
    n_stream = 1 if context.kv_unified else context.n_seq_max
    return {"type_k": context.type_k, "type_v": context.type_v, "n_stream": n_stream}


def _how_other(context: Context, state: State) -> str:
    """Where the two differ, when that is easily overlooked."""
    metadata, _, weights = context.model.fingerprint.partition("-")
    if state.fingerprint == metadata:
        return ", or to this one: it was saved by a version that did not look at weights; decode the tokens again"
    if state.fingerprint.startswith(f"{metadata}-") and weights:
        return ": of the same metadata, and with other weights, as a finetune has"
    return ""


def check_kin(context: Context, state: State) -> None:
    """Refuse a state that llama.cpp would misread; it checks little by itself."""
    commit = build_info().get("llama_commit", "")
    shape = _shape(context)
    if state.fingerprint != context.model.fingerprint:
        message = f"the state belongs to another model than {context.model.description}{_how_other(context, state)}"
    elif state.llama_commit != commit:
        message = f"the state was saved with llama.cpp {state.llama_commit}, this is {commit}; decode the tokens again"
    elif state.shape != shape:
        message = (
            f"the state is of a context with {state.shape}, this one has {shape} (n_stream: kv_unified, n_seq_max)"
        )
    else:
        return
    raise StateError(message)
