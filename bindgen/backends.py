"""The ggml backends that can be built: what each needs of the machine, how it is found, how it is chosen at run time.

One table serves the build, which stops before CMake does when something is missing, and the manual: docs/backends.md
holds what `markdown()` returns.
"""

from __future__ import annotations

import difflib
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bindgen import cuda
from bindgen.needs import Need, how_to_install
from bindgen.toolchain import stop

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BACKENDS", "DEFAULT", "Backend", "arguments", "check", "find", "markdown", "parse"]

# As ggml itself has it: on macOS the GPU and Accelerate come with the system.
DEFAULT = "cpu,blas,metal" if sys.platform == "darwin" else "cpu"

_SYSTEMS = {"darwin": "macOS", "linux": "Linux", "win32": "Windows"}


@dataclass(frozen=True)
class Backend:
    """One backend of ggml, with its row in the manual."""

    name: str
    runs_on: str
    needs: tuple[Need, ...]
    chosen: str
    """When llama.cpp computes on it, and what narrows that."""
    check: str
    """What to look at when it does not do what it should."""
    systems: tuple[str, ...] = ("linux", "darwin", "win32")
    automatic: bool = True
    """Whether LLAMACFFI_BACKENDS=auto takes it where its tools are found."""
    cmake: tuple[str, ...] = ()


_VULKAN_SDK = "the Vulkan SDK of vulkan.lunarg.com"
_ROCM = "ROCm 6.1 or newer, from AMD's repository"
_ONEAPI = "the oneAPI Base Toolkit, from Intel's repository"

BACKENDS: tuple[Backend, ...] = (
    Backend(
        "cpu",
        "the processor",
        (),
        "always; of several variants the one whose features the machine has most of",
        "`llamacffi doctor` names its features; `LLAMACFFI_CPU` at build time",
    ),
    Backend(
        "blas",
        "the processor: OpenBLAS, or another BLAS, multiplies matrices of prompts longer than 32 tokens",
        (
            Need(
                "OpenBLAS",
                header="cblas.h",
                variables=("BLAS_INCLUDE_DIRS",),
                folders=(
                    "/usr/include/openblas",
                    "/usr/include/x86_64-linux-gnu/openblas-pthread",
                    "/opt/homebrew/opt/openblas/include",
                    "/usr/local/opt/openblas/include",
                ),
                systems=("linux", "win32"),  # Accelerate is part of macOS
                debian="libopenblas-dev pkg-config",
                fedora="openblas-devel pkgconf",
                windows="OpenBLAS's release, named by CMAKE_ARGS=-DBLAS_INCLUDE_DIRS=… -DBLAS_LIBRARIES=…",
            ),
            Need(
                "pkg-config",
                program="pkg-config",
                variables=("BLAS_INCLUDE_DIRS",),
                systems=("linux",),
                debian="pkg-config",
                fedora="pkgconf",
            ),
        ),
        "by itself, beside cpu; worth it for long prompts on CPUs without AVX-512 or AMX",
        "`OPENBLAS_NUM_THREADS`; another library with `CMAKE_ARGS=-DGGML_BLAS_VENDOR=…`",
    ),
    Backend(
        "cuda",
        "NVIDIA GPUs",
        (
            Need(
                "nvcc (CUDA's compiler)",
                program="nvcc",
                variables=("CMAKE_CUDA_COMPILER",),
                environment=("CUDA_PATH", "CUDA_HOME"),
                folders=cuda.FOLDERS,
                debian="CUDA from NVIDIA's repository",
                fedora="CUDA from NVIDIA's repository",
                windows="CUDA (winget install Nvidia.CUDA)",
            ),
            Need(
                "cuBLAS",
                header="cublas_v2.h",
                variables=("CUDA_cublas_LIBRARY",),
                environment=("CUDA_PATH", "CUDA_HOME"),
                folders=(*(f"{folder}/include" for folder in cuda.FOLDERS), *cuda.wheel_includes()),
                debian="CUDA from NVIDIA's repository",
                note="pip install nvidia-cublas gives cuBLAS too",
                fedora="CUDA from NVIDIA's repository",
                windows="CUDA (winget install Nvidia.CUDA)",
            ),
        ),
        "by itself when there is a driver; `CUDA_VISIBLE_DEVICES` narrows it",
        "`nvidia-smi`; for other GPUs than this machine's `CMAKE_ARGS=-DCMAKE_CUDA_ARCHITECTURES=…`",
        systems=("linux", "win32"),
    ),
    Backend(
        "hip",
        "AMD GPUs, through ROCm",
        (
            Need(
                "hipcc (ROCm's compiler)",
                program="hipcc",
                environment=("ROCM_PATH", "HIP_PATH"),
                folders=("/opt/rocm",),
                debian=_ROCM,
                fedora="rocm-hip-devel",
                windows="AMD's HIP SDK",
            ),
            Need(
                "hipBLAS",
                header="hipblas/hipblas.h",
                environment=("ROCM_PATH", "HIP_PATH"),
                folders=("/opt/rocm/include",),
                debian=_ROCM,
                fedora="hipblas-devel rocblas-devel",
                windows="AMD's HIP SDK",
            ),
        ),
        "by itself when there is a GPU; `HIP_VISIBLE_DEVICES` narrows it",
        "`rocminfo`; the GPU's architecture with `CMAKE_ARGS=-DGPU_TARGETS=gfx1100`",
        systems=("linux", "win32"),
    ),
    Backend(
        "metal",
        "Apple's GPUs",
        (Need("the Metal framework", program="xcrun", systems=("darwin",), macos="run xcode-select --install"),),
        "by itself on an Apple silicon Mac",
        "a Python for arm64: `python -c 'import platform; print(platform.machine())'`",
        systems=("darwin",),
    ),
    Backend(
        "opencl",
        "Qualcomm's Adreno GPUs, and others with OpenCL 3",
        (
            Need(
                "OpenCL's headers",
                header="CL/cl.h",
                variables=("OpenCL_INCLUDE_DIR",),
                debian="opencl-headers ocl-icd-opencl-dev",
                fedora="opencl-headers ocl-icd-devel",
                windows="vcpkg install opencl",
            ),
        ),
        "by itself when there is a device that it supports",
        "`clinfo`; `GGML_OPENCL_PLATFORM` and `GGML_OPENCL_DEVICE` pick one",
        systems=("linux", "win32"),
    ),
    Backend(
        "rpc",
        "devices of other machines",
        (),
        "for a model with `rpc_servers=[…]`",
        "`llamacffi rpc-server` runs on the other machine, with the same llama.cpp",
    ),
    Backend(
        "sycl",
        "Intel's GPUs",
        (
            Need(
                "icpx (oneAPI's compiler)",
                program="icpx",
                environment=("CMPLR_ROOT",),
                folders=("/opt/intel/oneapi/compiler/latest",),
                debian=_ONEAPI,
                fedora=_ONEAPI,
                windows=_ONEAPI,
            ),
        ),
        "by itself when there is a GPU; `ONEAPI_DEVICE_SELECTOR` narrows it",
        "`source /opt/intel/oneapi/setvars.sh` before the build and before use; `sycl-ls`",
        systems=("linux", "win32"),
        automatic=False,  # it changes the compiler of everything
        cmake=("CMAKE_C_COMPILER=icx", "CMAKE_CXX_COMPILER=icpx"),
    ),
    Backend(
        "vulkan",
        "GPUs of AMD, Intel, NVIDIA and others, through their Vulkan driver",
        (
            Need(
                "glslc (the shader compiler)",
                program="glslc",
                variables=("Vulkan_GLSLC_EXECUTABLE",),
                environment=("VULKAN_SDK",),
                debian="glslc",
                fedora="glslc",
                macos="shaderc",
                windows=_VULKAN_SDK,
            ),
            Need(
                "Vulkan's headers (with VK_EXT_layer_settings)",
                header="vulkan/vulkan.h",
                condition="defined(VK_EXT_layer_settings)",
                variables=("Vulkan_INCLUDE_DIR",),
                environment=("VULKAN_SDK",),
                debian="libvulkan-dev",
                note="Debian 12's is too old: unpack Debian 13's, and name it by CMAKE_ARGS=-DVulkan_INCLUDE_DIR=…",
                fedora="vulkan-loader-devel",
                macos="vulkan-loader vulkan-headers molten-vk",
                windows=_VULKAN_SDK,
            ),
            Need(
                "the SPIR-V headers",
                header="spirv/unified1/spirv.hpp",
                variables=("SPIRV-Headers_DIR",),
                environment=("VULKAN_SDK",),
                debian="spirv-headers",
                fedora="spirv-headers-devel",
                macos="spirv-headers",
                windows=_VULKAN_SDK,
            ),
        ),
        "by itself when there is a GPU; a software device only when `GGML_VK_VISIBLE_DEVICES` names it",
        "`vulkaninfo --summary`; the driver: Debian's mesa-vulkan-drivers, or the vendor's",
    ),
)

_BY_NAME = {backend.name: backend for backend in BACKENDS}


def find(name: str) -> Backend:
    """The backend of that name; stops with the nearest one when there is none."""
    try:
        return _BY_NAME[name]
    except KeyError:
        near = [known for known in _BY_NAME if known in name] or difflib.get_close_matches(name, _BY_NAME, n=1)
        hint = f"; did you mean `{near[0]}`?" if near else "."
        stop(f"there is no backend `{name}`{hint} There are {', '.join(_BY_NAME)}")


def parse(text: str, cmake_args: Sequence[str] = ()) -> list[str]:
    """The names in a list like `cpu,vulkan`; `auto` stands for cpu and all for which the machine has the tools.

    What CMAKE_ARGS switches on (`-DGGML_VULKAN=ON`) counts too. Stops when a name is unknown, or cpu is not among them.
    """
    asked = [name for part in text.split(",") if (name := part.strip().lower())]
    names: list[str] = []
    for name in asked:
        names += automatic(cmake_args) if name == "auto" else [find(name).name]
    if "cpu" not in names:
        stop(f"LLAMACFFI_BACKENDS is `{text}`; it must name cpu, without which llama.cpp cannot work")
    for argument in cmake_args:
        switch = re.fullmatch(r"-DGGML_(\w+?)(?::BOOL)?=(?:ON|1|TRUE|YES)", argument, re.IGNORECASE)
        if switch and switch[1].lower() in _BY_NAME:
            names.append(switch[1].lower())
    return list(dict.fromkeys(names))


def automatic(cmake_args: Sequence[str] = ()) -> list[str]:
    """The backends that can be built on this machine."""
    return [b.name for b in BACKENDS if b.automatic and sys.platform in b.systems and not _missing(b, cmake_args)]


def check(names: Sequence[str], cmake_args: Sequence[str] = ()) -> None:
    """Stop with one line when a backend needs what the machine lacks: what it is, and what to install."""
    for name in names:
        backend = find(name)
        if sys.platform not in backend.systems:
            where = " and ".join(_SYSTEMS[system] for system in backend.systems)
            stop(f"the backend {name} is for {where}, this is {_SYSTEMS.get(sys.platform, sys.platform)}")
        if missing := _missing(backend, cmake_args):
            stop(f"the backend {name} needs {' and '.join(n.what for n in missing)}. {how_to_install(missing)}")


def arguments(names: Sequence[str], cmake_args: Sequence[str] = ()) -> list[str]:
    """What CMake is told besides the backends' names, before the user's own arguments."""
    found = [f"-D{pair}" for name in names for pair in find(name).cmake]
    return [*found, *cuda.arguments(cmake_args)] if "cuda" in names else found


def markdown() -> str:
    """The table of docs/backends.md."""
    lines = ["| backend | computes on | needs | when it computes | what to check |", "|---|---|---|---|---|"]
    lines += [f"| `{b.name}` | {b.runs_on} | {_needs(b)} | {b.chosen} | {b.check} |" for b in BACKENDS]
    return "\n".join(lines) + "\n"


def _missing(backend: Backend, cmake_args: Sequence[str]) -> list[Need]:
    return [need for need in backend.needs if not need.is_met(cmake_args)]


def _needs(backend: Backend) -> str:
    if not backend.needs:
        return "nothing more"
    what = ", ".join(need.what for need in backend.needs)
    return f"{what}. {how_to_install(backend.needs)}".replace(" | ", " or ")
