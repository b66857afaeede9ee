"""Python options into C structures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from llamacffi import lib
from llamacffi._native import ffi, to_c_options
from llamacffi._native.convert import enum_names, integer
from llamacffi._native.options import CONTEXT_OPTIONS, MODEL_OPTIONS
from tests.capabilities import needs


def converted(**options: object) -> Any:
    params = ffi.new("struct llama_context_params *", lib.llama_context_default_params())
    to_c_options(params, options, CONTEXT_OPTIONS, "Context")
    return params


@needs("flash_attn_type")
def test_values_arrive_and_the_rest_keeps_its_default() -> None:
    params = converted(n_ctx=77, embeddings=True, rope_freq_base=1.5, flash_attn_type="disabled", type_k="F32")
    defaults = lib.llama_context_default_params()
    assert (params.n_ctx, params.embeddings, params.rope_freq_base) == (77, True, 1.5)
    assert params.flash_attn_type == lib.LLAMA_FLASH_ATTN_TYPE_DISABLED
    assert params.type_k == lib.GGML_TYPE_F32
    assert params.type_v == defaults.type_v
    assert params.n_batch == defaults.n_batch


def test_numpy_scalars_are_numbers() -> None:
    params = converted(n_ctx=np.int64(5), rope_freq_base=np.float32(2), embeddings=np.True_, yarn_ext_factor=1)
    assert (params.n_ctx, params.rope_freq_base, params.embeddings, params.yarn_ext_factor) == (5, 2.0, True, 1.0)


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"n_ctxx": 1}, TypeError, "Context has no option 'n_ctxx'; did you mean 'n_ctx'?"),
        ({"cb_eval": 1}, TypeError, "Context has no option 'cb_eval'"),
        ({"n_ctx": "many"}, TypeError, r"n_ctx must be an integer, not 'many' \(str\)"),
        ({"n_ctx": 1.5}, TypeError, r"n_ctx must be an integer, not 1.5 \(float\)"),
        ({"n_ctx": True}, TypeError, "n_ctx must be an integer, not True"),
        ({"n_ctx": -1}, ValueError, "n_ctx must be from 0 to 4294967295, not -1"),
        ({"n_threads": 2**31}, ValueError, "n_threads must be from -2147483648 to 2147483647"),
        ({"embeddings": 1}, TypeError, "embeddings must be True or False, not 1"),
        ({"rope_freq_base": "1"}, TypeError, "rope_freq_base must be a number, not '1'"),
        ({"rope_freq_base": None}, TypeError, "rope_freq_base must be a number, not None"),
        ({"rope_freq_base": float("nan")}, ValueError, "rope_freq_base must be finite, from .* not nan"),
        ({"yarn_beta_fast": float("inf")}, ValueError, "yarn_beta_fast must be finite"),
        ({"rope_freq_scale": 1e39}, ValueError, r"rope_freq_scale must be finite, .* to 3\.403e\+38, not 1e\+39"),
        pytest.param(
            {"flash_attn_type": "disable"},
            ValueError,
            "must be one of 'auto', 'disabled', 'enabled'.*mean 'disabled'",
            marks=needs("flash_attn_type"),
        ),
        pytest.param(
            {"flash_attn_type": 17},
            ValueError,
            "flash_attn_type must be one of .*number.*not 17",
            marks=needs("flash_attn_type"),
        ),
        pytest.param(
            {"flash_attn_type": 0.5}, TypeError, "flash_attn_type must be one of", marks=needs("flash_attn_type")
        ),
    ],
)
def test_a_mistake_is_named(options: dict[str, object], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        converted(**options)


def test_every_legal_name_is_a_field() -> None:
    pointers = {"kv_overrides", "tensor_buft_overrides", "tensor_split"}
    for struct, names in (("llama_context_params", CONTEXT_OPTIONS), ("llama_model_params", MODEL_OPTIONS)):
        fields = dict(ffi.typeof(f"struct {struct}").fields)
        assert set(names) <= set(fields)
        kinds = {name: fields[name].type.kind for name in names}
        assert {name for name, kind in kinds.items() if kind == "pointer"} <= pointers
        assert set(kinds.values()) <= {"primitive", "enum", "pointer"}


@needs("flash_attn_type")
def test_enum_names_drop_what_they_share() -> None:
    assert enum_names("enum llama_flash_attn_type") == {
        "auto": lib.LLAMA_FLASH_ATTN_TYPE_AUTO,
        "disabled": lib.LLAMA_FLASH_ATTN_TYPE_DISABLED,
        "enabled": lib.LLAMA_FLASH_ATTN_TYPE_ENABLED,
    }
    types = enum_names("enum ggml_type")
    assert types["q4_0"] == lib.GGML_TYPE_Q4_0
    assert lib.GGML_TYPE_COUNT not in types.values()


def test_integer_takes_its_limits() -> None:
    assert (integer("n", 1, 1, 3), integer("n", 3, 1, 3)) == (1, 3)
    for wrong in (0, 4):
        with pytest.raises(ValueError, match=f"n must be from 1 to 3, not {wrong}"):
            integer("n", wrong, 1, 3)
