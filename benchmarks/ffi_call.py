"""A trivial C call through `llamacffi.lib`, beside the same function of the same library file through ctypes.

python benchmarks/ffi_call.py [--pairs 21] [--calls 200000]
"""

from __future__ import annotations

import argparse
import ctypes
import sys
import timeit
from collections.abc import Callable
from pathlib import Path

from paired import interleave

import llamacffi
from llamacffi import lib


def library(stem: str) -> str:
    """The path of one of llamacffi's own libraries: the file that `lib` is linked with."""
    folder = Path(llamacffi.__file__).parent / "_native" / "lib"
    found = [path for path in folder.iterdir() if path.stem.removeprefix("lib") == stem]
    if not found:
        sys.exit(f"no {stem} in {folder}")
    return str(found[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=21)
    parser.add_argument("--calls", type=int, default=200_000)
    options = parser.parse_args()

    # Types declared, as good ctypes code does; CDLL releases the GIL around a call, and so does cffi.
    base = ctypes.CDLL(library("ggml-base-lcffi"))
    type_size = base.ggml_type_size
    type_size.argtypes, type_size.restype = [ctypes.c_int], ctypes.c_size_t
    llama = ctypes.CDLL(library("llama-lcffi"))
    max_devices = llama.llama_max_devices
    max_devices.argtypes, max_devices.restype = [], ctypes.c_size_t

    kind = lib.GGML_TYPE_Q4_1
    assert type_size(kind) == lib.ggml_type_size(kind)
    assert max_devices() == lib.llama_max_devices()

    def per_second(statement: str, names: dict[str, object]) -> Callable[[], float]:
        timer = timeit.Timer(statement, globals=names)
        return lambda: options.calls / timer.timeit(options.calls) / 1e6

    good = True
    for name, arguments, ours, theirs in (
        ("llama_max_devices()", "", lib.llama_max_devices, max_devices),
        ("ggml_type_size(int)", "kind", lib.ggml_type_size, type_size),
    ):
        pairs = interleave(
            per_second(f"f({arguments})", {"f": ours, "kind": kind}),
            per_second(f"f({arguments})", {"f": theirs, "kind": kind}),
            pairs=options.pairs,
        )
        good &= pairs.report(f"{name} through lib", "through ctypes", "million calls/s", at_least=2.0)
    sys.exit(not good)


if __name__ == "__main__":
    main()
