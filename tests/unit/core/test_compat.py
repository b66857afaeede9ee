"""What an older llama.cpp lacks, tried on the pinned one by hiding it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from gguf import GGUFReader

from llamacffi import GGUFFile, Greedy, Model, SamplerChain, edit_gguf, ffi, lib
from llamacffi._native import build_info
from llamacffi.core import compat
from llamacffi.errors import BuildError, ModelLoadError
from tests.batches import filled
from tests.models import write_lfm2


class _Without:
    """`lib` without some names, and with others replaced."""

    def __init__(self, *names: str, **replaced: object) -> None:
        self._names = names
        self._replaced = replaced

    def __getattr__(self, name: str) -> Any:
        if name in self._names:
            raise AttributeError(name)
        return self._replaced.get(name) or getattr(lib, name)


def _hide(monkeypatch: pytest.MonkeyPatch, *names: str, **replaced: object) -> None:
    monkeypatch.setattr(compat, "_lib", _Without(*names, **replaced))


def test_shapes_come_from_a_ggml_context_as_well(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = {name: tensor.shape for name, tensor in GGUFFile(tiny_llama).tensors.items()}
    _hide(monkeypatch, "gguf_get_tensor_ne")
    with GGUFFile(tiny_llama) as file:
        assert {name: tensor.shape for name, tensor in file.tensors.items()} == usual
        assert file._shapes._context is not None
    assert len(set(usual.values())) > 3


def test_a_dimension_of_zero_is_found_before_it_is_divided_by(
    tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _hide(monkeypatch, "gguf_get_tensor_ne")
    last = GGUFReader(tiny_llama).tensors[-1]
    data = bytearray(tiny_llama.read_bytes())
    name = b"".join(bytes(part) for part in last.field.parts[:2])  # its length, and itself
    begin = data.index(name) + len(name) + 4  # the dimensions, after their number
    assert int.from_bytes(data[begin : begin + 8], "little") == last.shape[0]
    data[begin : begin + 8] = bytes(8)
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(data)
    embedded = tmp_path / "embedded.bin"
    embedded.write_bytes(b"12345" + data)
    for attempt in (lambda: GGUFFile(damaged), lambda: Model(damaged)):
        with pytest.raises(ModelLoadError, match=f"tensor '{last.name}' has a dimension of 0"):
            attempt()
    with embedded.open("rb") as file:
        file.seek(5)
        with pytest.raises(ModelLoadError, match=r"embedded.bin.*has a dimension of 0"):
            GGUFFile(file)
    for end in (20, 30, begin // 2, begin - 2):  # what ends before that is llama.cpp's to judge
        damaged.write_bytes(data[:end])
        with pytest.raises(ModelLoadError, match="^(?!.*dimension of 0)"):
            GGUFFile(damaged)


def test_a_context_that_does_not_tell_is_what_it_was_set_to_or_has_from_the_file(
    tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeing_all = edit_gguf(tiny_llama, tmp_path / "all.gguf", {"llama.attention.causal": False})
    for hidden in ((), ("llama_get_causal_attn",)):
        _hide(monkeypatch, *hidden)
        for path, causal in ((tiny_llama, True), (seeing_all, False)):
            with Model(path) as model, model.context(n_ctx=64) as context:
                assert context.causal_attn is causal
                context.set_causal_attn(not causal)
                assert context.causal_attn is not causal


def test_without_a_list_nothing_is_suppressed(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Model(tiny_llama) as model:
        _hide(monkeypatch, "llama_vocab_get_suppress_tokens")
        assert model.vocab.suppressed_tokens == ()


def test_a_library_that_does_not_tell_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    told = compat.llama_version()
    if told:  # else it is an older one that runs here
        assert ffi.string(told).decode() == build_info()["llama_version"]
    _hide(monkeypatch, "llama_version")
    assert not compat.llama_version()


def test_a_bound_that_cannot_be_set_is_refused_unless_there_is_none() -> None:
    params = ffi.new("struct llama_model_quantize_params *")
    compat.set_max_buf_size(params, 123)
    assert params.max_buf_size == 123
    other = ffi.new("llama_token_data *")  # a record without that field
    compat.set_max_buf_size(other, 0)
    with pytest.raises(BuildError, match="has no llama_token_data.max_buf_size"):
        compat.set_max_buf_size(other, 1)


@pytest.mark.parametrize(
    ("name", "n_parameters", "call", "expected"),
    [
        (
            "llama_sampler_init_penalties",
            5,
            lambda: compat.sampler_penalties(9, 8, 1.0, 0.5, 0.25),
            (9, 8, 1.0, 0.5, 0.25),
        ),
        (
            "llama_sampler_init_penalties",
            4,
            lambda: compat.sampler_penalties(9, 8, 1.0, 0.5, 0.25),
            (8, 1.0, 0.5, 0.25),
        ),
        ("llama_sampler_init_dry", 7, lambda: compat.sampler_dry("v", 512, 0.5, 2), ("v", 0.5, 2)),
        ("llama_sampler_init_dry", 8, lambda: compat.sampler_dry("v", 512, 0.5, 2), ("v", 512, 0.5, 2)),
    ],
)
def test_a_parameter_that_one_version_has(
    monkeypatch: pytest.MonkeyPatch, name: str, n_parameters: int, call: Callable[[], Any], expected: tuple[Any, ...]
) -> None:
    _hide(monkeypatch, **{name: lambda *args: args})
    monkeypatch.setattr(compat, "_n_parameters", lambda _: n_parameters)
    assert call() == expected


def test_the_number_of_parameters_is_asked_of_the_module() -> None:
    assert compat._n_parameters("llama_n_ctx") == 1
    assert compat._n_parameters("llama_set_n_threads") == 3


def test_facts_that_older_ones_do_not_tell(tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lfm2 = write_lfm2(tmp_path / "lfm2.gguf")

    def facts() -> list[object]:
        found: list[object] = []
        for path in (tiny_llama, lfm2):
            with Model(path) as model:
                found += [model.n_embd_out, model.is_hybrid, compat.n_embd_inp(model.ptr)]
                for unified in (True, False):
                    with model.context(n_ctx=1024, n_seq_max=2, kv_unified=unified) as context:
                        found.append(context.n_ctx_seq)
        return found

    told = facts()
    _hide(monkeypatch, "llama_model_n_embd_out", "llama_model_n_embd_inp", "llama_model_is_hybrid", "llama_n_ctx_seq")
    assert facts() == told == [64, False, 64, 1024, 512, 64, True, 64, 1024, 512]


def test_what_is_missing_is_named(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _hide(monkeypatch, "llama_set_adapters_lora", "llama_set_sampler", "gguf_init_from_file_ptr")
    with Model(tiny_llama) as model, model.context(n_ctx=256) as context:
        with pytest.raises(BuildError, match="has no llama_set_adapters_lora: build the pinned one"):
            context.set_adapters({})
        with pytest.raises(BuildError, match="has no llama_set_sampler"):
            model.context(n_ctx=256, samplers={0: SamplerChain(Greedy())})
        context.decode(filled([5]))
    with tiny_llama.open("rb") as file, pytest.raises(BuildError, match="has no gguf_init_from_file_ptr"):
        GGUFFile(file)


def test_flash_attention_was_on_or_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compat, "_has_field", lambda *_: False)
    for name, on in (("auto", False), ("disabled", False), ("enabled", True)):
        assert compat.context_options({"n_ctx": 5, "flash_attn_type": name}) == {"n_ctx": 5, "flash_attn": on}
    for options in ({}, {"flash_attn_type": 3}):
        assert compat.context_options(options) == options


def test_a_length_that_was_not_fitted_is_that_of_the_training(tiny_llama: Path) -> None:
    assert compat.fitted_n_ctx(96, lambda: GGUFFile(tiny_llama)) == 96
    assert compat.fitted_n_ctx(0, lambda: GGUFFile(tiny_llama)) == 512


@pytest.mark.parametrize(("layers", "refused"), [([3], False), ([2, 3], False), ([0], True), ([1, 3], True)])
def test_only_the_last_layers_can_be_left_out(
    monkeypatch: pytest.MonkeyPatch,
    layers: list[int],
    refused: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setattr(compat, "_has_field", lambda *_: False)
    with pytest.raises(BuildError, match="has no prune_layers for others") if refused else nullcontext():
        compat.check_pruned(layers, 3)


def test_a_checkpoint_in_pieces_stays_off_the_device(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _hide(monkeypatch, "llama_get_causal_attn")
    with Model(tiny_llama) as model, model.context(n_ctx=256) as context:
        context.decode(filled([5, 6, 7]))
        checkpoint = context.checkpoint(whole=True, on_device=True)
        assert not checkpoint.on_device
        context.decode(filled([8], 3))
        checkpoint.restore()
        assert context.memory.pos_max(0) == 2
