"""Which functions keep the GIL."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindgen import emit_c
from bindgen.brief import is_brief
from bindgen.model import Api


@pytest.mark.parametrize(
    "name",
    ["ggml_type_size", "ggml_nbytes", "gguf_find_key", "llama_max_devices", "llama_model_n_embd", "llama_vocab_is_eog"],
)
def test_readers_of_what_they_are_given_are_brief(llama_api: Api, name: str) -> None:
    assert is_brief(llama_api, llama_api.functions[name])


@pytest.mark.parametrize(
    "name",
    [
        "llama_decode",  # computes
        "llama_get_logits_ith",  # waits for the device; its context is not const
        "llama_model_load_from_file",  # reads a file
        "ggml_fopen",  # opens one
        "gguf_write_to_file",  # writes one
        "ggml_validate_row_data",  # walks through data of any size
        "llama_tokenize",  # as long as its text
        "ggml_backend_dev_count",  # may ask a device, or another machine
        "ggml_backend_rpc_get_device_memory",
        "ggml_cpu_has_avx2",  # looks a plug-in up, under a lock
        "llama_sampler_clone",
        "llama_synchronize",
    ],
)
def test_whatever_may_take_its_time_is_not(llama_api: Api, name: str) -> None:
    assert not is_brief(llama_api, llama_api.functions[name])


def test_only_their_wrappers_keep_the_gil(llama_api: Api, tmp_path: Path) -> None:
    emit_c.write_module(llama_api, tmp_path / "_llama.c")
    text = (tmp_path / "_llama.c").read_text()

    def wrapper(name: str) -> str:
        start = text.index(f"\n_cffi_f_{name}(")
        return text[start : text.index("\n}\n", start)]

    assert "LCFFI_BEGIN_BRIEF" in wrapper("llama_vocab_is_eog")
    assert "Py_BEGIN_ALLOW_THREADS" not in wrapper("llama_vocab_is_eog")
    assert "Py_BEGIN_ALLOW_THREADS" in wrapper("llama_decode")
    assert text.count("LCFFI_BEGIN_BRIEF") == sum(is_brief(llama_api, f) for f in llama_api.functions.values())
