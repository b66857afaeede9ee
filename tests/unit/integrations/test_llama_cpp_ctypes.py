"""llama.h for ctypes: layouts, calls, callbacks, and errors that are Python's."""

from __future__ import annotations

import ctypes
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import BuildError, ClosedError, Model, NativeError, ffi, lib
from llamacffi._native import ctypes_llama, ctypes_mtmd, foreign
from llamacffi.integrations.llama_cpp import low_level as llama
from llamacffi.integrations.llama_cpp import mtmd
from tests.models.lora import lora_pairs, merged, write_lora
from tests.models.reference import llama_logits, read_weights
from tests.process import run_python

TOKENS = [1, 300, 17, 42, 5]
RECORDS = [
    kind
    for module in (ctypes_llama, ctypes_mtmd)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, ctypes.Structure) and kind.__module__ == module.__name__
]


def c_name(name: str) -> str:
    try:
        ffi.typeof(f"struct {name}")
    except ffi.error:
        return name
    return f"struct {name}"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_structure_is_laid_out_as_in_c(record: Any) -> None:
    name = c_name(record.__name__)
    assert ctypes.sizeof(record) == ffi.sizeof(name)
    fields = dict(ffi.typeof(name).fields or ())  # the members of a union without a name among them
    spelt: list[str] = []
    for field, kind, *_ in record._fields_:
        spelt += [inner for inner, _ in kind._fields_] if field in getattr(record, "_anonymous_", ()) else [field]
    assert spelt == list(fields)
    for field, theirs in fields.items():
        ours = getattr(record, field)
        assert ours.offset == ffi.offsetof(name, field), field
        assert ours.size == ffi.sizeof(theirs.type), field


def test_other_headers_than_those_of_the_build_are_refused() -> None:
    class llama_logit_bias(ctypes.Structure):  # noqa: N801 - as in C
        _fields_ = (("bias", ctypes.c_float), ("token", ctypes.c_int32))

    with pytest.raises(BuildError, match=r"struct llama_logit_bias is another .* build_ffi.py generate"):
        foreign.laid_out(llama_logit_bias, "struct llama_logit_bias")
    with pytest.raises(BuildError, match="struct llama_of_the_future is another"):
        foreign.laid_out(llama_logit_bias, "struct llama_of_the_future")


def test_there_are_as_many_as_in_the_headers() -> None:
    assert len(RECORDS) >= 35
    assert {"llama_batch", "llama_context_params", "llama_sampler_i", "mtmd_context_params"} <= {
        record.__name__ for record in RECORDS
    }


@pytest.mark.parametrize("name", ["llama_model_default_params", "llama_context_default_params"])
def test_a_structure_comes_back_by_value(name: str) -> None:
    ours, theirs = getattr(llama, name)(), getattr(lib, name)()
    for field, kind in ours._fields_:
        if kind in {ctypes.c_int, ctypes.c_uint32, ctypes.c_int32, ctypes.c_bool, ctypes.c_float}:
            assert getattr(ours, field) == getattr(theirs, field), field


def test_constants_are_the_compilers() -> None:
    names = [name for name in llama.__all__ if name.startswith(("LLAMA_", "GGML_")) and hasattr(lib, name)]
    assert len(names) > 150
    assert {name: getattr(llama, name) for name in names} == {name: getattr(lib, name) for name in names}
    assert lib.llama_max_devices() == llama.LLAMA_MAX_DEVICES
    assert llama.LLAMA_VOCAB_PRE_TYPE_SEED_CODER == 35


def test_a_deprecated_function_warns_and_works(tiny_llama: Path) -> None:
    with Model(tiny_llama) as model:
        with pytest.warns(DeprecationWarning, match=r"llama_n_vocab.*llama_vocab_n_tokens"):
            n_vocab = llama.llama_n_vocab(llama.llama_model_get_vocab(model))
        assert n_vocab == model.vocab.n_tokens


@pytest.fixture
def context(tiny_llama: Path) -> Iterator[tuple[int, int]]:
    """A model and a context, as addresses, made through ctypes alone."""
    llama.llama_backend_init()
    params = llama.llama_model_default_params()
    model = llama.llama_model_load_from_file(str(tiny_llama).encode(), params)
    options = llama.llama_context_default_params()
    options.n_ctx, options.n_threads, options.n_threads_batch = 256, 1, 1
    options.type_k = options.type_v = llama.GGML_TYPE_F32
    options.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
    made = llama.llama_init_from_model(model, options)
    yield model, made
    llama.llama_free(made)
    llama.llama_model_free(model)


def fill(batch: Any, tokens: list[int]) -> None:
    batch.n_tokens = len(tokens)
    for j, token in enumerate(tokens):
        batch.token[j] = token
        batch.pos[j] = j
        batch.n_seq_id[j] = 1
        batch.seq_id[j][0] = 0
        batch.logits[j] = 1


def test_decoding_by_hand_gives_the_references_logits(tiny_llama: Path, context: tuple[int, int]) -> None:
    model, ctx = context
    n_vocab = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))
    expected = llama_logits(read_weights(tiny_llama), TOKENS)
    batch = llama.llama_batch_init(16, 0, 1)
    try:
        fill(batch, TOKENS)
        assert llama.llama_decode(ctx, batch) == 0
        logits = np.ctypeslib.as_array(llama.llama_get_logits(ctx), (len(TOKENS), n_vocab))
        np.testing.assert_allclose(logits, expected, atol=1e-4)
        memory = llama.llama_get_memory(ctx)
        assert llama.llama_memory_seq_pos_max(memory, 0) == 4
        assert llama.llama_memory_seq_rm(memory, 0, 2, -1)
        assert llama.llama_memory_seq_pos_max(memory, 0) == 1
    finally:
        llama.llama_batch_free(batch)


def test_objects_of_this_package_are_pointers_too(tiny_llama: Path) -> None:
    with Model(tiny_llama) as model, model.context(n_ctx=256, n_threads=1) as context:
        assert llama.llama_n_ctx(context) == context.n_ctx
        assert llama.llama_get_model(context) == model._as_parameter_
        text = ctypes.create_string_buffer(256)
        n = llama.llama_model_desc(model, text, 256)
        assert text.value.decode() == model.description
        assert n == len(model.description)
    with pytest.raises((ClosedError, ctypes.ArgumentError), match="closed"):
        llama.llama_n_ctx(context)


def test_text_and_buffers(context: tuple[int, int]) -> None:
    vocab = llama.llama_model_get_vocab(context[0])
    tokens = (llama.llama_token * 16)()
    n = llama.llama_tokenize(vocab, b"Hi", 2, tokens, 16, False, False)
    pieces = []
    for token in tokens[:n]:
        piece = ctypes.create_string_buffer(16)
        size = llama.llama_token_to_piece(vocab, token, piece, 16, 0, False)
        pieces.append(piece.raw[:size])
    assert b"".join(pieces).lstrip() == b"Hi"


def test_a_callback_of_ctypes_is_called(tiny_llama: Path) -> None:
    seen: list[float] = []

    @llama.llama_progress_callback  # type: ignore[untyped-decorator]
    def progress(done: float, _data: object) -> bool:
        seen.append(done)
        return True

    params = llama.llama_model_default_params()
    params.progress_callback = progress
    llama.llama_model_free(llama.llama_model_load_from_file(str(tiny_llama).encode(), params))
    assert seen[-1] == 1.0
    assert seen == sorted(seen)


def test_metadata_may_be_overridden(tiny_llama: Path) -> None:
    """A union inside a structure: by the name of its member, with or without the name that it has not in C."""
    overrides = (llama.llama_model_kv_override * 2)()
    overrides[0].tag = llama.LLAMA_KV_OVERRIDE_TYPE_INT
    overrides[0].key = b"llama.context_length"
    overrides[0].value.val_i64 = 77
    assert overrides[0].val_i64 == 77
    params = llama.llama_model_default_params()
    params.kv_overrides = overrides
    model = llama.llama_model_load_from_file(str(tiny_llama).encode(), params)
    n_ctx_train = llama.llama_model_n_ctx_train(model)
    llama.llama_model_free(model)
    assert n_ctx_train == 77


def test_an_adapter_by_the_former_names(tiny_llama: Path, tmp_path: Path, context: tuple[int, int]) -> None:
    model, ctx = context
    weights = read_weights(tiny_llama)
    pairs = lora_pairs({name: tensor.astype(np.float32) for name, tensor in weights.tensors.items()})
    path = write_lora(tmp_path / "lora.gguf", pairs, alpha=8.0)
    adapter = llama.llama_adapter_lora_init(model, str(path).encode())
    with pytest.warns(DeprecationWarning, match="use llama_set_adapters_lora instead"):
        assert llama.llama_set_adapter_lora(ctx, adapter, 0.5) == 0
    with pytest.warns(DeprecationWarning, match="use llama_set_adapter_cvec instead"):
        assert llama.llama_apply_adapter_cvec(ctx, None, 0, 64, 1, 4) == 0
    batch = llama.llama_batch_init(16, 0, 1)
    fill(batch, TOKENS)
    assert llama.llama_decode(ctx, batch) == 0
    llama.llama_batch_free(batch)
    n_vocab = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))
    logits = np.ctypeslib.as_array(llama.llama_get_logits(ctx), (len(TOKENS), n_vocab))
    expected = llama_logits(merged(weights, pairs, alpha=8.0, scale=0.5), TOKENS)
    np.testing.assert_allclose(logits, expected, atol=1e-3)


ASSERTION = """
import sys, threading
from llamacffi import NativeError
from llamacffi.integrations.llama_cpp import low_level as llama

model = llama.llama_model_load_from_file(sys.argv[1].encode(), llama.llama_model_default_params())
params = llama.llama_context_default_params()
params.n_ctx = 256
params.n_batch = 32
ctx = llama.llama_init_from_model(model, params)
batch = llama.llama_batch_init(64, 0, 1)
batch.n_tokens = 64
for j in range(64):
    batch.token[j], batch.pos[j], batch.n_seq_id[j], batch.logits[j] = 1, j, 1, 0
    batch.seq_id[j][0] = 0

def attempt():
    try:
        llama.llama_decode(ctx, batch)
    except NativeError as error:
        print(str(error).partition(":")[0], "GGML_ASSERT" in str(error))

attempt()
print(llama.llama_n_ctx(ctx))
thread = threading.Thread(target=attempt)
thread.start()
thread.join()
print(llama.llama_time_us() > 0)
"""


def test_an_assertion_is_an_exception_on_the_thread_that_called(tiny_llama: Path) -> None:
    done = run_python(ASSERTION, str(tiny_llama))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n") == ["llama_decode True", "256", "llama_decode True", "True", ""]


def test_an_error_does_not_show_in_another_thread() -> None:
    """The flag of a pending error is each thread's own."""
    wrong = foreign.function("ggml_backend_dev_get", ctypes.c_void_p, [ctypes.c_size_t], "")
    count = foreign.function("ggml_backend_dev_count", ctypes.c_size_t, [], "")
    seen: list[object] = []

    def work() -> None:
        for _ in range(200):
            try:
                seen.append(count())
            except NativeError as error:  # noqa: PERF203 - each call is its own attempt
                seen.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    for _ in range(200):
        with pytest.raises(NativeError, match="ggml_backend_dev_get: .*GGML_ASSERT"):
            wrong(10_000)
    thread.join()
    assert seen == [lib.ggml_backend_dev_count()] * 200


def test_what_is_declared_and_not_defined() -> None:
    missing = foreign.function("llama_of_the_future", None, [], "")
    with pytest.raises(NotImplementedError, match="declares llama_of_the_future"):
        missing()


def test_the_bare_library_is_ours() -> None:
    """llguidance takes the address of a function from it."""
    bare = llama._lib
    bare.llama_max_devices.restype = ctypes.c_size_t
    assert bare.llama_max_devices() == lib.llama_max_devices()
    assert "lcffi" in bare._name
    with pytest.raises(AttributeError, match="no attribute 'llama_deode'"):
        llama.llama_deode  # noqa: B018 - the access is what is tested


def test_llguidance_reads_a_vocabulary(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llguidance")
    from llamacffi.integrations.llama_cpp import install, uninstall

    install()
    try:
        with Model(tiny_llama) as model, warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            from llguidance.llamacpp import lltokenizer_from_vocab

            tokenizer = lltokenizer_from_vocab(llama.llama_model_get_vocab(model))
            assert tokenizer.vocab_size == model.vocab.n_tokens
            assert tokenizer.tokenize_str("Hello") == list(model.vocab.tokenize("Hello", add_special=False))
    finally:
        uninstall()


def test_declaring_a_function_oneself() -> None:
    @llama.ctypes_function("llama_max_devices", [], ctypes.c_size_t)
    def max_devices() -> int:
        """The most devices."""
        return 0

    @llama.ctypes_function("llama_max_devices", [], ctypes.c_size_t, enabled=False)
    def off() -> int:
        return 7

    assert max_devices() == lib.llama_max_devices()
    assert max_devices.__doc__ == "The most devices."
    assert off() == 7


def test_mtmd() -> None:
    assert mtmd.mtmd_default_marker() == ffi.string(lib.mtmd_default_marker())
    params = mtmd.mtmd_context_params_default()
    assert params.media_marker == ffi.string(lib.mtmd_default_marker())
    pixels = (ctypes.c_uint8 * 12)(*range(12))
    bitmap = mtmd.mtmd_bitmap_init(2, 2, pixels)
    assert (mtmd.mtmd_bitmap_get_nx(bitmap), mtmd.mtmd_bitmap_get_n_bytes(bitmap)) == (2, 12)
    assert mtmd.mtmd_bitmap_get_data(bitmap)[:12] == list(range(12))
    mtmd.mtmd_bitmap_free(bitmap)
