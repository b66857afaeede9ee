"""The thin objects behind a `Llama` of llama-cpp-python: `_model`, `_ctx` and `_batch`, for code that reaches for them.

What they hold are addresses and ctypes structures, and their methods call the C functions. Importing this module loads
the backends.
"""

from __future__ import annotations

import ctypes
import os
import weakref
from typing import TYPE_CHECKING, Any

from llamacffi._native import ctypes_llama as c
from llamacffi._native.check import check_status, native_errors, with_reason
from llamacffi._native.foreign import own
from llamacffi.errors import ContextError, ModelLoadError, TokenizeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Self

    from llamacffi._native import Handle

__all__ = ["LlamaBatch", "LlamaContext", "LlamaModel"]

_CHARS = 1024


class LlamaModel:
    """A model and its vocabulary as addresses; `params` is `llama_model_params` of ctypes.

    Raises ModelLoadError, an OSError, when the file cannot be loaded. `LlamaModel.of(model)` is one for a `Model`.
    """

    def __init__(self, *, path_model: str | os.PathLike[str], params: Any = None, verbose: bool = True) -> None:
        self.path_model = os.fspath(path_model)
        self.params = self.default_params() if params is None else params
        self.verbose = verbose
        address = c.llama_model_load_from_file(os.fsencode(path_model), self.params)
        if address is None:
            raise ModelLoadError(self.path_model, native_errors())
        self.handle = own(address, c.llama_model_free)

    @classmethod
    def of(cls, model: Handle, path_model: str = "") -> Self:
        """What is read of a `Model`: it owns nothing, and closing it closes the model."""
        self = cls.__new__(cls)
        self.path_model, self.params, self.verbose, self.handle = path_model, None, False, model
        return self

    @property
    def model(self) -> int:
        """The address of the llama_model; raises ClosedError after `close()`."""
        return self.handle._as_parameter_

    @property
    def vocab(self) -> int:
        """The address of its llama_vocab."""
        return int(c.llama_model_get_vocab(self.model))

    def close(self) -> None:
        """Free the model, after the contexts that were made of it."""
        self.handle.close()

    @staticmethod
    def default_params() -> Any:
        """llama.cpp's own `llama_model_params`."""
        return c.llama_model_default_params()

    # ---- the model ---------------------------------------------------------------------------------------------

    def vocab_type(self) -> int:
        """The LLAMA_VOCAB_TYPE_*."""
        return int(c.llama_vocab_type(self.vocab))

    def n_vocab(self) -> int:
        """How many tokens there are."""
        return int(c.llama_vocab_n_tokens(self.vocab))

    def n_ctx_train(self) -> int:
        """The context it was trained for, in tokens."""
        return int(c.llama_model_n_ctx_train(self.model))

    def n_embd(self) -> int:
        """The width of its hidden state."""
        return int(c.llama_model_n_embd(self.model))

    def rope_freq_scale_train(self) -> float:
        """The scale of the rotary frequencies it was trained with."""
        return float(c.llama_model_rope_freq_scale_train(self.model))

    def desc(self) -> str:
        """Architecture, size and quantisation in a few words."""
        return _text(c.llama_model_desc, self.model)

    def size(self) -> int:
        """The bytes of its tensors."""
        return int(c.llama_model_size(self.model))

    def n_params(self) -> int:
        """The number of its parameters."""
        return int(c.llama_model_n_params(self.model))

    def metadata(self) -> dict[str, str]:
        """The file's metadata as llama.cpp spells it."""
        numbers = range(c.llama_model_meta_count(self.model))
        keys, values = c.llama_model_meta_key_by_index, c.llama_model_meta_val_str_by_index
        return {_text(keys, self.model, i): _text(values, self.model, i) for i in numbers}

    # ---- tokens ------------------------------------------------------------------------------------------------

    def token_get_text(self, token: int) -> str:
        """The token as the file spells it."""
        return str(c.llama_vocab_get_text(self.vocab, token).decode("utf-8", "replace"))

    def token_get_score(self, token: int) -> float:
        """Its score in the vocabulary."""
        return float(c.llama_vocab_get_score(self.vocab, token))

    def token_get_attr(self, token: int) -> int:
        """Its LLAMA_TOKEN_ATTR_*."""
        return int(c.llama_vocab_get_attr(self.vocab, token))

    def token_bos(self) -> int:
        """The token that begins a text; -1 when there is none, as of the others."""
        return int(c.llama_vocab_bos(self.vocab))

    def token_eos(self) -> int:
        """The token that ends a text."""
        return int(c.llama_vocab_eos(self.vocab))

    def token_cls(self) -> int:
        """The token of a classification, which is BOS."""
        return int(c.llama_vocab_bos(self.vocab))

    def token_sep(self) -> int:
        """The token between sentences."""
        return int(c.llama_vocab_sep(self.vocab))

    def token_nl(self) -> int:
        """The token of a new line."""
        return int(c.llama_vocab_nl(self.vocab))

    def token_prefix(self) -> int:
        """The token before what stands before an infill."""
        return int(c.llama_vocab_fim_pre(self.vocab))

    def token_middle(self) -> int:
        """The token before the infill."""
        return int(c.llama_vocab_fim_mid(self.vocab))

    def token_suffix(self) -> int:
        """The token before what stands after an infill."""
        return int(c.llama_vocab_fim_suf(self.vocab))

    def token_eot(self) -> int:
        """The token that ends a turn."""
        return int(c.llama_vocab_eot(self.vocab))

    def add_bos_token(self) -> bool:
        """Whether a text begins with BOS."""
        return bool(c.llama_vocab_get_add_bos(self.vocab))

    def add_eos_token(self) -> bool:
        """Whether a text ends with EOS."""
        return bool(c.llama_vocab_get_add_eos(self.vocab))

    def tokenize(self, text: bytes, add_bos: bool, special: bool) -> list[int]:  # noqa: FBT001 - as it is called
        """Raises TokenizeError when llama.cpp cannot."""
        vocab, size = self.vocab, len(text) + 2  # a token is a byte at least, and there may be BOS and EOS
        for _ in range(2):
            tokens = (c.llama_token * size)()
            n = int(c.llama_tokenize(vocab, text, len(text), tokens, size, add_bos, special))
            if n >= 0:
                return list(tokens[:n])
            size = -n
        message = f"llama_tokenize gives {n} for a text of {len(text)} bytes"
        raise TokenizeError(message)

    def token_to_piece(self, token: int, special: bool = False) -> bytes:  # noqa: FBT001, FBT002
        """The bytes of one token, of any length."""
        vocab, size = self.vocab, 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            n = int(c.llama_token_to_piece(vocab, token, buffer, size, 0, special))
            if n >= 0:
                return buffer.raw[:n]
            size = -n

    def detokenize(self, tokens: Sequence[int], special: bool = False) -> bytes:  # noqa: FBT001, FBT002
        """The bytes of tokens; a space that only BOS brought with it is left out."""
        whole = b"".join(self.token_to_piece(token, special) for token in tokens)
        led = bool(tokens) and tokens[0] == self.token_bos()
        return whole[1:] if led and whole.startswith(b" ") else whole


class LlamaContext:
    """A context as an address; `params` is `llama_context_params` of ctypes.

    Raises ContextError when there is none to be had. `LlamaContext.of(context, model)` is one for a `Context`.
    """

    def __init__(self, *, model: LlamaModel, params: Any = None, verbose: bool = True) -> None:
        self.model = model
        self.params = c.llama_context_default_params() if params is None else params
        self.verbose = verbose
        address = c.llama_init_from_model(model.model, self.params)
        if address is None:
            raise ContextError(with_reason("llama.cpp makes no context with these parameters"))
        self.handle = own(address, c.llama_free, model.handle)

    @classmethod
    def of(cls, context: Handle, model: LlamaModel) -> Self:
        """What is done with a `Context`: it owns nothing, and closing it closes the context."""
        self = cls.__new__(cls)
        self.model, self.params, self.verbose, self.handle = model, None, False, context
        return self

    @property
    def ctx(self) -> int:
        """The address of the llama_context; raises ClosedError after `close()`."""
        return self.handle._as_parameter_

    @property
    def memory(self) -> int | None:
        """The address of its memory; None when the model keeps none."""
        address: int | None = c.llama_get_memory(self.ctx)
        return address

    def close(self) -> None:
        """Free the context."""
        self.handle.close()

    def n_ctx(self) -> int:
        """Its cells, in tokens."""
        return int(c.llama_n_ctx(self.ctx))

    def pooling_type(self) -> int:
        """The LLAMA_POOLING_TYPE_*."""
        return int(c.llama_pooling_type(self.ctx))

    def kv_cache_clear(self) -> None:
        """Forget every sequence."""
        if self.memory is not None:
            c.llama_memory_clear(self.memory, True)

    def kv_cache_seq_rm(self, seq_id: int, p0: int, p1: int) -> bool:
        """Forget the positions from p0 to before p1, -1 being the end; False when the memory cannot."""
        return bool(c.llama_memory_seq_rm(self._kept(), max(seq_id, 0), p0, p1))

    def kv_cache_seq_cp(self, seq_id_src: int, seq_id_dst: int, p0: int, p1: int) -> None:
        """Give the positions from p0 to before p1 to another sequence too."""
        c.llama_memory_seq_cp(self._kept(), seq_id_src, seq_id_dst, p0, p1)

    def kv_cache_seq_keep(self, seq_id: int) -> None:
        """Forget all sequences but one."""
        c.llama_memory_seq_keep(self._kept(), seq_id)

    def kv_cache_seq_shift(self, seq_id: int, p0: int, p1: int, shift: int) -> None:
        """Move the positions from p0 to before p1."""
        c.llama_memory_seq_add(self._kept(), seq_id, p0, p1, shift)

    def get_state_size(self) -> int:
        """The bytes that a copy of its state would take."""
        return int(c.llama_state_get_size(self.ctx))

    def decode(self, batch: LlamaBatch) -> None:
        """Decode a batch; raises DecodeError for any status but 0."""
        check_status(c.llama_decode(self.ctx, batch.batch), "llama_decode")

    def encode(self, batch: LlamaBatch) -> None:
        """Encode a batch; raises DecodeError for any status but 0."""
        check_status(c.llama_encode(self.ctx, batch.batch), "llama_encode")

    def set_n_threads(self, n_threads: int, n_threads_batch: int) -> None:
        """Threads for one token and for several."""
        c.llama_set_n_threads(self.ctx, n_threads, n_threads_batch)

    def get_logits(self) -> Any:
        """A pointer to the logits of the batch's outputs, float[n_outputs][n_vocab]."""
        return c.llama_get_logits(self.ctx)

    def get_logits_ith(self, i: int) -> Any:
        """A pointer to those of its i-th token."""
        return c.llama_get_logits_ith(self.ctx, i)

    def get_embeddings(self) -> Any:
        """A pointer to the embeddings of the batch's outputs."""
        return c.llama_get_embeddings(self.ctx)

    def get_embeddings_ith(self, i: int) -> Any:
        """A pointer to that of its i-th token."""
        return c.llama_get_embeddings_ith(self.ctx, i)

    def get_embeddings_seq(self, seq_id: int) -> Any:
        """A pointer to the pooled embedding of a sequence."""
        return c.llama_get_embeddings_seq(self.ctx, seq_id)

    def reset_timings(self) -> None:
        """Set llama.cpp's counters to zero."""
        c.llama_perf_context_reset(self.ctx)

    def print_timings(self) -> None:
        """Write llama.cpp's counters to its log."""
        c.llama_perf_context_print(self.ctx)

    @staticmethod
    def default_params() -> Any:
        """llama.cpp's own `llama_context_params`."""
        return c.llama_context_default_params()

    def _kept(self) -> int:
        memory = self.memory
        if memory is None:
            message = "this model keeps no memory of what it decoded: there is nothing to change"
            raise ContextError(message)
        return memory


class LlamaBatch:
    """A `llama_batch` of ctypes with room for `n_tokens` tokens, or embeddings of width `embd`."""

    def __init__(self, *, n_tokens: int, embd: int = 0, n_seq_max: int = 1, verbose: bool = True) -> None:
        self.embd = embd
        self.n_seq_max = n_seq_max
        self.verbose = verbose
        self._n_tokens = n_tokens
        self.batch: Any = c.llama_batch_init(n_tokens, embd, n_seq_max)
        self._free = weakref.finalize(self, c.llama_batch_free, self.batch)

    def close(self) -> None:
        """Free it; `batch` is None from now on."""
        self._free()
        self.batch = None

    def n_tokens(self) -> int:
        """How many tokens are in it."""
        return int(self.batch.n_tokens)

    def reset(self) -> None:
        """Empty it."""
        self.batch.n_tokens = 0

    def set_batch(self, batch: Sequence[int], n_past: int, logits_all: bool) -> None:  # noqa: FBT001 - as it is called
        """Fill it with tokens of sequence 0 from position n_past on; logits for the last, or for all."""
        self.reset()
        self._add(batch, n_past, 0, logits_all=logits_all)

    def add_sequence(self, batch: Sequence[int], seq_id: int, logits_all: bool) -> None:  # noqa: FBT001 - as above
        """Add the tokens of another sequence, from position 0 on."""
        self._add(batch, 0, seq_id, logits_all=logits_all)

    def _add(self, tokens: Sequence[int], n_past: int, seq_id: int, *, logits_all: bool) -> None:
        start = self.n_tokens()
        if start + len(tokens) > self._n_tokens:
            message = f"{start} + {len(tokens)} tokens do not fit into a batch made for {self._n_tokens}"
            raise ValueError(message)
        into = self.batch
        for i, token in enumerate(tokens, start):
            into.token[i] = token
            into.pos[i] = n_past + i - start
            into.n_seq_id[i] = 1
            into.seq_id[i][0] = seq_id
            into.logits[i] = logits_all or i == start + len(tokens) - 1
        into.n_tokens = start + len(tokens)


def _text(function: Any, *arguments: int) -> str:
    """What a function writes into a buffer, which tells how long it would have to be."""
    size = _CHARS
    while True:
        buffer = ctypes.create_string_buffer(size)
        n = int(function(*arguments, buffer, size))
        if n < size:
            return buffer.value.decode("utf-8", "replace")
        size = n + 1
