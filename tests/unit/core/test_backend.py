"""Devices and what they can do."""

from __future__ import annotations

import os
import platform

import pytest

from llamacffi import Device, devices, features, lib, system_info
from llamacffi.core.backend import device_pointers


def test_the_cpu_is_a_device_with_the_machine_s_memory() -> None:
    (cpu,) = [device for device in devices() if device.type == "cpu"]
    assert cpu.name == "CPU"
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
        pointers = device_pointers(wanted)
        assert len(pointers) == 1
        assert not pointers[0]


def test_an_unknown_device_is_named() -> None:
    with pytest.raises(ValueError, match=r"there is no device 'XPU9'; this installation has .*'CPU'"):
        device_pointers(["XPU9"])
