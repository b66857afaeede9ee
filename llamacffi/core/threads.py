"""How many threads a computation may use: what the machine has is not what this process was given."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["cgroup_quota", "usable_cores"]


def usable_cores() -> int:
    """The number of cores that this process may keep busy: its affinity, limited by its control group's CPU quota.

    A quota of 1.5 cores counts as 1: threads that wait for each other lose more by being throttled than a half core
    gains.
    """
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        cores = os.cpu_count() or 1
    quota = cgroup_quota()
    return max(1, cores if quota is None else min(cores, int(quota)))


def cgroup_quota(membership: Path = Path("/proc/self/cgroup"), root: Path = Path("/sys/fs/cgroup")) -> float | None:
    """The smallest CPU quota, in cores, of the control groups that hold this process; None when there is no limit.

    Reads both versions: cpu.max of version 2, cpu.cfs_quota_us and cpu.cfs_period_us of version 1.
    """
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    quotas = [quota for line in lines for quota in _quotas(line, root)]
    return min(quotas, default=None)


def _quotas(line: str, root: Path) -> Iterator[float]:
    _number, _, rest = line.partition(":")
    controllers, _, group = rest.partition(":")
    if controllers == "":
        for folder in _up(root, group):
            yield from _fraction(*_words(folder / "cpu.max"))
    elif "cpu" in controllers.split(","):
        for mount in (root / controllers, root / "cpu"):
            for folder in _up(mount, group):
                yield from _fraction(*_words(folder / "cpu.cfs_quota_us"), *_words(folder / "cpu.cfs_period_us"))


def _up(root: Path, group: str) -> Iterator[Path]:
    """`group` and everything above it: each level has a limit of its own.

    Inside a container the group's path may name folders that only the host sees; the root is then the group.
    """
    inner = Path(group.lstrip("/"))
    for part in (inner, *inner.parents):
        yield root / part


def _words(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").split()
    except OSError:
        return []


def _fraction(*words: str) -> Iterator[float]:
    try:
        quota, period = (int(word) for word in words)
    except ValueError:  # "max", or a file that is not there
        return
    if quota > 0 and period > 0:
        yield quota / period
