"""Stages written in Python."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import ffi, lib
from llamacffi._native.callbacks import defer, deferred
from llamacffi.core.sampling.candidates import CANDIDATE, check_logits, token_data
from llamacffi.core.sampling.checks import needed_vocab
from llamacffi.core.sampling.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from llamacffi.core.vocab import Vocab

__all__ = ["LogitsProcessor", "PythonSampler", "Slot", "raised_by", "slot_sampler"]


@dataclass(frozen=True)
class PythonSampler(Stage):
    """Change the logits in Python: `fn(ids, logits)` is called with the tokens that are left, in C's order.

    `ids` int32[n] is read only, `logits` float32[n] is to be changed in place; -inf forbids a token. Both are views of
    what the stages after it go on with: copy what you keep. An exception in `fn` comes out of the call that sampled;
    no token was chosen then.

    An `fn` with state may have the methods accept(token), reset() and clone(), called when the chain's are; without
    clone() the chain's clones share it.
    """

    fn: Callable[[NDArray[np.int32], NDArray[np.float32]], object]

    def __post_init__(self) -> None:
        fn: object = self.fn
        if not callable(fn):
            message = f"fn is {self.fn!r}, but must be callable: fn(ids, logits)"
            raise TypeError(message)

    def build(self, vocab: Vocab | None) -> Any:
        return slot_sampler(Slot(self.fn))


@dataclass(frozen=True)
class LogitsProcessor(Stage):
    """Change the logits in Python by what was said so far: `fn(tokens, logits)`, called once a token.

    `tokens` int32[n] are those that the chain accepted, the prompt's too where it was told of them, and are read only:
    a view that costs nothing to make. `logits` float32[n_vocab] has the logit of token i at i, -inf where a stage
    before has dropped it, and is to be changed in place; -inf forbids a token. Copy what you keep of it. An exception
    in `fn` comes out of the call that sampled; no token was chosen then. Needs the vocabulary.
    """

    fn: Callable[[NDArray[np.int32], NDArray[np.float32]], object]

    def __post_init__(self) -> None:
        fn: object = self.fn
        if not callable(fn):
            message = f"a logits processor is {fn!r}, but must be callable: fn(tokens, logits)"
            raise TypeError(message)

    def build(self, vocab: Vocab | None) -> Any:
        return slot_sampler(_ProcessorSlot(self.fn, needed_vocab(vocab, self).n_tokens))


_FIRST_ROOM = 1024  # tokens; doubled when it is full

_buffer: Any = ffi.buffer


class Slot:
    """What C holds of a Python sampler: the function, and the memory that its arrays are views of."""

    name: Any = ffi.new("char[]", b"python")
    """What csrc/sampler.cpp knows the stage by."""

    def __init__(self, fn: Any) -> None:
        self.fn = fn
        self.raised: BaseException | None = None
        """What the last call raised; `defer` keeps only the first of those that one native call has met."""
        self._room = np.zeros(0, CANDIDATE)

    def apply(self, candidates: Any) -> None:
        n = candidates.size
        if n == 0:  # an earlier stage failed
            return
        # C frees its own memory when it likes; a view that `fn` kept must stay readable for ever.
        if len(self._room) < n:
            self._room = np.zeros(n, CANDIDATE)
        rows = self._room[:n]
        data = token_data(rows)
        ffi.memmove(data, candidates.data, n * CANDIDATE.itemsize)
        ids, logits = rows["id"], rows["logit"]
        ids.flags.writeable = False  # later stages look tokens up by them
        self._call(ids, logits)
        candidates.data, candidates.sorted = data, False

    def _call(self, first: NDArray[np.int32], logits: NDArray[np.float32]) -> None:
        result = self.fn(first, logits)
        if result is not None and result is not logits:
            message = f"{self.fn!r} returned {type(result).__name__}; it must change the logits in place: logits[:] = …"
            raise TypeError(message)
        check_logits(logits)

    def notify(self, method: str, *args: Any) -> Any:
        """Call a method of the function's that it may have; None without."""
        function = getattr(self.fn, method, None)
        return None if function is None else function(*args)

    def clone(self) -> Slot:
        """What a clone of the chain holds."""
        return type(self)(self.notify("clone") or self.fn)


class _ProcessorSlot(Slot):
    """One with a memory of what was accepted, and logits in the order of the vocabulary."""

    def __init__(self, fn: Any, n_vocab: int) -> None:
        super().__init__(fn)
        self._tokens = np.zeros(_FIRST_ROOM, np.int32)
        self._n = 0
        self._logits = np.zeros(n_vocab, np.float32)

    def apply(self, candidates: Any) -> None:
        n = candidates.size
        if n == 0:  # an earlier stage failed
            return
        rows = np.frombuffer(_buffer(candidates.data, n * CANDIDATE.itemsize), CANDIDATE)
        logits = self._logits
        if n != len(logits):
            logits.fill(-np.inf)
        logits[rows["id"]] = rows["logit"]
        tokens = self._tokens[: self._n]
        tokens.flags.writeable = False
        self._call(tokens, logits)
        changed = logits[rows["id"]]
        check_logits(changed)  # what an earlier stage dropped does not come back
        rows["logit"] = changed
        candidates.sorted = False

    def notify(self, method: str, *args: Any) -> Any:
        if method == "accept":
            if self._n == len(self._tokens):
                # Never in place: views of the old one may be alive.
                self._tokens = np.concatenate([self._tokens, np.zeros_like(self._tokens)])
            self._tokens[self._n] = args[0]
            self._n += 1
        elif method == "reset":
            self._tokens, self._n = np.zeros(_FIRST_ROOM, np.int32), 0

    def clone(self) -> Slot:
        copy = _ProcessorSlot(self.fn, len(self._logits))
        copy._tokens, copy._n = self._tokens.copy(), self._n
        return copy


# What C holds, by its address: alive from lcffi_sampler_name_t's first call until lcffi_sampler_free_t.
_held: dict[int, Any] = {}


def slot_sampler(slot: Slot) -> Any:
    """A native sampler that calls on `slot`, which it keeps; the caller owns it."""
    handle = ffi.new_handle(slot)
    _held[_address(handle)] = handle
    return lib.llama_sampler_init(_INTERFACE, handle)


def raised_by(sampler: Any) -> BaseException | None:
    """Take what the function of a native sampler that `slot_sampler` made raised when it was called last.

    It is to be taken: its traceback leads to frames that hold the sampler, which holds it.
    """
    slot = _slot(sampler)
    error, slot.raised = slot.raised, None
    return error


def _address(pointer: Any) -> int:
    return int(ffi.cast("uintptr_t", pointer))


def _slot(sampler: Any) -> Slot:
    slot: Slot = ffi.from_handle(sampler.ctx)
    return slot


@ffi.def_extern(name="cb_lcffi_sampler_name_t")
def _name(sampler: Any) -> Any:
    return _slot(sampler).name


@ffi.def_extern(name="cb_lcffi_sampler_apply_t", onerror=defer)
def _apply(sampler: Any, candidates: Any) -> None:
    slot = _slot(sampler)
    if threading.get_ident() not in deferred:  # a constraint is asked twice in a step
        slot.raised = None
    try:
        slot.apply(candidates)
    except BaseException as error:
        slot.raised = error
        # Without candidates the stages after this one have nothing to choose, and nothing is accepted.
        candidates.size = 0
        raise


@ffi.def_extern(name="cb_lcffi_sampler_accept_t", onerror=defer)
def _accept(sampler: Any, token: int) -> None:
    slot = _slot(sampler)
    try:
        slot.notify("accept", token)
    except BaseException as error:
        slot.raised = error
        raise


@ffi.def_extern(name="cb_lcffi_sampler_reset_t", onerror=defer)
def _reset(sampler: Any) -> None:
    _slot(sampler).notify("reset")


@ffi.def_extern(name="cb_lcffi_sampler_clone_t", onerror=defer)
def _clone(sampler: Any) -> Any:
    slot = _slot(sampler)
    try:
        return slot_sampler(slot.clone())
    except BaseException as error:  # noqa: BLE001 - raised when the call that clones is over; C needs a sampler now
        defer(None, error, None)
        return slot_sampler(Slot(slot.fn))


@ffi.def_extern(name="cb_lcffi_sampler_free_t")
def _free(sampler: Any) -> None:
    _held.pop(_address(sampler.ctx), None)


_INTERFACE = ffi.new(
    "struct llama_sampler_i *",
    {
        "name": lib.cb_lcffi_sampler_name_t,
        "accept": lib.cb_lcffi_sampler_accept_t,
        "apply": lib.cb_lcffi_sampler_apply_t,
        "reset": lib.cb_lcffi_sampler_reset_t,
        "clone": lib.cb_lcffi_sampler_clone_t,
        "free": lib.cb_lcffi_sampler_free_t,
    },
)
