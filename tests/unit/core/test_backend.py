"""Devices and what they can do."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import pytest

from llamacffi import BackendWarning, Device, Model, devices, features, lib, system_info
from llamacffi._native import build_info
from llamacffi._native.library import plugins
from llamacffi.core.placement import chosen
from tests.process import run_python


def test_the_cpu_is_a_device_with_the_machine_s_memory() -> None:
    (cpu,) = [device for device in devices() if device.type == "cpu"]
    assert (cpu.name, cpu.backend) == ("CPU", "CPU")
    if hasattr(os, "sysconf"):
        assert cpu.memory_total == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < cpu.memory_free <= cpu.memory_total


def test_features_agree_with_the_functions_that_ask_for_one() -> None:
    cpu = features()["CPU"]
    if platform.machine() in {"x86_64", "AMD64"}:
        assert (cpu.get("AVX2") == "1") == bool(lib.ggml_cpu_has_avx2())
    assert all(f"{name} = {value}" in system_info() for name, value in cpu.items())


def test_the_cpu_is_no_device_to_offload_to() -> None:
    for wanted in (["CPU"], [Device("CPU", "", "cpu", 0, 0)], []):
        assert chosen(wanted, ()) == []
    assert chosen(None, ()) is None


def test_an_unknown_device_is_named() -> None:
    with pytest.raises(ValueError, match=r"there is no device 'XPU9'; this installation has .*'CPU'"):
        chosen(["XPU9"], ())


@pytest.mark.parametrize("name", ["CPU\0", "\ud800", ""])
def test_a_name_that_c_cannot_take_is_unknown_too(name: str) -> None:
    with pytest.raises(ValueError, match="there is no device "):
        chosen([name], ())
    assert chosen(["cpu"], ()) == []  # as llama.cpp, which does not mind the case


@pytest.mark.skipif(sys.platform == "win32", reason="a plug-in has another name")
def test_the_plugin_of_another_llama_cpp_is_why_a_device_is_missing(
    tmp_path: Path, tiny_llama: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = build_info()["llama_commit"]
    folder = tmp_path / "backends" / commit / "vulkan"
    folder.mkdir(parents=True)
    plugin = folder / "libggml-vulkan.so"
    other = plugins()["cpu"][0].read_bytes().replace(commit.encode(), b"1" * len(commit))
    plugin.write_bytes(other)
    monkeypatch.setenv("LLAMACFFI_DATA", str(tmp_path))
    code = """
import sys, warnings
from llamacffi import Model
try:
    Model(sys.argv[1], devices=["Vulkan0"])
except ValueError as error:
    print(error)
with warnings.catch_warnings(record=True) as caught:
    Model(sys.argv[1], n_gpu_layers=4)
print(caught[0].message)
"""
    result = run_python(code, str(tiny_llama))
    assert result.returncode == 0, result.stderr
    error, warning = result.stdout.splitlines()
    reason = f"; {plugin} is not loaded: it was built from llama.cpp {'1' * len(commit)}, this package from {commit}; "
    reason += "`llamacffi backend add vulkan` builds it for this one"
    assert error.startswith("there is no device 'Vulkan0'; this installation has ")
    assert error.endswith(reason)
    assert warning.startswith("n_gpu_layers=4 has no effect")
    assert warning.endswith(reason)


def test_layers_without_a_gpu_warn_once(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if any(device.type in {"gpu", "igpu"} for device in devices() if device.backend != "RPC"):
        pytest.skip("there is a GPU")
    monkeypatch.setattr("llamacffi.core.placement._warned", False)
    with pytest.warns(BackendWarning) as caught:
        models = [Model(tiny_llama, n_gpu_layers=n) for n in (99, 99, -1, 0)]
    for model in models:
        assert set(model.layer_devices) == {"CPU"}
        model.close()
    (warning,) = caught
    assert str(warning.message) == (
        "n_gpu_layers=99 has no effect, the model stays on the CPU; no GPU backend is installed: "
        "`python -m llamacffi backend add vulkan` (or cuda, hip, sycl) adds one"
    )
    assert warning.filename == __file__
