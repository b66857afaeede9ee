"""The object: how it is made, what it tells of its model, how it ends."""

from __future__ import annotations

import gc
import inspect
import pickle
import re
import weakref
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pytest

from llamacffi import ClosedError, ContextError, Device, Llama, Model, ModelLoadError, TokenizeError, lib, usable_cores
from llamacffi.core import backend
from llamacffi.llama.base import _n_gpu_layers
from llamacffi.llama.completion import COMPLETION_DEFAULTS, CompletionOptions
from llamacffi.llama.options import DEFAULTS, LlamaOptions, parts
from tests.models import write_llama
from tests.process import run_python
from tests.unit.llama.exact import EXACT

LEGACY = ["f16_kv", "n_parts", "n_gqa", "rms_norm_eps", "mul_mat_q", "low_vram"]
# What llama_cpp.Llama 0.3.36 takes, in its order.
ORIGINAL = re.findall(
    r"\w+",
    """
    n_gpu_layers split_mode main_gpu tensor_split vocab_only use_mmap use_mlock kv_overrides seed n_ctx n_batch
    n_ubatch n_threads n_threads_batch rope_scaling_type pooling_type attention_type rope_freq_base rope_freq_scale
    yarn_ext_factor yarn_attn_factor yarn_beta_fast yarn_beta_slow yarn_orig_ctx logits_all embedding offload_kqv
    flash_attn op_offload swa_full no_perf last_n_tokens_size lora_base lora_scale lora_path numa chat_format
    chat_handler draft_model tokenizer type_k type_v spm_infill verbose
    """,
)
COMPLETION = re.findall(
    r"\w+",
    """
    prompt suffix max_tokens temperature top_p min_p typical_p logprobs echo stop frequency_penalty presence_penalty
    repeat_penalty top_k stream seed tfs_z mirostat_mode mirostat_tau mirostat_eta model stopping_criteria
    logits_processor grammar logit_bias
    """,
)
ATTRIBUTES = re.findall(
    r"\w+",
    """
    model_path model_params context_params n_batch n_threads n_threads_batch verbose metadata chat_format chat_handler
    _chat_handlers draft_model cache tokenizer_ n_tokens input_ids scores _input_ids _scores eval_tokens eval_logits ctx
    model _ctx _model _batch _n_vocab _n_ctx _token_eos _token_nl _seed _stack lora_base lora_path lora_scale spm_infill
    last_n_tokens_size numa tokenize detokenize set_cache set_seed reset eval sample generate create_embedding embed
    create_completion create_chat_completion create_chat_completion_openai_v1 save_state load_state n_ctx n_embd n_vocab
    tokenizer token_eos token_bos token_nl pooling_type close logits_to_logprobs longest_token_prefix from_pretrained
    """,
)


def test_every_argument_that_others_know_is_there() -> None:
    names = list(inspect.signature(Llama).parameters)
    assert names[0] == "model_path"
    assert [name for name in names if name in ORIGINAL] == ORIGINAL
    for call in (Llama.create_completion, Llama.__call__):
        assert set(COMPLETION) <= set(inspect.signature(call).parameters)
        assert list(inspect.signature(call).parameters)[1:5] == COMPLETION[:4]


def test_what_others_reach_for_is_there(tiny_llama: Path) -> None:
    with Llama(tiny_llama, n_ctx=256, **EXACT) as llm:
        missing = [name for name in ATTRIBUTES if not hasattr(llm, name)]
        assert missing == []
        assert llm._model.n_vocab() == llm.n_vocab()
        assert llm._ctx.n_ctx() == 256
        closed: list[int] = []
        llm._stack.callback(closed.append, 5)
    assert closed == [5]


def test_each_option_has_a_default() -> None:
    assert list(LlamaOptions.__annotations__) == list(DEFAULTS)
    assert set(CompletionOptions.__annotations__) == set(COMPLETION_DEFAULTS)


def test_an_argument_that_does_not_exist_is_refused(tiny_llama: Path) -> None:
    unknown: Any = {"n_gpu_layer": 1}
    with pytest.raises(TypeError, match="'n_gpu_layer'; did you mean 'n_gpu_layers'"):
        Llama(tiny_llama, **unknown)
    with pytest.raises(TypeError, match="temperature"):
        Llama(tiny_llama, temperature=0)  # type: ignore[call-arg]
    with pytest.warns(UserWarning, match="did you mean 'n_gpu_layers'"):
        Llama(tiny_llama, strict=False, verbose=False, **unknown).close()


@pytest.mark.parametrize("name", LEGACY)
def test_what_others_still_pass_warns(tiny_llama: Path, name: str) -> None:
    old: Any = {name: True}
    with pytest.warns(DeprecationWarning, match=name) as warned:
        Llama(tiny_llama, **EXACT, **old).close()
    assert [one.filename for one in warned] == [__file__]
    with pytest.warns(DeprecationWarning, match="lora_base"):
        Llama(tiny_llama, lora_base="base.gguf", **EXACT).close()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"n_ctx": "512"}, TypeError),
        ({"n_ctx": -1}, ValueError),
        ({"n_batch": 0}, ValueError),
        ({"n_parallel": 0}, ValueError),
        ({"host_bytes": -1}, ValueError),
        ({"max_waiting": "many"}, TypeError),
        ({"n_threads": 10**6}, ValueError),
        ({"type_k": "q3_k"}, ValueError),
        ({"flash_attn": "yes"}, TypeError),
        ({"pooling_type": "median"}, ValueError),
        ({"verbose": "loud"}, TypeError),
        ({"seed": 2**32}, ValueError),
        ({"seed": "x"}, TypeError),
        ({"draft_model": 5}, TypeError),
        ({"numa": "everywhere"}, ValueError),
        ({"split_mode": "columns"}, ValueError),
        ({"last_n_tokens_size": -2}, ValueError),
        ({"lora_path": 5}, TypeError),
    ],
)
def test_values_that_cannot_be(tiny_llama: Path, options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=next(iter(options))):
        Llama(tiny_llama, **{"verbose": False, **options})


@pytest.mark.parametrize("path", [5, b"model.gguf", None])
def test_a_path_is_a_text(path: Any) -> None:
    with pytest.raises(TypeError, match="model_path"):
        Llama(path, **EXACT)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises((FileNotFoundError, ModelLoadError, ValueError), match="nowhere"):
        Llama(str(tmp_path / "nowhere.gguf"), **EXACT)


def test_it_tells_what_the_model_is(tiny_llm: Llama, tiny_llama: Path) -> None:
    with Model(tiny_llama) as model:
        assert tiny_llm.n_vocab() == model.vocab.n_tokens
        assert tiny_llm.n_embd() == model.n_embd
        assert tiny_llm.token_bos() == model.vocab.bos
        assert tiny_llm.token_eos() == model.vocab.eos
        assert tiny_llm.token_nl() == (-1 if model.vocab.nl is None else model.vocab.nl)
        assert tiny_llm.metadata == dict(model.metadata_text)
    assert tiny_llm.n_ctx() == 512
    assert tiny_llm.context_params.n_ctx == 512
    assert tiny_llm.model_path == str(tiny_llama)
    assert tiny_llm._n_vocab == tiny_llm.n_vocab()
    assert tiny_llm._n_ctx == tiny_llm.n_ctx()
    assert "n_ctx=512" in repr(tiny_llm)


def test_the_context_is_that_of_the_training_by_default(tiny_llama: Path) -> None:
    for n_ctx in (None, 0):
        with Llama(tiny_llama, n_ctx=n_ctx, **EXACT) as llm:
            assert llm.n_ctx() == llm.model.n_ctx_train == 512


def test_a_context_that_memory_has_no_room_for_is_shorter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from llamacffi.core import host
    from tests.models import LlamaShape

    shape = LlamaShape(n_ctx_train=2**20)
    path = write_llama(tmp_path / "long.gguf", shape=shape)
    per_token = shape.n_layer * shape.n_head_kv * shape.n_embd_head * 2 * 2
    monkeypatch.setattr(host, "free_memory", lambda: 4 * per_token * 10_000)
    with Llama(path, verbose=False) as llm:
        assert llm.n_ctx() == 10_000 // 256 * 256
    with Llama(path, verbose=False, type_k="f32", type_v="f32") as llm:
        assert llm.n_ctx() == 5_000 // 256 * 256
    with Llama(path, n_ctx=0, verbose=False) as llm:
        assert llm.n_ctx() == 2**20


@pytest.mark.parametrize(
    ("kind", "options", "layers"),
    [
        ("cpu", {}, 0),
        ("gpu", {}, "auto"),
        ("igpu", {}, "auto"),
        ("gpu", {"vocab_only": True}, 0),
        ("gpu", {"n_cpu_moe": 2}, -1),
        ("gpu", {"tensor_split": (1.0,)}, -1),
        ("cpu", {"rpc_servers": ("host:1",)}, "auto"),
    ],
)
def test_a_gpu_is_used_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, kind: str, options: dict[str, Any], layers: object
) -> None:
    monkeypatch.setattr(backend, "devices", lambda: (Device("X", "", kind, 0, 0),))
    assert _n_gpu_layers(parts({**DEFAULTS, **options}).model) == layers


def test_llama_cpps_own_defaults_where_they_are_better(tiny_llm: Llama, tiny_llama: Path) -> None:
    with Llama(tiny_llama, verbose=False) as llm:
        assert llm.n_threads == llm.n_threads_batch == usable_cores()
        assert "flash_attn_type" not in llm._context_options  # auto
        own = lib.llama_context_default_params()
        for name in ("yarn_ext_factor", "yarn_attn_factor", "yarn_beta_fast", "yarn_beta_slow", "rope_freq_base"):
            assert llm._context_options[name] == getattr(own, name)
    assert tiny_llm._context_options["flash_attn_type"] == "disabled"


@pytest.mark.parametrize("text", ["the llama", "🦙 漢字", "", " a  b\n"])
def test_text_to_tokens_and_back(tiny_llm: Llama, text: str) -> None:
    tokens = tiny_llm.tokenize(text.encode())
    assert tokens == tiny_llm.model.vocab.tokenize(text)
    assert tiny_llm.tokenize(text) == tokens
    assert tiny_llm.detokenize(tokens) == text.encode()  # without the space that the vocabulary puts before it
    assert tiny_llm.tokenize(text.encode(), False) == tokens[1:]


def test_long_tokens_are_spelt_whole(tmp_path: Path) -> None:
    from tests.models import spm_vocab

    long = "x" * 300
    path = write_llama(tmp_path / "long.gguf", vocab=spm_vocab(512, extra=[long]))
    with Llama(path, vocab_only=True, **EXACT) as llm:
        token = next(i for i in range(llm.n_vocab()) if llm.vocab.piece(i) == long.encode())
        assert llm.detokenize([token]) == long.encode()


def test_control_tokens_are_told_only_when_asked_for(tiny_llm: Llama) -> None:
    (token,) = tiny_llm.tokenize(b"<|im_start|>", add_bos=False, special=True)
    assert tiny_llm.detokenize([token]) == b""
    assert tiny_llm.detokenize([token], special=True) == b"<|im_start|>"
    assert len(tiny_llm.tokenize(b"<|im_start|>", add_bos=False)) > 1


def test_bytes_that_are_no_text(tiny_llm: Llama) -> None:
    with pytest.raises(TokenizeError, match="not UTF-8: .* at byte 1"):
        tiny_llm.tokenize(b"a\xff")
    wrong: Any = 5
    with pytest.raises(TypeError, match="must be bytes"):
        tiny_llm.tokenize(wrong)
    with pytest.raises(ValueError, match="token 99999"):
        tiny_llm.detokenize([99999])


def test_a_vocabulary_alone(tiny_llama: Path) -> None:
    with Llama(tiny_llama, vocab_only=True, **EXACT) as llm:
        assert llm.detokenize(llm.tokenize(b"the llama")) == b"the llama"
        with pytest.raises(ContextError, match="vocab_only"):
            llm("the")


def test_it_is_made_again_of_its_arguments(tiny_llama: Path) -> None:
    with Llama(tiny_llama, n_ctx=256, seed=5, **EXACT) as llm:
        text = llm([5, 6])["choices"][0]["text"]
        data = pickle.dumps(llm)
    with pickle.loads(data) as other:
        assert other.n_ctx() == 256
        assert other([5, 6])["choices"][0]["text"] == text


def test_after_close_there_is_an_error_that_says_so(tiny_llama: Path) -> None:
    llm = Llama(tiny_llama, n_ctx=256, **EXACT)
    llm([5], max_tokens=1)
    stream = llm([5], max_tokens=200, stream=True, ignore_eos=True)
    next(stream)
    llm.close()
    llm.close()
    assert llm.closed
    assert "closed" in repr(llm)
    with pytest.raises(ClosedError):
        list(stream)
    for call in (lambda: llm("a"), lambda: llm.tokenize(b"a"), llm.n_vocab, lambda: llm.score("a b")):
        with pytest.raises(ClosedError, match="closed"):
            call()
    with pytest.raises(ClosedError):
        llm.embed("a")


def test_nothing_is_left_when_nobody_holds_it(tiny_llama: Path) -> None:
    llm = Llama(tiny_llama, n_ctx=256, **EXACT)
    llm([5], max_tokens=2)
    gone = weakref.ref(llm.model)
    del llm
    until = monotonic() + 30
    while gone() is not None and monotonic() < until:  # until the engine's thread has seen it
        gc.collect()
    assert gone() is None


def test_the_interpreter_ends_in_peace(tiny_llama: Path) -> None:
    code = """
import sys
from llamacffi import Llama
llm = Llama(sys.argv[1], n_ctx=256, verbose=False, n_threads=1)
parts = llm([5, 6], max_tokens=200, stream=True, ignore_eos=True)
next(parts)
sys.kept = llm, parts
"""
    done = run_python(code, str(tiny_llama))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("verbose", [False, True])
def test_what_is_shown(tiny_llama: Path, verbose: bool) -> None:  # noqa: FBT001
    code = """
import logging, sys
from llamacffi import Llama, ffi, lib
from llamacffi._native.log import _line
Llama(sys.argv[1], verbose=sys.argv[2] == "True").close()
logging.getLogger("llamacffi").error("an error")
logging.getLogger("llamacffi").warning("a warning")
# What llama.cpp says when a request is cancelled.
for line in (
    b"graph_compute: ggml_backend_sched_graph_compute_async failed with error 1",
    b"process_ubatch: failed to compute graph, compute status: 1",
    b"llama_decode: failed to decode, ret = 2",
    b"llama_decode: failed to decode, ret = -3",
):
    _line(lib.GGML_LOG_LEVEL_ERROR, ffi.new("char[]", line))
"""
    done = run_python(code, str(tiny_llama), str(verbose))
    assert done.returncode == 0
    assert done.stdout == ""
    assert "an error" in done.stderr
    assert ("general.architecture" in done.stderr) == verbose
    assert ("a warning" in done.stderr) == verbose
    assert "failed with error 1" not in done.stderr
    assert "status: 1" not in done.stderr
    assert re.findall("ret = .*", done.stderr) == ["ret = -3"]


def test_who_has_set_up_logging_gets_records_and_no_lines(tiny_llama: Path) -> None:
    code = """
import logging, sys
from llamacffi import Llama
records = []
handler = logging.Handler()
handler.emit = records.append
logging.getLogger().addHandler(handler)
Llama(sys.argv[1], verbose=True).close()
print(len(records) > 5)
"""
    done = run_python(code, str(tiny_llama))
    assert (done.stdout.strip(), done.stderr) == ("True", "")


def test_a_stream_takes_no_look_at_what_was_said_before(tiny_llm: Llama, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(type(tiny_llm.vocab), "pieces", lambda *_, **__: calls.append("pieces"))
    monkeypatch.setattr(type(tiny_llm.vocab), "detokenize", lambda *_, **__: calls.append("detokenize"))
    for _ in tiny_llm([5], max_tokens=300, stream=True, ignore_eos=True, stop=["never", "said"]):
        pass
    assert calls == []


def test_no_scores_are_held(tiny_llama: Path) -> None:
    with Llama(tiny_llama, n_ctx=256, **EXACT) as llm:
        llm([5], max_tokens=4, logprobs=2)
        held = [one for one in gc.get_objects() if isinstance(one, np.ndarray)]
        assert all(one.nbytes < 256 * llm.n_vocab() * 4 for one in held if one.base is None)
