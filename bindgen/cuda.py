"""Where CUDA's compiler and libraries are, for CMake, which asks PATH alone."""

from __future__ import annotations

import os
import re
import shutil
import site
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FOLDERS", "arguments", "wheel_includes"]

FOLDERS = ("/usr/local/cuda", "/opt/cuda")
# Where the wheels of NVIDIA put cuBLAS, of CUDA 13 and of CUDA 12, below site-packages.
_IN_WHEELS = ("nvidia/cu13", "nvidia/cublas")


def wheel_includes() -> tuple[str, ...]:
    """The include folders of the installed nvidia-cublas wheels."""
    return tuple(str(folder / "include") for folder in _wheels())


def arguments(cmake_args: Sequence[str] = ()) -> list[str]:
    """What CMake must be told: the compiler that is not on PATH, this machine's GPUs, the cuBLAS of a wheel."""
    given = " ".join(cmake_args)
    found = []
    if "CMAKE_CUDA_COMPILER=" not in given and not shutil.which("nvcc") and (toolkit := _toolkit()):
        found.append(f"-DCMAKE_CUDA_COMPILER={toolkit / 'bin' / 'nvcc'}")
    if "CMAKE_CUDA_ARCHITECTURES=" not in given and shutil.which("nvidia-smi"):
        # As the CPU's default: for this machine. Where there is no GPU, ggml's list for many is taken.
        found.append("-DCMAKE_CUDA_ARCHITECTURES=native")
    if ccache := shutil.which("ccache"):
        found.append(f"-DCMAKE_CUDA_COMPILER_LAUNCHER={ccache}")
    named = re.findall(r"-DCUDA_cublas_LIBRARY(?::\w+)?=(\S+)", given)
    if named and "LLAMACFFI_RPATH" not in given:
        found.append(f"-DLLAMACFFI_RPATH={Path(named[-1]).parent}")  # where it was found once, it is found again
    if not named and not _toolkit_has_cublas():
        found += _cublas_of_a_wheel()
    return found


def _cublas_of_a_wheel() -> list[str]:
    for folder in _wheels():
        if (folder / "include" / "cublas_v2.h").is_file():
            names = {"cublas": "libcublas.so.*", "cublasLt": "libcublasLt.so.*"}
            files = {name: sorted((folder / "lib").glob(pattern)) for name, pattern in names.items()}
            if all(files.values()):
                include = f"-I{folder / 'include'}"
                return [
                    *(f"-DCUDA_{name}_LIBRARY={paths[-1]}" for name, paths in files.items()),
                    f"-DCMAKE_CUDA_FLAGS={include}",
                    f"-DCMAKE_CXX_FLAGS={include}",
                    f"-DLLAMACFFI_RPATH={folder / 'lib'}",
                ]
    return []


def _toolkit() -> Path | None:
    roots = [Path(root) for root in (os.environ.get("CUDA_PATH"), os.environ.get("CUDA_HOME"), *FOLDERS) if root]
    return next((root for root in roots if (root / "bin" / "nvcc").exists()), None)


def _toolkit_has_cublas() -> bool:
    nvcc = shutil.which("nvcc")
    roots = [_toolkit(), Path(nvcc).resolve().parents[1] if nvcc else None, Path("/usr")]
    return any(root and (root / "include" / "cublas_v2.h").is_file() for root in roots)


def _wheels() -> list[Path]:
    places = dict.fromkeys([sysconfig.get_path("purelib"), *sys.path, site.getusersitepackages()])
    return [folder for place in places for name in _IN_WHEELS if (folder := Path(place) / name).is_dir()]
