"""Damaged model files: each loads or is a ModelLoadError, and none ends the process."""

from __future__ import annotations

from pathlib import Path

from tests.models import LlamaShape, lora_pairs, write_llama, write_lora
from tests.models.llama import llama_tensors
from tests.mutations import survivors

N_MUTATIONS = 300

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
            with model.context(n_ctx=256, n_threads=2, n_threads_batch=2) as context:
                context.decode(batch)
        except LlamaError:
            print("failed", flush=True)
        else:
            print("decoded", flush=True)
"""

# The same for adapters, of the model that lies beside them.
ADAPTERS = (
    CODE.replace(
        "batch = Batch(4)", 'base = Model(folder / "base.gguf"); context = base.context(n_ctx=256); batch = Batch(4)'
    )
    .replace("model = Model(folder / name)", "model = base.adapter(folder / name)")
    .replace('model.vocab.tokenize("hello <s> world")', "context.set_adapters({model: 1.0})")
    .replace("with model.context(n_ctx=256, n_threads=2, n_threads_batch=2) as context:", "if context.adapters:")
    .replace("context.decode(batch)", "context.memory.clear(); context.decode(batch)")
)


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
    outcomes = survivors(path, tmp_path, range(N_MUTATIONS), CODE)
    assert outcomes.total() == N_MUTATIONS
    assert outcomes["refused"] > N_MUTATIONS // 3
    assert outcomes["loaded decoded"] > 0
