"""Usable cores under affinity and quotas."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from llamacffi import usable_cores
from llamacffi.core import threads
from llamacffi.core.threads import cgroup_quota


def group(root: Path, name: str, **files: str) -> None:
    folder = root / name.lstrip("/")
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        (folder / file.replace("__", ".")).write_text(text)


@pytest.fixture
def membership(tmp_path: Path) -> Path:
    return tmp_path / "cgroup"


def test_version_2(tmp_path: Path, membership: Path) -> None:
    membership.write_text("0::/pod/box\n")
    group(tmp_path / "fs", "pod/box", cpu__max="max 100000\n")
    assert cgroup_quota(membership, tmp_path / "fs") is None
    group(tmp_path / "fs", "pod", cpu__max="250000 100000\n")  # the parent's limit counts too
    assert cgroup_quota(membership, tmp_path / "fs") == 2.5
    group(tmp_path / "fs", "pod/box", cpu__max="50000 100000\n")
    assert cgroup_quota(membership, tmp_path / "fs") == 0.5


def test_version_1(tmp_path: Path, membership: Path) -> None:
    membership.write_text("12:memory:/box\n4:cpu,cpuacct:/box\n")
    group(tmp_path / "fs", "cpu,cpuacct/box", cpu__cfs_quota_us="-1\n", cpu__cfs_period_us="100000\n")
    assert cgroup_quota(membership, tmp_path / "fs") is None
    group(tmp_path / "fs", "cpu,cpuacct/box", cpu__cfs_quota_us="300000\n")
    assert cgroup_quota(membership, tmp_path / "fs") == 3.0


def test_inside_a_container_the_root_is_the_group(tmp_path: Path, membership: Path) -> None:
    membership.write_text("0::/kubepods/burstable/only-the-host-sees-this\n")
    group(tmp_path / "fs", "/", cpu__max="200000 100000\n")
    assert cgroup_quota(membership, tmp_path / "fs") == 2.0


def test_no_control_groups(tmp_path: Path, membership: Path) -> None:
    assert cgroup_quota(membership, tmp_path) is None


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no affinity here")
@pytest.mark.parametrize(("cores", "quota", "usable"), [(8, None, 8), (8, 2.9, 2), (8, 0.5, 1), (2, 6.0, 2)])
def test_the_smaller_of_both_counts(
    monkeypatch: pytest.MonkeyPatch, cores: int, quota: float | None, usable: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(cores)))
    monkeypatch.setattr(threads, "cgroup_quota", lambda: quota)
    assert usable_cores() == usable
