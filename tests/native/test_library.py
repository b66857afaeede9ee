"""Finding and loading the backends."""

from __future__ import annotations

import platform
import shutil
import sys
import threading
from pathlib import Path

import pytest

from llamacffi import BackendError, lib
from llamacffi._native import library, start
from tests.process import run_python


@pytest.fixture
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has not started the backends, as far as `library` knows."""
    monkeypatch.setattr(library, "_started", threading.Event())
    monkeypatch.setattr(library, "_problems", [])


def cpu_plugin() -> Path:
    return library.plugins()["cpu"][0]


def test_the_cpu_plugin_is_there_and_belongs() -> None:
    start()
    assert library.problems() == ()
    assert lib.ggml_backend_dev_by_type(lib.GGML_BACKEND_DEVICE_TYPE_CPU)


def test_a_function_of_the_plugin_works() -> None:
    start()
    # A property of the architecture that the interpreter knows too.
    assert bool(lib.ggml_cpu_has_neon()) == (platform.machine() in {"aarch64", "arm64"})


def test_names_are_sorted_by_backend(tmp_path: Path) -> None:
    for name in ("libggml-cpu.so", "libggml-cpu-haswell.so", "libggml-cuda.so", "libggml-base-lcffi.so", "libllama.so"):
        (tmp_path / name).touch()
    found = library.plugins([tmp_path])
    assert {backend: [path.name for path in paths] for backend, paths in found.items()} == {
        "cpu": ["libggml-cpu-haswell.so", "libggml-cpu.so"],
        "cuda": ["libggml-cuda.so"],
    }


@pytest.mark.usefixtures("nothing_loaded")
def test_a_broken_plugin_is_a_problem_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "libggml-vulkan.so"
    broken.write_bytes(b"not a library")
    monkeypatch.setattr(library, "plugins", lambda: {"vulkan": [broken]})
    library.start()  # the CPU backend was loaded before
    (problem,) = library.problems()
    assert problem.path == broken
    assert "libggml-vulkan.so" in problem.reason


@pytest.mark.usefixtures("nothing_loaded")
def test_a_plugin_of_another_llama_cpp_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "build_info", lambda: {"llama_commit": "0123456789"})
    cpu = cpu_plugin()
    monkeypatch.setattr(library, "plugins", lambda: {"other": [cpu]})
    library.start()
    (problem,) = library.problems()
    assert "this package from 0123456789; build it again" in problem.reason


@pytest.mark.usefixtures("nothing_loaded")
def test_a_library_that_says_no_commit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = library.folders()[0] / "libggml-base-lcffi.so"
    monkeypatch.setattr(library, "plugins", lambda: {"other": [plain]})
    library.start()
    (problem,) = library.problems()
    assert "does not say which llama.cpp it was built from" in problem.reason


@pytest.mark.usefixtures("nothing_loaded")
def test_without_a_cpu_backend_the_reasons_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "libggml-cpu.so"
    broken.write_bytes(b"not a library")
    monkeypatch.setattr(library, "plugins", lambda: {"cpu": [broken]})
    monkeypatch.setattr(library, "_cpu_is_loaded", lambda: False)
    with pytest.raises(BackendError, match=r"no CPU backend could be loaded \(.*libggml-cpu\.so: .*pip install"):
        library.start()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_working_directory_is_not_searched(tmp_path: Path) -> None:
    trap = tmp_path / "libggml-blas.so"
    shutil.copy(cpu_plugin(), trap)
    code = f"""
import os
os.chdir({str(tmp_path)!r})
import llamacffi
llamacffi.devices()
print('libggml-blas' in open('/proc/self/maps').read(), 'libggml-cpu' in open('/proc/self/maps').read())
"""
    assert run_python(code).stdout.split() == ["False", "True"]


def test_many_threads_start_once() -> None:
    code = """
import threading, llamacffi
threads = [threading.Thread(target=llamacffi.devices) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(llamacffi.lib.ggml_backend_reg_count(), len(llamacffi._native.library.plugins()))
"""
    registered, files = run_python(code).stdout.split()
    assert registered == files
