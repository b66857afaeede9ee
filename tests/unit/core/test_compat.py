"""What an older llama.cpp lacks, tried on the pinned one by hiding it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llamacffi import GGUFFile, Model, edit_gguf, ffi, lib
from llamacffi._native import build_info
from llamacffi.core import compat
from llamacffi.errors import BuildError


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
    with pytest.raises(BuildError, match="has no llama_model_quantize_params.max_buf_size"):
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
