"""Damaged model files: each loads or is a ModelLoadError, and none ends the process."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from gguf import GGUFReader

from tests.models import LlamaShape, lora_pairs, write_llama, write_lora
from tests.models.llama import llama_tensors
from tests.process import run_python

N_MUTATIONS = 300
BATCH = 100

# The last line that it prints is about the file that it died of.
CODE = """
import sys
from pathlib import Path
from llamacffi import Batch, LlamaError, Model, ModelLoadError
folder = Path(sys.argv[1])
batch = Batch(4)
batch.extend([1, 5, 300, 7], 0, 0, output="all")
for name in sys.argv[2:]:
    print(name, end=" ", flush=True)
    try:
        model = Model(folder / name)
    except ModelLoadError:
        print("refused", flush=True)
        continue
    with model:
        print("loaded", end=" ", flush=True)
        try:
            dict(model.metadata)
            model.vocab.tokenize("hello <s> world")
            with model.context(n_ctx=256, n_threads=1) as context:
                context.decode(batch)
        except LlamaError:
            print("failed", flush=True)
        else:
            print("decoded", flush=True)
"""

NUMBERS = (0, 1, 2, 3, 0xFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mutated(data: bytes, places: list[tuple[int, int]], header: int, seed: int) -> bytes:
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
            number = int(NUMBERS[random.randint(len(NUMBERS))]) % 256**size
            damaged[position : position + size] = number.to_bytes(size, "little")
    return bytes(damaged)


def header_numbers(path: Path) -> list[tuple[int, int]]:
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


# The same for adapters, of the model that lies beside them.
ADAPTERS = (
    CODE.replace(
        "batch = Batch(4)", 'base = Model(folder / "base.gguf"); context = base.context(n_ctx=256); batch = Batch(4)'
    )
    .replace("model = Model(folder / name)", "model = base.adapter(folder / name)")
    .replace('model.vocab.tokenize("hello <s> world")', "context.set_adapters({model: 1.0})")
    .replace("with model.context(n_ctx=256, n_threads=1) as context:", "if context.adapters:")
    .replace("context.decode(batch)", "context.memory.clear(); context.decode(batch)")
)


def survivors(path: Path, folder: Path, seeds: range, code: str = CODE) -> Counter[str]:
    """What became of each mutation; fails with the name and the last words of one that kills."""
    data, places = path.read_bytes(), header_numbers(path)
    header = GGUFReader(path).data_offset
    names = [f"{seed}.gguf" for seed in seeds]
    for seed, name in zip(seeds, names, strict=True):
        (folder / name).write_bytes(mutated(data, places, header, seed))
    outcomes: Counter[str] = Counter()
    for first in range(0, len(names), BATCH):
        some = names[first : first + BATCH]
        done = run_python(code, str(folder), *some)
        lines = done.stdout.splitlines()
        assert (done.returncode, len(lines)) == (0, len(some)), f"{lines[-1:]}: {done.stderr[-2000:]}"
        outcomes.update(line.partition(" ")[2] for line in lines)
    return outcomes


def test_damaged_adapters_load_or_are_refused(tmp_path: Path) -> None:
    shape = LlamaShape(n_layer=1)
    write_llama(tmp_path / "base.gguf", shape=shape)
    path = write_lora(tmp_path / "lora.gguf", lora_pairs(llama_tensors(shape, 512, 0)), alpha=8.0)
    outcomes = survivors(path, tmp_path, range(100), ADAPTERS)
    assert outcomes.total() == 100
    assert outcomes["refused"] > 50
    assert outcomes["loaded decoded"] > 0


def test_damaged_files_load_or_are_refused(tmp_path: Path) -> None:
    path = write_llama(tmp_path / "model.gguf", shape=LlamaShape(n_layer=1))
    outcomes = survivors(path, tmp_path, range(N_MUTATIONS))
    assert outcomes.total() == N_MUTATIONS
    assert outcomes["refused"] > N_MUTATIONS // 3
    assert outcomes["loaded decoded"] > 0
