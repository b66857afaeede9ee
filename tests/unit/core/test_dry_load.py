"""What a model takes of memory, before it is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
from gguf import GGUFReader

from llamacffi import Model, ModelLoadError, RpcServer, features, memory_use, rpc_devices
from tests.capabilities import needs
from tests.models import LlamaShape, write_llama

pytestmark = needs("a measure of memory")

SHAPE = LlamaShape(n_layer=6, n_embd=256, n_ff=1024, n_head=8, n_head_kv=8, n_ctx_train=2048)
CELL = SHAPE.n_layer * SHAPE.n_head_kv * SHAPE.n_embd_head  # numbers of a token's keys, and as many of its values


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_llama(tmp_path_factory.mktemp("dry") / "wide.gguf", shape=SHAPE)


def test_weights_and_cache(wide: Path) -> None:
    n_bytes = sum(int(tensor.n_bytes) for tensor in GGUFReader(wide).tensors)
    (host,) = memory_use(wide, n_ctx=1024)
    assert host.device == "CPU"
    # Tensors begin at multiples of 32 bytes.
    assert 0 <= host.weights - n_bytes < 32 * 100
    assert host.context == 1024 * CELL * (2 + 2)
    assert host.compute > 0
    assert host.total == host.weights + host.context + host.compute
    (wider,) = memory_use(wide, n_ctx=2048, type_k="f32", type_v="q8_0", flash_attn_type="enabled")
    assert wider.context == 2048 * CELL * (4 + 34 / 32)
    (several,) = memory_use(wide, n_ctx=1024, n_seq_max=4, kv_unified=False)
    assert several.context == host.context


def test_on_another_device(wide: Path) -> None:
    if "RPC" not in features():
        pytest.skip("the rpc backend is not installed")
    with RpcServer(n_threads=1) as server:
        (device,) = rpc_devices(server.address)
        there, host = memory_use(wide, n_ctx=512, rpc_servers=[server.address], model_options={"n_gpu_layers": -1})
        assert (there.device, host.device) == (device.name, "CPU")
        assert there.context == 512 * CELL * 4
        assert host.context == 0
        _, all_here = memory_use(wide, n_ctx=512, rpc_servers=[server.address], model_options={"n_gpu_layers": 0})
        assert all_here.context == 512 * CELL * 4


def test_no_weights_are_loaded(wide: Path, tmp_path: Path) -> None:
    """Of a file that ends before its weights all is known but them."""
    reader = GGUFReader(wide)
    short = tmp_path / "short.gguf"
    data = wide.read_bytes()
    short.write_bytes(data[: reader.data_offset] + bytes(len(data) - reader.data_offset))
    assert memory_use(short, n_ctx=512) == memory_use(wide, n_ctx=512)


def test_what_cannot_be(wide: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError):
        memory_use(tmp_path / "nowhere.gguf")
    with pytest.raises(ModelLoadError, match="n_seq_max"):
        memory_use(wide, n_ctx=512, n_seq_max=1000)
    with pytest.raises(TypeError, match="n_cxt"):
        memory_use(wide, n_cxt=512)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="no option"):
        memory_use(wide, model_options={"n_layers": 3})  # type: ignore[arg-type]
    with Model(wide) as model:  # nothing of it is left behind
        assert model.n_layer == SHAPE.n_layer
