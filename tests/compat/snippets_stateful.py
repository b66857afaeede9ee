"""What people do with llama-cpp-python, one thing a function: tokens, stateful calls, states, low-level functions."""

from __future__ import annotations

import ctypes
import importlib
import json
import pickle
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.compat.snippets import PROMPT, load


def tokens(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    text = "Größe, 漢字 & 🦙".encode()
    plain = llm.tokenize(text)
    special = b"<|im_start|>user"
    return {
        "plain": plain,
        "without bos": llm.tokenize(text, add_bos=False),
        "as text": llm.tokenize(special, add_bos=False, special=False),
        "as special": llm.tokenize(special, add_bos=False, special=True),
        "back": llm.detokenize(plain),
        "back special": llm.detokenize(llm.tokenize(special, special=True), special=True),
        "piece by piece": [llm.detokenize([token]) for token in plain],
        "after others": llm.detokenize(plain[1:], prev_tokens=plain[:1]),
    }


def numbers_of_the_model(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    asked = [llm.n_ctx(), llm.n_vocab(), llm.n_embd(), llm.token_bos(), llm.token_eos(), llm.token_nl()]
    return asked, llm.n_batch, llm.metadata["general.architecture"], llm.model_path == model_path


def metadata(llama_cpp: Any, model_path: str) -> Any:
    read = load(llama_cpp, model_path).metadata
    return {name: value for name, value in read.items() if name.startswith(("llama.", "tokenizer."))}


def tokenizer(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    made = llm.tokenizer()
    ids = made.encode("the <|im_end|> sea")
    return ids, made.decode(ids), made.tokenize(b"a b", add_bos=False, special=False), type(made).__name__


def tokenizer_of_a_file(llama_cpp: Any, model_path: str) -> Any:
    return llama_cpp.LlamaTokenizer.from_ggml_file(model_path).encode("by the sea")


def vocab_only(llama_cpp: Any, model_path: str) -> Any:
    return llama_cpp.Llama(model_path, vocab_only=True, verbose=False).tokenize(b"by the sea")


def eval_and_sample(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    llm.eval(llm.tokenize(PROMPT.encode()))
    said = []
    for _ in range(12):
        token = llm.sample(temp=0.0)
        said.append(token)
        llm.eval([token])
    return said, llm.detokenize(said), llm.n_tokens


def sample_with_penalty(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    llm.eval(llm.tokenize(b"sea sea sea sea sea"))
    return llm.sample(temp=0.0), llm.sample(temp=0.0, repeat_penalty=1.5), llm.sample(top_k=1)


def generate(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    said: list[int] = []
    for token in llm.generate(llm.tokenize(PROMPT.encode()), temp=0.0):
        if token == llm.token_eos() or len(said) == 16:
            break
        said.append(token)
    return llm.detokenize(said)


def generate_with_additions(llama_cpp: Any, model_path: str) -> Any:
    """What is sent into the generator goes after the token that it has just given."""
    llm = load(llama_cpp, model_path)
    generator = llm.generate(llm.tokenize(PROMPT.encode()), temp=0.0)
    said = [next(generator) for _ in range(4)]
    said.append(generator.send(llm.tokenize(b" Suddenly", add_bos=False)))
    return said + [next(generator) for _ in range(4)]


def reset_and_again(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    ids = llm.tokenize(PROMPT.encode())
    llm.eval(ids)
    before = llm.sample(temp=0.0), llm.n_tokens
    llm.reset()
    empty = llm.n_tokens
    llm.eval(ids)
    return before, empty, llm.sample(temp=0.0), list(llm.eval_tokens), llm.input_ids[: llm.n_tokens]


def scores(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path, logits_all=True)
    ids = llm.tokenize(b"by the sea")
    llm.eval(ids)
    rows = llm.scores[: llm.n_tokens]
    return rows.dtype.name, rows.shape, rows.argmax(axis=-1), rows[:, :50]


def scores_to_logprobs(llama_cpp: Any, model_path: str) -> Any:
    rows = np.array([[0.0, 1.0, 2.0], [5.0, 5.0, -5.0]], np.float32)
    return llama_cpp.Llama.logits_to_logprobs(rows), llama_cpp.Llama.longest_token_prefix([1, 2, 3], [1, 2, 4, 5])


def states(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    llm.eval(llm.tokenize(PROMPT.encode()))
    state = llm.save_state()
    first = _greedy(llm, 6)
    llm.reset()
    llm.eval(llm.tokenize(b"Something else"))
    llm.load_state(state)
    return first, _greedy(llm, 6), llm.n_tokens, type(state).__name__, state.n_tokens


def _greedy(llm: Any, n: int) -> list[int]:
    said = []
    for _ in range(n):
        said.append(llm.sample(temp=0.0))
        llm.eval(said[-1:])
    return said


def states_continued(llama_cpp: Any, model_path: str) -> Any:
    """A state of all tokens but the last, which is evaluated again: its logits are those of this context."""
    llm = load(llama_cpp, model_path)
    ids = llm.tokenize(PROMPT.encode())
    llm.eval(ids[:-1])
    state = llm.save_state()
    llm.eval(ids[-1:])
    first = _greedy(llm, 6)
    llm.load_state(state)
    llm.eval(ids[-1:])
    return first, _greedy(llm, 6), llm.n_tokens, type(state).__name__, state.n_tokens


def state_pickled(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    llm.eval(llm.tokenize(PROMPT.encode()))
    kept = pickle.dumps(llm.save_state())
    other = load(llama_cpp, model_path)
    other.load_state(pickle.loads(kept))
    return _greedy(other, 4)


def ram_cache(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    llm.set_cache(llama_cpp.LlamaRAMCache(capacity_bytes=64 << 20))
    first = llm(PROMPT, max_tokens=6, temperature=0)
    llm("Something else", max_tokens=6, temperature=0)
    return first, llm(PROMPT, max_tokens=6, temperature=0), llm.cache.cache_size > 0


def disk_cache(llama_cpp: Any, model_path: str) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        llm = load(llama_cpp, model_path)
        llm.set_cache(llama_cpp.LlamaDiskCache(cache_dir=folder))
        first = llm(PROMPT, max_tokens=6, temperature=0)
        llm("Something else", max_tokens=6, temperature=0)
        return first, llm(PROMPT, max_tokens=6, temperature=0)


def draft_model(llama_cpp: Any, model_path: str) -> Any:
    speculative = importlib.import_module("llama_cpp.llama_speculative")
    draft = speculative.LlamaPromptLookupDecoding(num_pred_tokens=4)
    llm = load(llama_cpp, model_path, draft_model=draft)
    return llm("one two three one two three one two", max_tokens=12, temperature=0)


def pickled(llama_cpp: Any, model_path: str) -> Any:
    llm = pickle.loads(pickle.dumps(load(llama_cpp, model_path)))
    return llm(PROMPT, max_tokens=6, temperature=0)["choices"][0], llm.n_ctx()


def grammar_of_a_file(llama_cpp: Any, model_path: str) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digits.gbnf"
        path.write_text("root ::= [0-9] [0-9] [0-9]")
        held = llama_cpp.LlamaGrammar.from_file(path, verbose=False)
    return load(llama_cpp, model_path)("A number:", max_tokens=8, temperature=0, grammar=held)["choices"]


def closed(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    return llm.close(), llm.close()


def overridden_metadata(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path, kv_overrides={"tokenizer.ggml.add_bos_token": True})
    return llm.tokenize(b"by the sea")


def sampled_in_one_package(llama_cpp: Any, model_path: str) -> Any:
    """A seed for the object, and the same object twice; chance differs between packages, the rest does not."""
    made = []
    for _ in range(2):
        llm = load(llama_cpp, model_path, seed=11)
        llm.set_seed(5)
        llm.eval(llm.tokenize(PROMPT.encode()))
        made.append(_sampled(llm, 8))
    return made[0] == made[1], [type(token).__name__ for token in made[0]]


def _sampled(llm: Any, n: int) -> list[int]:
    said = []
    for _ in range(n):
        said.append(llm.sample(temp=1.0, top_k=50))
        llm.eval(said[-1:])
    return said


def low_level_vocab(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    vocab = llama_cpp.llama_model_get_vocab(llm.model)
    room = (llama_cpp.llama_token * 32)()
    n = llama_cpp.llama_tokenize(vocab, b"by the sea", 10, room, 32, True, False)
    piece = ctypes.create_string_buffer(32)
    length = llama_cpp.llama_token_to_piece(vocab, room[0], piece, 32, 0, True)
    end = llama_cpp.llama_vocab_is_eog(vocab, llm.token_eos())
    return list(room[:n]), piece.raw[:length], llama_cpp.llama_vocab_n_tokens(vocab), bool(end), type(vocab).__name__


def low_level_decode(llama_cpp: Any, model_path: str) -> Any:
    """A batch that is filled by hand, on the object's own context, and the logits as an array."""
    llm = load(llama_cpp, model_path)
    ids = llm.tokenize(b"by the sea")
    batch = llama_cpp.llama_batch_init(len(ids), 0, 1)
    batch.n_tokens = len(ids)
    for i, token in enumerate(ids):
        batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, i, 1, True
        batch.seq_id[i][0] = 0
    llama_cpp.llama_memory_seq_rm(llama_cpp.llama_get_memory(llm.ctx), -1, 0, -1)
    status = llama_cpp.llama_decode(llm.ctx, batch)
    logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits(llm.ctx), shape=(len(ids), llm.n_vocab())).copy()
    llama_cpp.llama_batch_free(batch)
    return status, logits.argmax(axis=-1), logits[:, :20]


def low_level_from_nothing(llama_cpp: Any, model_path: str) -> Any:
    """Without the class: parameters, a model, a context, one token after the other."""
    llama_cpp.llama_backend_init()
    model = llama_cpp.llama_model_load_from_file(model_path.encode(), llama_cpp.llama_model_default_params())
    params = llama_cpp.llama_context_default_params()
    params.n_ctx, params.n_threads, params.n_threads_batch = 256, 1, 1
    params.type_k, params.type_v = llama_cpp.GGML_TYPE_F32, llama_cpp.GGML_TYPE_F32
    params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
    context = llama_cpp.llama_init_from_model(model, params)
    vocab = llama_cpp.llama_model_get_vocab(model)
    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_greedy())
    said = [llama_cpp.llama_vocab_eos(vocab)]
    for _ in range(5):
        one = (llama_cpp.llama_token * 1)(said[-1])
        llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(one, 1))
        said.append(llama_cpp.llama_sampler_sample(chain, context, -1))
    llama_cpp.llama_sampler_free(chain)
    n_ctx = llama_cpp.llama_n_ctx(context)
    llama_cpp.llama_free(context)
    llama_cpp.llama_model_free(model)
    return said, n_ctx


def low_level_names(llama_cpp: Any, model_path: str) -> Any:
    params = llama_cpp.llama_context_default_params()
    shown = {name: getattr(params, name) for name in ("n_ctx", "n_batch", "n_ubatch", "rope_freq_base", "embeddings")}
    numbers = {
        name: getattr(llama_cpp, name) for name in ("LLAMA_DEFAULT_SEED", "GGML_TYPE_Q8_0", "LLAMA_FTYPE_MOSTLY_Q4_K_M")
    }
    return shown, numbers, bool(llama_cpp.llama_supports_mmap()), type(llama_cpp.llama_print_system_info()).__name__


def names_of_the_package(llama_cpp: Any, model_path: str) -> Any:
    wanted = """Llama LlamaState LlamaGrammar LlamaCache LlamaRAMCache LlamaDiskCache LlamaTokenizer BaseLlamaTokenizer
    LogitsProcessor LogitsProcessorList StoppingCriteria StoppingCriteriaList MinTokensLogitsProcessor LlamaDraftModel
    CreateCompletionResponse CreateChatCompletionResponse ChatCompletionRequestMessage llama_chat_format
    llama_model_p llama_context_p llama_vocab_p llama_token llama_batch"""
    return {name: hasattr(llama_cpp, name) for name in wanted.split()}, json.dumps(llama_cpp.__version__) != ""
