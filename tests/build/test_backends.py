"""The table of backends: names, what they need, what is said when it is missing."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from bindgen import backends, cuda
from bindgen.needs import Need, how_to_install

_ROOT = Path(__file__).parents[2]

needs_compiler = pytest.mark.skipif(not shutil.which("c++"), reason="asks the compiler for headers")


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CXX", "VULKAN_SDK", "CUDA_PATH", "CUDA_HOME", "ROCM_PATH", "HIP_PATH", "CMPLR_ROOT", "CPATH"):
        monkeypatch.delenv(name, raising=False)


def test_the_manual_holds_the_table() -> None:
    assert backends.markdown() in (_ROOT / "docs" / "backends.md").read_text(encoding="utf-8")


def test_every_backend_is_one_of_ggml(llama_cpp: Path) -> None:
    options = (llama_cpp / "ggml" / "CMakeLists.txt").read_text(encoding="utf-8")
    for backend in backends.BACKENDS:
        assert re.search(rf"^option\(GGML_{backend.name.upper()} ", options, re.MULTILINE), backend.name
        assert (llama_cpp / "ggml" / "src" / f"ggml-{backend.name}").is_dir()


@pytest.mark.parametrize(
    ("text", "names"),
    [("cpu", ["cpu"]), ("cpu, RPC", ["cpu", "rpc"]), ("rpc,cpu,rpc", ["rpc", "cpu"]), ("cpu,,rpc,", ["cpu", "rpc"])],
)
def test_a_list_of_names(text: str, names: list[str]) -> None:
    assert backends.parse(text) == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cpu,vulcan", "there is no backend `vulcan`; did you mean `vulkan`? There are cpu, blas, "),
        ("cpu,openblas", "there is no backend `openblas`; did you mean `blas`?"),
        ("cpu,xyzzy", "there is no backend `xyzzy`. There are cpu, blas, "),
        ("rpc", "LLAMACFFI_BACKENDS is `rpc`; it must name cpu"),
    ],
)
def test_a_wrong_name_is_one_line(text: str, message: str) -> None:
    with pytest.raises(SystemExit) as caught:
        backends.parse(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_switch_in_cmake_args_counts() -> None:
    given = ["-DGGML_VULKAN=ON", "-DGGML_RPC:BOOL=1", "-DGGML_BLAS=OFF", "-DGGML_LTO=ON"]
    assert backends.parse("cpu", given) == ["cpu", "vulkan", "rpc"]


def test_auto_takes_what_the_machine_has_tools_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Need, "is_met", lambda need, _arguments: need.program in {"", "glslc"})
    monkeypatch.setattr(sys, "platform", "linux")
    assert backends.parse("auto") == ["cpu", "opencl", "rpc", "vulkan"]  # opencl is not for macOS
    monkeypatch.setattr(sys, "platform", "darwin")
    assert backends.parse("auto") == ["cpu", "rpc", "vulkan"]


def test_a_backend_of_another_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(SystemExit, match="the backend metal is for macOS, this is Linux"):
        backends.check(["metal"])


def test_all_that_is_missing_is_named_with_its_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Need, "is_met", lambda need, _arguments: False)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(SystemExit) as caught:
        backends.check(["cpu", "vulkan"])
    message = str(caught.value)
    assert message.startswith(
        "llamacffi: error: the backend vulkan needs glslc (the shader compiler) and Vulkan's headers"
    )
    assert "Debian and Ubuntu: apt-get install glslc libvulkan-dev spirv-headers; Fedora: dnf install glslc " in message
    assert "macOS: brew install shaderc vulkan-loader vulkan-headers" in message
    assert "Windows: the Vulkan SDK" in message
    assert "\n" not in message


def test_what_is_no_package_is_put_in_words() -> None:
    needs = [Need("a", debian="one", fedora="The Kit"), Need("b", debian="two", fedora="The Kit", windows="three")]
    assert how_to_install(needs) == "Debian and Ubuntu: apt-get install one two; Fedora: The Kit; Windows: three"


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for a tool")
def test_a_program_on_path_beside_it_or_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need = Need("the tool", program="no-such-tool", environment=("TOOL_ROOT",), variables=("TOOL",))
    assert not need.is_met()
    assert need.is_met(["-DTOOL:FILEPATH=/somewhere"])
    assert not need.is_met(["-DTOOLS=/somewhere"])
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "no-such-tool").touch(mode=0o755)
    monkeypatch.setenv("TOOL_ROOT", str(tmp_path))
    assert need.find_program() == str(tmp_path / "bin" / "no-such-tool")
    monkeypatch.delenv("TOOL_ROOT")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert need.is_met()


@needs_compiler
def test_a_header_is_asked_of_the_compiler(tmp_path: Path) -> None:
    assert Need("the C library", header="stdio.h").is_met()
    assert not Need("nothing", header="no/such/header.h").is_met()
    (tmp_path / "thing.h").write_text("#define THING_VERSION 239\n")
    for least, met in ((200, True), (239, True), (261, False)):
        need = Need("thing", header="thing.h", condition=f"THING_VERSION >= {least}", variables=("Thing_INCLUDE_DIR",))
        assert not need.is_met()
        assert need.is_met([f"-DThing_INCLUDE_DIR={tmp_path}"]) is met


def test_a_need_of_another_system_is_met(monkeypatch: pytest.MonkeyPatch) -> None:
    need = Need("xcrun", program="no-such-tool", systems=("darwin",))
    monkeypatch.setattr(sys, "platform", "linux")
    assert need.is_met()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not need.is_met()


@pytest.fixture
def toolkit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CUDA that is not on PATH and has no cuBLAS; a wheel beside it has."""
    root = tmp_path / "cuda"
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "nvcc").touch(mode=0o755)
    wheel = tmp_path / "nvidia" / "cu13"
    for name in ("include/cublas_v2.h", "lib/libcublas.so.13", "lib/libcublasLt.so.13"):
        (wheel / name).parent.mkdir(parents=True, exist_ok=True)
        (wheel / name).touch()
    monkeypatch.setattr(cuda, "FOLDERS", (str(root),))
    monkeypatch.setattr(cuda, "_wheels", lambda: [wheel])
    monkeypatch.setattr(cuda, "_toolkit_has_cublas", lambda: False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_cuda_is_told_its_compiler_and_the_cublas_of_a_wheel(toolkit: Path) -> None:
    wheel = toolkit / "nvidia" / "cu13"
    assert backends.arguments(["cpu", "cuda"]) == [
        f"-DCMAKE_CUDA_COMPILER={toolkit / 'cuda' / 'bin' / 'nvcc'}",
        f"-DCUDA_cublas_LIBRARY={wheel / 'lib' / 'libcublas.so.13'}",
        f"-DCUDA_cublasLt_LIBRARY={wheel / 'lib' / 'libcublasLt.so.13'}",
        f"-DCMAKE_CUDA_FLAGS=-I{wheel / 'include'}",
        f"-DCMAKE_CXX_FLAGS=-I{wheel / 'include'}",
        f"-DLLAMACFFI_RPATH={wheel / 'lib'}",
    ]
    assert backends.arguments(["cpu", "rpc"]) == []


def test_what_the_user_gave_for_cuda_stays(toolkit: Path) -> None:
    given = ["-DCMAKE_CUDA_COMPILER=/my/nvcc", "-DCUDA_cublas_LIBRARY=/my/libcublas.so"]
    assert backends.arguments(["cuda"], given) == ["-DLLAMACFFI_RPATH=/my"]
    assert backends.arguments(["cuda"], [*given, "-DLLAMACFFI_RPATH=/other"]) == []


def test_cuda_is_compiled_for_the_gpus_of_this_machine_when_there_are_any(
    toolkit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (toolkit / "nvidia-smi").touch(mode=0o755)
    assert "-DCMAKE_CUDA_ARCHITECTURES=native" in backends.arguments(["cuda"])
    own = ["-DCMAKE_CUDA_ARCHITECTURES=90-real"]
    assert not [one for one in backends.arguments(["cuda"], own) if "ARCHITECTURES" in one]
