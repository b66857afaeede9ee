"""Runs snippets on the package `llama_cpp` of this Python, and writes what they gave as one line of JSON each.

python runner.py MODEL [--shim] [NAME …]

Before a snippet its name is written, so that it is known which one ended the process.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

# Behind what is installed: only the snippets are wanted from here.
sys.path.append(str(Path(__file__).parents[2]))

FILES = ("tests.compat.snippets", "tests.compat.snippets_stateful", "tests.compat.snippets_media")
HELPERS = ("load", "parts", "without_space", "called")


def snippets() -> dict[str, Callable[[Any, str], Any]]:
    """All of them by name."""
    return {
        name: function
        for file in FILES
        for name, function in inspect.getmembers(importlib.import_module(file), inspect.isfunction)
        if function.__module__ == file and not name.startswith("_") and name not in HELPERS
    }


def typed(value: Any) -> Any:
    """A value as JSON that keeps its types: a pair of the type's name and what it holds."""
    if isinstance(value, dict):
        return ["dict", {str(key): typed(held) for key, held in value.items()}]
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, [typed(held) for held in value]]
    if isinstance(value, bytes):
        return ["bytes", value.decode("latin-1")]
    if isinstance(value, np.ndarray):
        return [f"array of {value.dtype} {value.shape}", [typed(held) for held in value.ravel().tolist()]]
    if isinstance(value, np.generic):
        return [type(value).__name__, value.item()]
    if value is None or isinstance(value, (str, int, float, bool)):
        return [type(value).__name__, value]
    return [type(value).__name__, None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--shim", action="store_true", help="make llama_cpp llamacffi's")
    options = parser.parse_args()
    if options.shim:
        importlib.import_module("llamacffi.integrations.llama_cpp").install()
    llama_cpp = importlib.import_module("llama_cpp")

    warnings.simplefilter("ignore")
    for name, function in snippets().items():
        if options.names and name not in options.names:
            continue
        print(json.dumps({"begins": name}), flush=True)
        begin = time.perf_counter()
        result: dict[str, Any] = {"name": name}
        try:
            result["value"] = typed(function(llama_cpp, options.model))
        except Exception as error:  # noqa: BLE001 what a snippet raises is its result
            result["error"] = f"{type(error).__name__}: {error}"
        print(json.dumps({**result, "seconds": round(time.perf_counter() - begin, 2)}), flush=True)


if __name__ == "__main__":
    main()
