"""The machine's own memory, as far as this process may use it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from llamacffi._native import lib, start
from llamacffi._native.binding import ffi
from llamacffi._native.convert import boolean, enum_value
from llamacffi.core.backend import devices

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["free_memory", "init_numa"]


def free_memory(membership: Path = Path("/proc/self/cgroup"), root: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes of RAM that are free for this process: what the CPU's backend says, or what its control group leaves."""
    free = sum(device.memory_free for device in devices() if device.type == "cpu")
    return min([free, *_left(membership, root)])


def init_numa(numa: bool | int | str) -> None:  # noqa: FBT001 - as users of other packages write it
    """Spread the work over the nodes of a NUMA machine (llama_numa_init): True, or a strategy such as "isolate".

    For the whole process, and only the first call with anything but False does something.
    """
    start()
    kind = ffi.typeof("enum ggml_numa_strategy")
    strategy = int(boolean("numa", numa)) if isinstance(numa, bool) else enum_value("numa", numa, kind)
    if strategy != lib.GGML_NUMA_STRATEGY_DISABLED:
        lib.llama_numa_init(strategy)


def _left(membership: Path, root: Path) -> Iterator[int]:
    """What each control group that holds this process, and has a limit, still gives."""
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _number, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        names = {"": ("memory.max", "memory.current")}.get(controllers)
        if names is None and "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
        mount = root / "memory" if controllers else root
        inner = Path(group.lstrip("/"))
        for folder in (mount / part for part in (inner, *inner.parents)) if names else ():
            numbers = [_number_in(folder / name) for name in names or ()]
            if None not in numbers:
                yield max(0, (numbers[0] or 0) - (numbers[1] or 0))


def _number_in(file: Path) -> int | None:
    """None for "max", and for a file that is not there."""
    try:
        return int(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
