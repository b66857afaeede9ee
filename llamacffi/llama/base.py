"""What all calls of a Llama stand on: one model, one engine, and what the model says of itself."""

from __future__ import annotations

import os
import threading
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

from llamacffi._native.convert import integer
from llamacffi.core.media_tokens import has_media
from llamacffi.errors import ClosedError, ContextError, MediaError, TokenizeError
from llamacffi.llama.logs import show
from llamacffi.llama.options import DEFAULTS, RANDOM_SEED, LlamaOptions, Parts, given, parts, predictor
from llamacffi.llama.signature import spelt_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Self, Unpack

    from llamacffi.core.adapter import Adapter
    from llamacffi.core.model import Model
    from llamacffi.core.vocab import Vocab
    from llamacffi.engine import Engine

__all__ = ["LlamaBase"]


class LlamaBase:
    """The model, the engine that answers, and the questions that need no answer of the model's.

    The classes that are mixed with it add the calls, and take from it `model`, `engine` and `options`. What they make
    on first use they close in `_close`, which each of them passes on.
    """

    @spelt_out(LlamaOptions, DEFAULTS)
    def __init__(self, model_path: str | os.PathLike[str], **options: Unpack[LlamaOptions]) -> None:
        from llamacffi.core.context_params import to_params
        from llamacffi.llama.room import n_ctx_of

        self._arguments: dict[str, Any] = {"model_path": model_path, **options}
        self._lock = threading.RLock()
        self._closed = False
        self._engine: Engine | None = None
        self._adapters: dict[str, Adapter] = {}
        self._sees_with: tuple[str, bool] | None = None
        self.options = all_options = given(options)
        """Every option, the defaults of those that were not given included."""
        self.model_path = _path("model_path", model_path)
        sorted_out = parts(all_options)
        to_params(sorted_out.context)  # raises what is to be said of them before the model is loaded
        self.verbose: bool = all_options["verbose"]
        show(verbose=self.verbose)
        if all_options["numa"]:
            from llamacffi.core.host import init_numa

            init_numa(all_options["numa"])
        self.model: Model = _load(self.model_path, all_options["n_gpu_layers"], sorted_out)
        self._n_ctx = n_ctx_of(self.model, all_options["n_ctx"], sorted_out.context)
        self.n_batch: int = min(self._n_ctx, all_options["n_batch"])
        self.n_threads: int = sorted_out.context["n_threads"]
        self.n_threads_batch: int = sorted_out.context["n_threads_batch"]
        n_ubatch = min(self.n_batch, all_options["n_ubatch"])
        self._context_options = {**sorted_out.context, "n_batch": self.n_batch, "n_ubatch": n_ubatch}
        self.context_params = SimpleNamespace(n_ctx=self._n_ctx, **self._context_options)
        self.model_params = SimpleNamespace(n_gpu_layers=all_options["n_gpu_layers"], **sorted_out.model)
        self.metadata: dict[str, str] = dict(self.model.metadata_text)
        """What the file says, as text; `model.metadata` has the types, and arrays too."""
        self.set_seed(all_options["seed"])
        for name in _SHOWN:
            setattr(self, name, all_options[name])
        self._tokenizer = all_options["tokenizer"]
        try:
            if self.lora_path is not None:
                self._adapter(_path("lora_path", self.lora_path))
            self._set_up()
        except BaseException:
            self.close()
            raise

    _seed: int
    last_n_tokens_size: int
    lora_base: str | None
    lora_path: str | None
    lora_scale: float
    chat_format: str | None
    chat_handler: Any
    draft_model: Any
    spm_infill: bool
    numa: Any
    tensor_split: Sequence[float] | None
    kv_overrides: Mapping[str, Any] | None

    def _set_up(self) -> None:
        """What the classes that are mixed with this one do once the model is there; each passes it on."""

    def _close(self) -> None:
        """What they free before the model; each passes it on."""

    @property
    def engine(self) -> Engine:
        """What answers; made when it is first asked for. Raises ContextError when there is no memory for it."""
        self._check_open()
        engine = self._engine
        if engine is None:
            with self._lock:
                self._check_open()
                engine = self._engine
                if engine is None:
                    engine = self._engine = self._made_engine()
        return engine

    def _made_engine(self) -> Engine:
        from llamacffi.engine import Engine

        if self.model.vocab_only:
            message = "the model was loaded with vocab_only=True: it has tokens, but nothing that could answer"
            raise ContextError(message)
        n_parallel = self.options["n_parallel"]
        options = dict(self._context_options)
        # Of each sequence that it may hold there is a row of logits: half of them are for prompts to come.
        n_seq_max = min(256, 2 * n_parallel)
        options["n_batch"] = max(options["n_batch"], n_seq_max)
        embedding = {name: options[name] for name in _EMBEDDING if name in options}
        options.pop("pooling_type", None)
        options.pop("attention_type", None)
        return Engine(
            self.model,
            n_ctx=self._n_ctx,
            n_parallel=n_parallel,
            n_ctx_slot=self.options["n_ctx_slot"],
            n_seq_max=n_seq_max,
            host_bytes=self.options["host_bytes"],
            max_waiting=self.options["max_waiting"],
            observer=self.options["observer"],
            predictor=predictor(self.draft_model),
            embedding_options=embedding,
            **options,
        )

    @property
    def vocab(self) -> Vocab:
        """The model's tokens. Raises ClosedError."""
        self._check_open()
        return self._vocab

    @cached_property
    def _vocab(self) -> Vocab:
        # One for all calls: it remembers how tokens are spelt.
        return self.model.vocab

    def tokenize(self, text: bytes | bytearray | str, add_bos: bool = True, special: bool = False) -> list[int]:  # noqa: FBT001, FBT002 - as others call it
        """The token ids of `text`, UTF-8.

        `add_bos` adds BOS, and what else the model wants around a text, and `special` lets "<|im_end|>" be that control
        token. Raises TokenizeError for bytes that are not UTF-8.
        """
        self._check_open()
        data = _utf8(text)
        if self._tokenizer is not None:
            return list(self._tokenizer.tokenize(data, add_bos, special))
        return self.vocab.tokenize(data, add_special=add_bos, parse_special=special)

    def detokenize(
        self,
        tokens: Sequence[int],
        prev_tokens: Sequence[int] | None = None,
        special: bool = False,  # noqa: FBT001, FBT002 - as others call it
    ) -> bytes:
        """The bytes that token ids spell, perhaps with part of a character at either end.

        `special` writes control tokens out. A text that begins with BOS has no space before its first word, where the
        vocabulary puts one there. A tokenizer of its own is told of `prev_tokens`, which come before. The embeddings of
        pictures and sound, numbers below 0, spell nothing.
        """
        self._check_open()
        ids = list(tokens)
        if has_media(ids):
            ids = [token for token in ids if token >= 0]
        if self._tokenizer is not None:
            before = None if prev_tokens is None else [token for token in prev_tokens if token >= 0]
            data: bytes = self._tokenizer.detokenize(ids, prev_tokens=before, special=special)
            return data
        vocab = self.vocab
        text = b"".join(vocab.pieces(ids, special=special))
        begins = text.startswith(b" ") and ids[0] == vocab.bos and self._puts_a_space
        return text[1:] if begins else text

    @cached_property
    def _puts_a_space(self) -> bool:
        """Whether the vocabulary puts a space before a text."""
        vocab = self.vocab
        return b"".join(vocab.pieces(vocab.tokenize("a", add_special=False))).startswith(b" ")

    @property
    def has_own_tokenizer(self) -> bool:
        """Whether it was made with a tokenizer, which replaces the model's."""
        return self._tokenizer is not None

    def see_with(self, mmproj: str | os.PathLike[str], *, use_gpu: bool = True) -> None:
        """See and hear with the projector of that file from now on; loaded when it is not in use yet.

        Raises ModelLoadError.
        """
        from llamacffi.core.projector import Projector

        wanted = os.path.realpath(mmproj), use_gpu
        with self._lock:
            self._check_open()
            if self._sees_with == wanted:
                return
            there = self.model.mmproj
            if not use_gpu or there is None or os.path.realpath(there) != wanted[0]:
                self.model.set_projector(Projector(self.model, mmproj, use_gpu=use_gpu))
            self._sees_with = wanted

    def check_sees(self) -> None:
        """Raise MediaError where there is no projector, without which the model takes text alone."""
        self._check_open()
        if self.model.mmproj is None:
            message = (
                f"{self.model.description} takes text alone: there is no projector beside {self.model.path.name}; give "
                'one as Llama(…, mmproj="mmproj-….gguf")'
            )
            raise MediaError(message)

    def n_ctx(self) -> int:
        """Tokens of context, which the calls under way share."""
        return self._n_ctx

    @property
    def n_ctx_slot(self) -> int:
        """Tokens of context that one call may have."""
        most: int | None = self.options["n_ctx_slot"]
        return self._n_ctx if most is None else min(most, self._n_ctx)

    def n_embd(self) -> int:
        """The width of an embedding."""
        return self.model.n_embd

    def n_vocab(self) -> int:
        """The number of tokens."""
        return self.vocab.n_tokens

    def token_bos(self) -> int:
        """The token that begins a text, -1 when there is none."""
        return _or_none(self.vocab.bos)

    def token_eos(self) -> int:
        """The token that ends a text, -1 when there is none."""
        return _or_none(self.vocab.eos)

    def token_nl(self) -> int:
        """The token of a line's end, -1 when there is none."""
        return _or_none(self.vocab.nl)

    @cached_property
    def _n_vocab(self) -> int:
        return self.n_vocab()

    @cached_property
    def _token_eos(self) -> int:
        return self.token_eos()

    @cached_property
    def _token_nl(self) -> int:
        return self.token_nl()

    def set_seed(self, seed: int | None) -> None:
        """What calls without a seed begin with from now on; 4294967295 or -1 draws one for each of them."""
        seed = integer("seed", RANDOM_SEED if seed is None else seed, -1, RANDOM_SEED)
        self._seed = RANDOM_SEED if seed < 0 else seed

    def _adapter(self, path: str | os.PathLike[str]) -> Adapter:
        """A LoRA adapter, loaded when it is first asked for."""
        name = os.path.realpath(path)
        with self._lock:
            self._check_open()
            if name not in self._adapters:
                self._adapters[name] = self.model.adapter(path)
            return self._adapters[name]

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def _check_open(self) -> None:
        if self._closed:
            message = f"this {type(self).__name__} is closed; make another one of {self.model_path}"
            raise ClosedError(message)

    def close(self) -> None:
        """Stop what is under way, which fails with ClosedError, and free the memory; a second call does nothing."""
        with self._lock:
            self._closed = True
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()
        self._close()
        self.model.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._closed:
            return f"<{type(self).__name__} of {self.model_path}, closed>"
        return f"<{type(self).__name__}: {self.model.description}, n_ctx={self._n_ctx}>"

    def __getstate__(self) -> dict[str, Any]:
        """The arguments that it was made with: another process loads the model itself."""
        return dict(self._arguments)

    def __setstate__(self, state: dict[str, Any]) -> None:
        type(self).__init__(self, **state)


_SHOWN = (
    "last_n_tokens_size",
    "lora_base",
    "lora_path",
    "lora_scale",
    "chat_format",
    "chat_handler",
    "draft_model",
    "spm_infill",
    "numa",
    "tensor_split",
    "kv_overrides",
)
_GPUS = frozenset({"gpu", "igpu"})
_EMBEDDING = ("pooling_type", "attention_type", "n_threads", "n_threads_batch")


def _path(name: str, path: object) -> str:
    text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
    if not isinstance(text, str):
        message = f"{name} is {path!r} ({type(path).__name__}), but must be a path, as a text or a Path"
        raise TypeError(message)
    return text


def _load(path: str, n_gpu_layers: Any, sorted_out: Parts) -> Model:
    from llamacffi.core.model import Model

    layers = _n_gpu_layers(sorted_out.model) if n_gpu_layers is None else n_gpu_layers
    # By its name, which a projector in the same repository is found by.
    return Model(path, n_gpu_layers=layers, mmproj=sorted_out.mmproj, **sorted_out.model)


def _n_gpu_layers(options: dict[str, Any]) -> int | Literal["auto"]:
    """As many layers as fit where there is a GPU, or all, where something else decides what of them goes where."""
    from llamacffi.core.backend import devices

    if options["vocab_only"] or not (options["rpc_servers"] or any(one.type in _GPUS for one in devices())):
        return 0
    return -1 if options["n_cpu_moe"] or "tensor_split" in options else "auto"


def _utf8(text: object) -> bytes:
    if isinstance(text, str):
        try:
            return text.encode()
        except UnicodeEncodeError as error:
            message = f"the text has half of a surrogate pair at {error.start}, which UTF-8 cannot write; replace it"
            raise TokenizeError(message) from error
    if not isinstance(text, (bytes, bytearray)):
        message = f"text is {text!r} ({type(text).__name__}), but must be bytes in UTF-8, or a str"
        raise TypeError(message)
    try:
        text.decode()
    except UnicodeDecodeError as error:
        message = f"the text is not UTF-8: {error.reason} at byte {error.start}; decode it first"
        raise TokenizeError(message) from error
    return bytes(text)


def _or_none(token: int | None) -> int:
    return -1 if token is None else token
