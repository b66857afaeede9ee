"""What fits: on the CPU alone, and on a device with little memory."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gguf import GGUFReader

from llamacffi import FittedParams, Model, ModelLoadError, RpcServer, features, fit_params, rpc_devices
from tests.models import LlamaShape, write_llama

MIB = 2**20
SHAPE = LlamaShape(n_layer=6, n_embd=256, n_ff=1024, n_head=8, n_head_kv=8, n_ctx_train=2048)
N_LAYERS = SHAPE.n_layer + 1  # the output counts as one


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A llama with layers of 4 MiB."""
    return write_llama(tmp_path_factory.mktemp("fit") / "wide.gguf", shape=SHAPE)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if "RPC" not in features():
        pytest.skip("the rpc backend is not installed")
    with RpcServer(n_threads=1) as server:
        yield server.address


def sizes(path: Path) -> list[int]:
    """The bytes of each layer, and of the output's tensors."""
    tensors = GGUFReader(path).tensors
    layers = [
        sum(int(one.n_bytes) for one in tensors if one.name.startswith(f"blk.{i}.")) for i in range(SHAPE.n_layer)
    ]
    return [*layers, sum(int(one.n_bytes) for one in tensors if one.name.startswith("output"))]


def test_without_a_device_nothing_changes(wide: Path) -> None:
    fitted = fit_params(wide)
    assert fitted == FittedParams(-1, SHAPE.n_ctx_train, (), {}, fits=True)
    assert fitted.model_options == {"n_gpu_layers": -1}
    assert fit_params(wide, n_ctx=512).n_ctx == 512
    with Model(wide, n_gpu_layers="auto") as model:
        assert set(model.layer_devices) == {"CPU"}
        assert model.fitted == fitted
    with Model(wide) as model:
        assert model.fitted is None


def test_a_model_that_fits_nowhere(wide: Path) -> None:
    fitted = fit_params(wide, margin=2**62)
    assert (fitted.fits, fitted.n_gpu_layers, fitted.tensor_split) == (False, -1, ())


def test_as_many_layers_as_there_is_room_for(wide: Path, server: str) -> None:
    (device,) = rpc_devices(server)
    bytes_of = sizes(wide)
    assert min(bytes_of[:-1]) > 4 * MIB
    found = []
    for room in (0, 10, 20, 40, 200):
        fitted = fit_params(wide, rpc_servers=[server], margin=device.memory_free - room * MIB, n_ctx=256)
        assert (fitted.fits, fitted.n_ctx) == (True, 256)
        n = N_LAYERS if fitted.n_gpu_layers < 0 else fitted.n_gpu_layers
        # Of a layer that fits in part, the rest is on the CPU.
        whole = max(n - len(fitted.tensor_buft_overrides), 0)
        assert sum(bytes_of[N_LAYERS - whole :]) <= room * MIB
        assert set(fitted.tensor_buft_overrides.values()) <= {"CPU"}
        with Model(wide, rpc_servers=[server], **fitted.model_options) as model:
            assert model.layer_devices.count(device.name) == n
        found.append(n)
    assert found == sorted(found)
    assert (found[0], found[-1]) == (0, N_LAYERS)
    assert 0 < found[2] < N_LAYERS


def test_the_context_shrinks_before_a_layer_stays_behind(wide: Path, server: str) -> None:
    (device,) = rpc_devices(server)
    # Keys and values of 2048 positions in f16 are 12 MiB; half of it is more than there is room for.
    room = sum(sizes(wide)) + 8 * MIB
    fitted = fit_params(wide, rpc_servers=[server], margin=device.memory_free - room, n_ctx_min=256)
    assert fitted.n_gpu_layers < 0
    assert 256 <= fitted.n_ctx < SHAPE.n_ctx_train


def test_a_model_asks_for_itself(wide: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (device,) = rpc_devices(server)
    fit: Any = "llamacffi.core.fit.fit.__kwdefaults__"
    monkeypatch.setattr(fit, {"margin": device.memory_free - 20 * MIB, "n_ctx_min": 256})
    with Model(wide, rpc_servers=[server], n_gpu_layers="auto") as model:
        assert model.fitted is not None
        assert 0 < model.fitted.n_gpu_layers < N_LAYERS
        assert model.layer_devices.count(device.name) == model.fitted.n_gpu_layers
        assert f"{model.fitted.n_gpu_layers} of {N_LAYERS} layers on {device.name}" in repr(model)
        with model.context(n_ctx=model.fitted.n_ctx) as context:
            assert context.n_ctx == model.fitted.n_ctx


def test_the_log_is_as_before(wide: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(wide.read_bytes().replace(b"llama", b"lhama"))
    fit_params(wide)
    with pytest.raises(ModelLoadError, match="unknown model architecture: 'lhama'"):
        fit_params(damaged)
    caplog.clear()
    with caplog.at_level(logging.INFO, "llamacffi"), Model(wide):
        pass
    assert "general.architecture" in caplog.text


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"tensor_split": [1.0]}, ValueError, "tensor_split cannot be given"),
        ({"n_cpu_moe": 1}, ValueError, "tensor_buft_overrides cannot be given"),
        ({"vocab_only": True}, ValueError, "with vocab_only=True there are no weights"),
    ],
)
def test_what_cannot_be_fitted(wide: Path, options: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        Model(wide, n_gpu_layers="auto", **options)


def test_what_is_no_file(wide: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match="there is no such file"):
        fit_params(tmp_path / "missing.gguf")
    with wide.open("rb") as file, pytest.raises(TypeError, match="needs the path of one file"):
        Model(file, n_gpu_layers="auto")
    with pytest.raises(ValueError, match="n_gpu_layers cannot be given"):
        fit_params(wide, model_options={"n_gpu_layers": 3})
    with pytest.raises(ValueError, match="margin must be from 0"):
        fit_params(wide, margin=-1)
