"""Our C and C++ by compilers of other systems, as far as they run on this one: syntax and types, nothing is linked."""

from __future__ import annotations

import concurrent.futures
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bindgen import emit_guard
from bindgen.declarations import Api

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CSRC = ROOT / "llamacffi" / "_native" / "csrc"
SOURCES = [*sorted(CSRC.glob("*.c")), *sorted(CSRC.glob("*.cpp")), ROOT / "cmake" / "built_from.c"]

COMPILERS = {
    "clang": ("clang", "clang++", "apt-get install clang"),
    "mingw": ("x86_64-w64-mingw32-gcc-posix", "x86_64-w64-mingw32-g++-posix", "apt-get install g++-mingw-w64-x86-64"),
}


@pytest.mark.parametrize("kind", COMPILERS)
def test_every_file_compiles(
    kind: str, llama_cpp: Path, llama_includes: list[Path], llama_api: Api, tmp_path: Path
) -> None:
    cc, cxx, install = COMPILERS[kind]
    if not shutil.which(cc) or not shutil.which(cxx):
        pytest.skip(f"no {cc}: {install}")
    (tmp_path / "lcffi_has.h").write_text(emit_guard.features(llama_api, ()))
    includes = [f"-I{folder}" for folder in (tmp_path, CSRC, llama_cpp, llama_cpp / "common", llama_cpp / "vendor")]
    includes += [f"-I{folder}" for folder in llama_includes]
    # As CMakeLists.txt and cmake/Ggml.cmake define them.
    definitions = ["-D_WIN32_WINNT=0x0A00", '-DLCFFI_LLAMA_COMMIT="commit"']

    def compile_(source: Path) -> str:
        driver = [cxx, "-std=c++17"] if source.suffix == ".cpp" else [cc, "-std=c11"]
        machine = ["-mavx2"] if source.stem.endswith("_avx2") else []
        command = [*driver, "-w", "-fsyntax-only", *machine, *definitions, *includes, str(source)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stderr

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        failed = [text for text in pool.map(compile_, SOURCES) if text]
    assert failed == [], "\n".join(failed)
