"""The package as a whole: what it exports, and what importing it does not do."""

from __future__ import annotations

import copy
import pickle
import sys

import pytest

import llamacffi
from llamacffi import errors
from tests.process import run_python


def test_every_public_name_is_there() -> None:
    for name in llamacffi.__all__:
        assert getattr(llamacffi, name) is not None
    assert set(llamacffi.__all__) <= set(dir(llamacffi))
    with pytest.raises(AttributeError, match="has no attribute 'Modell'"):
        _ = llamacffi.Modell


def test_every_error_is_public_and_of_the_family() -> None:
    for name in errors.__all__:
        error = getattr(llamacffi, name)
        assert error is getattr(errors, name)
        assert issubclass(error, llamacffi.LlamaError)


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (errors.ModelLoadError("a.gguf", "it is empty"), OSError),
        (errors.InvalidBatch("the batch is empty"), ValueError),
        (errors.NoMemorySlot("full", 1), RuntimeError),
        (errors.ClosedError("closed"), ValueError),
        (errors.NativeError("assert"), RuntimeError),
        (errors.BuildError("not built"), ImportError),
    ],
)
def test_errors_survive_the_way_between_processes(error: Exception, builtin: type[Exception]) -> None:
    assert isinstance(error, builtin)
    for same in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(same) is type(error)
        assert str(same) == str(error)
        assert vars(same) == vars(error)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_importing_starts_nothing() -> None:
    code = """
import os, sys, numpy, threading
before = len(os.listdir("/proc/self/task"))
import llamacffi
from llamacffi import Context, Model, ffi
print(len(os.listdir("/proc/self/task")) - before, llamacffi._native.library._started.is_set())
print([name for name in ("jinja2", "platformdirs", "llamacffi.hub", "asyncio", "typer") if name in sys.modules])
print("libggml-cpu" in open("/proc/self/maps").read())
llamacffi.lib
print(llamacffi._native.library._started.is_set(), "libggml-cpu" in open("/proc/self/maps").read())
"""
    run = run_python(code)
    assert run.stderr == ""
    assert run.stdout.splitlines() == ["0 False", "[]", "False", "True True"]


def test_without_the_compiled_module_the_error_says_what_to_do() -> None:
    code = """
import sys
sys.modules["llamacffi._native._llama"] = None
import llamacffi
try:
    from llamacffi import Model
except ImportError as error:
    print(type(error).__name__, error)
"""
    run = run_python(code)
    assert run.stdout.startswith("BuildError llamacffi's compiled module cannot be loaded")
    assert "pip install" in run.stdout
