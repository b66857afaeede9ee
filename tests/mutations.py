"""Files that a disk, a network or a hand has damaged, and what becomes of a process that is given them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from gguf import GGUFReader

from tests.process import run_python

__all__ = ["outcomes_of", "survivors"]

_BATCH = 100

_NUMBERS = (0, 1, 2, 3, 0xFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def _mutated(data: bytes, places: list[tuple[int, int]], header: int, seed: int) -> bytes:
    """One damage of a kind that a disk, a network or a hand does, mostly where it matters: in the header.

    `places` are where the header's numbers begin, and how many bytes they have.
    """
    random = np.random.RandomState(seed)
    damaged = bytearray(data)
    end = len(data) if random.rand() < 0.1 else header
    position = random.randint(4, end)
    kind = seed % 7
    if kind == 0:  # bits
        for _ in range(random.randint(1, 5)):
            damaged[random.randint(4, end)] ^= 1 << random.randint(8)
    elif kind == 1:  # bytes
        for _ in range(random.randint(1, 20)):
            damaged[random.randint(4, end)] = random.randint(256)
    elif kind == 2:  # a block that is gone
        del damaged[position : position + random.randint(1, 100)]
    elif kind == 3:  # the end that is gone
        del damaged[random.randint(4, len(data)) :]
    elif kind == 4:  # a block from elsewhere
        source, length = random.randint(4, end), random.randint(1, 200)
        damaged[position : position + length] = data[source : source + length]
    else:  # a number that says something else
        for _ in range(random.randint(1, 3)):
            position, size = places[random.randint(len(places))]
            number = int(_NUMBERS[random.randint(len(_NUMBERS))]) % 256**size
            damaged[position : position + size] = number.to_bytes(size, "little")
    return bytes(damaged)


def _header_numbers(path: Path) -> list[tuple[int, int]]:
    """Position and size of every number in the header that is a value, a type, a length or a dimension."""
    reader = GGUFReader(path)
    begin = reader.data.__array_interface__["data"][0]
    places: list[tuple[int, int]] = []
    for field in (*reader.fields.values(), *(tensor.field for tensor in reader.tensors)):
        # Of an array its type, its length and two elements: a vocabulary would outweigh all else.
        for part in field.parts[:8]:
            if part.size <= 4:  # else it is a text
                first = part.__array_interface__["data"][0] - begin
                places.extend((first + i * part.itemsize, part.itemsize) for i in range(part.size))
    return places


def survivors(path: Path, folder: Path, seeds: range, code: str) -> Counter[str]:
    """What became of each mutation; fails with the name and the last words of one that kills."""
    data, places = path.read_bytes(), _header_numbers(path)
    header = GGUFReader(path).data_offset
    names = [f"{seed}.gguf" for seed in seeds]
    for seed, name in zip(seeds, names, strict=True):
        (folder / name).write_bytes(_mutated(data, places, header, seed))
    return outcomes_of(code, folder, names)


def outcomes_of(code: str, folder: Path, names: Sequence[str]) -> Counter[str]:
    """What `code` prints of each file after its name; fails with the last words of a process that one killed."""
    outcomes: Counter[str] = Counter()
    for first in range(0, len(names), _BATCH):
        some = names[first : first + _BATCH]
        done = run_python(code, str(folder), *some)
        lines = done.stdout.splitlines()
        assert (done.returncode, len(lines)) == (0, len(some)), f"{lines[-1:]}: {done.stderr[-2000:]}"
        outcomes.update(line.partition(" ")[2] for line in lines)
    return outcomes
