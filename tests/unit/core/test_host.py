"""The memory that a process may use, as its control groups say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llamacffi import devices
from llamacffi.core.host import free_memory, init_numa


def group(root: Path, place: str, **files: object) -> None:
    folder = root / place
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        (folder / f"memory.{name}").write_text(f"{value}\n", encoding="utf-8")


def membership(folder: Path, text: str) -> Path:
    path = folder / "cgroup"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_limit_it_is_what_the_machine_has(tmp_path: Path) -> None:
    machine = sum(device.memory_total for device in devices() if device.type == "cpu")
    assert 0 < free_memory(tmp_path / "nothing", tmp_path) <= machine
    group(tmp_path, "a", max="max", current=5)
    assert free_memory(membership(tmp_path, "0::/a\n"), tmp_path) <= machine


@pytest.mark.parametrize(
    ("text", "place", "files"),
    [
        ("0::/a/b\n", "a/b", {"max": 1000, "current": 400}),
        ("0::/a/b\n", "a", {"max": 1000, "current": 400}),
        ("0::/host/only\n", ".", {"max": 1000, "current": 400}),
        ("5:cpu:/x\n4:memory:/a\n", "memory/a", {"limit_in_bytes": 1000, "usage_in_bytes": 400}),
    ],
)
def test_a_limit_leaves_what_is_not_used_of_it(tmp_path: Path, text: str, place: str, files: dict[str, Any]) -> None:
    group(tmp_path, place, **files)
    assert free_memory(membership(tmp_path, text), tmp_path) == 600


def test_the_smallest_counts_and_none_is_below_zero(tmp_path: Path) -> None:
    group(tmp_path, "a", max=900, current=100)
    group(tmp_path, "a/b", max=500, current=700)
    assert free_memory(membership(tmp_path, "0::/a/b\n"), tmp_path) == 0


@pytest.mark.parametrize(("numa", "error"), [("everywhere", ValueError), (9, ValueError), (1.5, TypeError)])
def test_a_strategy_that_there_is_not(numa: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="numa"):
        init_numa(numa)


def test_no_strategy_does_nothing() -> None:
    init_numa(False)
    init_numa("disabled")
