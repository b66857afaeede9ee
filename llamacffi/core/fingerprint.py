"""By what weights, and changes to them, are recognised without reading them whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from llamacffi._native.digest import xxh3

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import IO

    from numpy.typing import NDArray

    from llamacffi.core.adapter import Adapter, ControlVector

__all__ = ["altered_by", "of_files", "of_stream", "of_vector"]

_N_SAMPLES = 256
_N_BYTES = 512


def of_files(paths: Iterable[Path]) -> str:
    """A hash of the files' sizes and of 256 pieces of each, evenly spread; "" when one cannot be read.

    Other weights in a hundredth of a file are found in 9 cases of 10, in a tenth of it always: a finetune changes more.
    """
    pieces: list[bytes] = []
    try:
        for path in paths:
            with path.open("rb", buffering=0) as file:
                pieces += _pieces(file)
    except OSError:
        return ""
    return xxh3(b"".join(pieces)).hex()


def of_stream(file: IO[bytes]) -> str:
    """The same of an open file, from where it is to its end; it is left where it is."""
    begin = file.tell()
    try:
        return xxh3(b"".join(_pieces(file))).hex()
    finally:
        file.seek(begin)


def _pieces(file: IO[bytes] | io.RawIOBase) -> Iterator[bytes]:
    begin = file.tell()
    size = file.seek(0, 2) - begin
    yield size.to_bytes(8, "little")
    for offset in range(0, size, max(_N_BYTES, size // _N_SAMPLES)):
        file.seek(begin + offset)
        yield file.read(_N_BYTES) or b""


def of_vector(vector: ControlVector | NDArray[np.float32] | None) -> str:
    """A hash of a control vector; "" for none."""
    if vector is None:
        return ""
    rows = np.ascontiguousarray(getattr(vector, "directions", vector), np.float32)
    return xxh3(repr(rows.shape).encode() + rows.tobytes()).hex()


def altered_by(adapters: Mapping[Adapter, float], vector: str, *, causal_attn: bool) -> str:
    """A hash of what decides, beside the weights, what a context makes of tokens; the same in another process."""
    scales = sorted((adapter.fingerprint, float(scale)) for adapter, scale in adapters.items())
    return xxh3(json.dumps([scales, vector, causal_attn]).encode()).hex()
