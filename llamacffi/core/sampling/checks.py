"""The numbers that stages are made with, refused while the caller can still see which one it was."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from llamacffi._native import lib
from llamacffi._native.convert import integer, real, text

if TYPE_CHECKING:
    from llamacffi.core.vocab import Vocab

__all__ = [
    "c_seed",
    "check_finite",
    "check_int32",
    "check_probability",
    "check_seed",
    "check_texts",
    "check_window",
    "drawn_seed",
    "needed_vocab",
]

_MAX_WINDOW = 2**24  # llama.cpp allocates it all at once: 64 MiB, and more than any context has


def c_seed(seed: int | None) -> int:
    """A seed for C, where None is spelt LLAMA_DEFAULT_SEED."""
    return lib.LLAMA_DEFAULT_SEED if seed is None else seed


def drawn_seed() -> int:
    """A seed that nobody knows beforehand; of the system, because `secrets` is slow to import."""
    return int.from_bytes(os.urandom(4), "little") % lib.LLAMA_DEFAULT_SEED


def check_seed(seed: int | None) -> None:
    """Refuse a seed that is not 32 bits, or is LLAMA_DEFAULT_SEED."""
    if seed is not None and not 0 <= integer("seed", seed) < lib.LLAMA_DEFAULT_SEED:
        message = f"seed is {seed}, but must be from 0 to {lib.LLAMA_DEFAULT_SEED - 1}; None is a random one"
        raise ValueError(message)


def check_int32(name: str, value: int, *, minimum: int = 0) -> None:
    """Refuse a number below `minimum` or too large for C."""
    if not minimum <= integer(name, value) < 2**31:
        message = f"{name} is {value}, but must be from {minimum} to {2**31 - 1}"
        raise ValueError(message)


def check_window(name: str, value: int) -> None:
    """Refuse a number of tokens to look back on that is negative, or would take gigabytes."""
    if not 0 <= integer(name, value) <= _MAX_WINDOW:
        message = f"{name} is {value}, but must be from 0 to {_MAX_WINDOW}; the size of the context is enough"
        raise ValueError(message)


def check_probability(name: str, value: float) -> None:
    """Refuse a number that is not from 0 to 1."""
    check_finite(name, value, minimum=0.0, maximum=1.0)


def check_finite(name: str, value: float, *, minimum: float = -math.inf, maximum: float = math.inf) -> None:
    """Refuse infinities, not-a-number, and what is not from `minimum` to `maximum`."""
    if not math.isfinite(real(name, value)):
        message = f"{name} is {value}, but must be finite"
        raise ValueError(message)
    if not minimum <= value <= maximum:
        message = f"{name} is {value}, but must be from {minimum} to {maximum}"
        raise ValueError(message)


def check_texts(name: str, texts: object) -> None:
    """Refuse what is not several texts for C, each with something in it."""
    if isinstance(texts, (str, bytes)) or not isinstance(texts, Iterable):
        message = f"{name} is {texts!r:.80}; pass a tuple of strings"
        raise TypeError(message)
    for each in texts:
        if not text(f"one of {name}", each):
            message = f"one of {name} is empty, but must be text"
            raise ValueError(message)


def needed_vocab(vocab: Vocab | None, stage: object) -> Vocab:
    """Return the vocabulary that `stage` cannot work without."""
    if vocab is None:
        message = f"{type(stage).__name__} needs the vocabulary; pass it as SamplerChain(…, vocab=model.vocab)"
        raise ValueError(message)
    return vocab
