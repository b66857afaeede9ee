"""Devices and what they can do."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest

from llamacffi import BackendWarning, Device, Model, devices, features, lib, system_info
from llamacffi.core.placement import chosen


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
