"""A stage written in Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import ffi, lib
from llamacffi._native.callbacks import defer
from llamacffi.core.sampling.candidates import CANDIDATE, check_logits, token_data
from llamacffi.core.sampling.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from llamacffi.core.vocab import Vocab

__all__ = ["PythonSampler", "Slot", "slot_sampler"]


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


class Slot:
    """What C holds of a Python sampler: the function, and the memory that its arrays are views of."""

    name: Any = ffi.new("char[]", b"python")
    """What csrc/sampler.cpp knows the stage by."""

    def __init__(self, fn: Any) -> None:
        self.fn = fn
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
        result = self.fn(ids, logits)
        if result is not None and result is not logits:
            message = f"{self.fn!r} returned {type(result).__name__}; it must change the logits in place: logits[:] = …"
            raise TypeError(message)
        check_logits(logits)
        candidates.data, candidates.sorted = data, False

    def notify(self, method: str, *args: Any) -> Any:
        """Call a method of the function's that it may have; None without."""
        function = getattr(self.fn, method, None)
        return None if function is None else function(*args)


# What C holds, by its address: alive from lcffi_sampler_name_t's first call until lcffi_sampler_free_t.
_held: dict[int, Any] = {}


def slot_sampler(slot: Slot) -> Any:
    """A native sampler that calls on `slot`, which it keeps; the caller owns it."""
    handle = ffi.new_handle(slot)
    _held[_address(handle)] = handle
    return lib.llama_sampler_init(_INTERFACE, handle)


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
    try:
        _slot(sampler).apply(candidates)
    except BaseException:
        # Without candidates the stages after this one have nothing to choose, and nothing is accepted.
        candidates.size = 0
        raise


@ffi.def_extern(name="cb_lcffi_sampler_accept_t", onerror=defer)
def _accept(sampler: Any, token: int) -> None:
    _slot(sampler).notify("accept", token)


@ffi.def_extern(name="cb_lcffi_sampler_reset_t", onerror=defer)
def _reset(sampler: Any) -> None:
    _slot(sampler).notify("reset")


@ffi.def_extern(name="cb_lcffi_sampler_clone_t", onerror=defer)
def _clone(sampler: Any) -> Any:
    slot = _slot(sampler)
    fn = slot.fn
    try:
        fn = slot.notify("clone") or fn
    except BaseException as error:  # noqa: BLE001 - raised when the call that clones is over; C needs a sampler now
        defer(None, error, None)
    return slot_sampler(type(slot)(fn))


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
