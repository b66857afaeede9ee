"""Finding and loading the backends."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from llamacffi import BackendError, ffi, lib
from llamacffi._native import library, plugin_files, start
from tests.process import run_python


@pytest.fixture
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has not started the backends, as far as `library` knows."""
    monkeypatch.setattr(library, "_started", threading.Event())
    monkeypatch.setattr(library, "_problems", [])
    monkeypatch.setattr(library, "_loaded", {})


def cpu_plugin() -> Path:
    """The one that is loaded, of variants the best."""
    (plugin,) = [state for state in library.plugin_states() if state.backend == "cpu" and state.loaded]
    return plugin.path


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
    cpu = library.plugins()["cpu"][0]
    monkeypatch.setattr(library, "build_info", lambda: {"llama_commit": "0123456789"})
    monkeypatch.setattr(library, "plugins", lambda: {"other": [cpu]})
    library.start()
    (problem,) = library.problems()
    assert "this package from 0123456789; `llamacffi backend add other` builds it for this one" in problem.reason


@pytest.mark.usefixtures("nothing_loaded")
@pytest.mark.skipif(sys.platform == "win32" or not shutil.which("cc"), reason="compiles a plug-in")
def test_a_plugin_that_needs_what_ggml_has_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = tmp_path / "libggml-old.so"
    text = "extern int ggml_gone; int *wanted = &ggml_gone;\n"
    flags = ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
    subprocess.run(["cc", "-shared", "-fPIC", *flags, "-x", "c", "-", "-o", plugin], input=text, text=True, check=True)
    monkeypatch.setattr(library, "plugins", lambda: {"old": [plugin]})
    library.start()
    (problem,) = library.problems()
    assert "ggml_gone" in problem.reason
    assert "`llamacffi backend add old` builds it for this one" in problem.reason


@pytest.mark.usefixtures("nothing_loaded")
def test_a_library_that_says_no_commit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = library.folders()[0] / "libggml-base-lcffi.so"
    monkeypatch.setattr(library, "plugins", lambda: {"other": [plain]})
    library.start()
    (problem,) = library.problems()
    assert "does not say which llama.cpp it was built from" in problem.reason


def test_the_variant_that_suits_the_cpu_best_is_tried_first(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = {"x64": 1, "haswell": 64, "zen4": 2000, "amx": 0, "plain": None, "alderlake": 64}
    monkeypatch.setattr(library, "_score", lambda path: scores[path.name])
    monkeypatch.setattr(library, "_problems", [])
    names = [path.name for path in library._best_first([Path(name) for name in scores])]
    assert names == ["zen4", "haswell", "alderlake", "x64", "plain"]
    assert library.problems() == ()
    assert library._best_first([Path("amx")]) == []
    (problem,) = library.problems()
    assert "CPU lacks what it was compiled for" in problem.reason


def test_the_loaded_cpu_plugin_suits_this_cpu() -> None:
    (cpu,) = [state for state in library.plugin_states() if state.backend == "cpu" and state.loaded]
    assert cpu.commit == library.build_info()["llama_commit"]
    assert cpu.score is None or cpu.score > 0
    assert cpu.reason == ""


@pytest.mark.skipif(sys.platform == "win32" or not shutil.which("cc"), reason="compiles a plug-in that says little")
def test_what_a_plugin_says_of_itself(tmp_path: Path) -> None:
    lines = ['const char lcffi_built_from[] = "0123456789";', "int ggml_backend_score(void) { return 77; }"]
    found = {}
    for name, source in (("both", lines), ("commit", lines[:1]), ("nothing", [])):
        path = tmp_path / f"{name}.so"
        text = "\n".join([*source, "int x;\n"])
        subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", path], input=text, text=True, check=True)
        commit = lib.lcffi_plugin_commit(os.fsencode(path))
        found[name] = (ffi.string(commit) if commit else None, lib.lcffi_plugin_score(os.fsencode(path)))
    assert found == {"both": (b"0123456789", 77), "commit": (b"0123456789", -1), "nothing": (None, -1)}
    assert lib.lcffi_plugin_score(os.fsencode(tmp_path / "not-there.so")) == -1


LOADED = """
from llamacffi._native import library
for state in library.plugin_states():
    print(state.backend, state.loaded, state.path)
"""


def loaded(**environment: str) -> dict[str, str]:
    """The files that a new process loads, by backend."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        result = run_python(LOADED)
    assert result.returncode == 0, result.stderr
    lines = [line.split(maxsplit=2) for line in result.stdout.splitlines()]
    return {backend: path for backend, is_loaded, path in lines if is_loaded == "True"}


def test_what_the_user_added_comes_before_what_is_installed(tmp_path: Path) -> None:
    installed = cpu_plugin()
    folder = tmp_path / "backends" / library.build_info()["llama_commit"]
    (folder / "cpu").mkdir(parents=True)
    copy = shutil.copy(installed, folder / "cpu")
    (folder / ".half-built").mkdir()
    shutil.copy(installed, folder / ".half-built" / "libggml-blas.so")
    shutil.copytree(folder, tmp_path / "backends" / ("0" * 40))  # for another llama.cpp
    # It finds ggml's library, which is not beside it, by its name: the extension has loaded that before.
    assert loaded(LLAMACFFI_DATA=str(tmp_path))["cpu"] == str(copy)
    assert loaded(LLAMACFFI_DATA=str(tmp_path / "nothing"))["cpu"] == str(installed)


def test_a_package_that_carries_a_plugin_is_found_and_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "llamacffi_backend_other"
    (package / "lib").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n")
    plugin = shutil.copy(cpu_plugin(), package / "lib")
    info = tmp_path / "llamacffi_backend_other-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: llamacffi-backend-other\nVersion: 1.0\n")
    points = ["[llamacffi.backends]", "cpu = llamacffi_backend_other", "gone = llamacffi_backend_gone"]
    (info / "entry_points.txt").write_text("\n".join(points))
    monkeypatch.syspath_prepend(tmp_path)
    assert plugin_files.packaged_folders()["llamacffi_backend_other"] == package / "lib"
    assert "llamacffi_backend_gone" not in plugin_files.packaged_folders()
    assert loaded()["cpu"] == str(plugin)


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
