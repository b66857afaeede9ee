"""Drafts from what a model computes anyway: MTP layers and EAGLE-3."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from llamacffi._native import Handle, ffi, lib, native_errors
from llamacffi._native.convert import instance, integer, real
from llamacffi.core.batch import Batch
from llamacffi.core.context import Context
from llamacffi.core.model import Model
from llamacffi.errors import ClosedError, ContextError, InvalidBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal

    from typing_extensions import Unpack

    from llamacffi.core.context_params import ContextArguments

__all__ = ["DraftStart", "NativeDraft"]

_R = TypeVar("_R")

_EAGLE3 = "eagle3"  # general.architecture
_INT_MAX = 2**31 - 1


class DraftStart(NamedTuple):
    """Where a draft begins: at `last`, a token sampled for position `pos` and not decoded yet; up to `n_max` tokens."""

    seq_id: int
    pos: int
    last: int
    n_max: int


class NativeDraft(Handle):
    """Guesses the next tokens of every sequence of `context` from its hidden states (llama-common's speculative.h).

    With `draft`, an EAGLE-3 model that was made for the context's, or a file of MTP layers; without, the model's own
    MTP layers, for which it is to be loaded with load_mtp=True. A draft has up to `n_max` tokens, ends before the first
    that is less probable than `p_min`, and is none below `n_min`; what is not given is llama-common's default. It
    decodes in a context of its own, whose other `options` are those of `Model.context`.

    While it is open, `context` puts out its hidden states for every token, which makes long prompts a little slower.
    The draft computes on the context's threads unless it is given some. There is one for a context, and `close` sets it
    back. Raises ContextError for what does not fit together, ValueError
    for numbers that make no sense, BuildError when this llama.cpp has none.
    """

    def __init__(
        self,
        context: Context,
        draft: Model | None = None,
        *,
        n_max: int | None = None,
        n_min: int | None = None,
        p_min: float | None = None,
        **options: Unpack[ContextArguments],
    ) -> None:
        instance("context", context, Context, "a Context")
        model = context.model if draft is None else instance("draft", draft, Model, "a Model")
        architecture = model.metadata_text.get("general.architecture")
        self.kind: Literal["eagle3", "mtp"] = "eagle3" if architecture == _EAGLE3 else "mtp"
        """What drafts: "eagle3" or "mtp"."""
        params = lib.lcffi_speculative_default_params()
        for name, value in (("n_max", n_max), ("n_min", n_min)):
            if value is not None:
                setattr(params, name, integer(name, value, int(name == "n_max"), _INT_MAX))
        if p_min is not None:
            params.p_min = real("p_min", p_min)
            if not 0 <= p_min <= 1:
                message = f"p_min must be from 0 to 1, not {p_min}"
                raise ValueError(message)
        _check(context, model, self.kind)
        with context.exclusive():
            attached = _attached[context]() if context in _attached else None
            if attached is not None and not attached.closed:
                message = f"the context has a NativeDraft ({attached.kind}) already; close it first"
                raise ContextError(message)
            self._context = _draft_context(context, model, self.kind, params.n_max, options)
            try:
                ptr = self._init(context, params)
            except BaseException:
                self._context.close()
                raise
            # Not the context itself, which may hold this object: C holds what it needs of it.
            self._target = weakref.ref(context)
            super().__init__(ptr, lib.lcffi_speculative_free, context, self._context)
            self._n_decoded = context.ledger.n_decoded
            self.n_max: int = self.call(lib.lcffi_speculative_n_max)
            """Tokens of a draft at most: not more than there are MTP layers, where each predicts one."""
            _watch(context, self.call(lib.lcffi_speculative_n_floats))
            _attached[context] = weakref.ref(self)

    def __repr__(self) -> str:
        return f"<NativeDraft ({self.kind}) of up to {self.n_max} tokens>"

    def process(self, batch: Batch) -> bool:
        """Take up the hidden states of `batch`, which the context has just decoded; a second time does nothing.

        Every batch of a sequence is to be shown, in order: after one that was not, or that failed here (False), the
        drafts for it are worse, or none. Raises InvalidBatch for what cannot have been decoded there.
        """
        instance("batch", batch, Batch, "a Batch")
        context = self._context_of_target()
        with context.exclusive():
            n_decoded = context.ledger.n_decoded
            if n_decoded == self._n_decoded:
                return True
            if len(batch) > context.n_batch or batch.max_seq_id >= context.n_seq_max:
                message = f"{batch!r} is not what the context, with n_batch={context.n_batch}, decoded last"
                raise InvalidBatch(message)
            self._n_decoded = n_decoded
            return bool(batch.lent(self._run, lib.lcffi_speculative_process, batch.struct))

    def draft(self, starts: Sequence[DraftStart]) -> list[list[int]]:
        """Guess how some sequences go on, all at once; a guess is as long as the draft is sure, or [].

        The tokens before a start are taken as what was accepted of the batch that its sequence was in last: when
        `process` was not shown it, there is no guess. Raises ValueError for numbers out of range.
        """
        context = self._context_of_target()
        n_vocab = context.model.vocab.n_tokens
        drafts = ffi.new("struct lcffi_draft[]", len(starts))
        tokens = ffi.new("llama_token[]", len(starts) * self.n_max)
        for i, start in enumerate(starts):
            drafts[i].seq_id = integer("seq_id", start.seq_id, 0, context.n_seq_max - 1)
            drafts[i].pos = integer("pos", start.pos, 0, _INT_MAX)
            drafts[i].last = integer("last", start.last, 0, n_vocab - 1)
            drafts[i].n_max = min(integer("n_max", start.n_max, 1, _INT_MAX), self.n_max)
            drafts[i].tokens = tokens + i * self.n_max
        with context.exclusive():
            self._run(lib.lcffi_speculative_draft, drafts, len(starts))
        return [list(ffi.unpack(draft.tokens, draft.n_tokens)) if draft.n_tokens else [] for draft in drafts]

    def close(self) -> None:
        """Free the draft's context; the target puts out its hidden states no longer."""
        context = self._target()
        if context is not None and not context.closed:
            with context.exclusive():
                if self._refusal is None:
                    self.call(lib.lcffi_speculative_detach)
                    _watch(context, 0)
        super().close()
        if not self._context.closed:  # else it is closing this one, its child
            self._context.close()

    def _init(self, context: Context, params: Any) -> Any:
        kind = lib.LCFFI_SPECULATIVE_EAGLE3 if self.kind == "eagle3" else lib.LCFFI_SPECULATIVE_MTP
        error = ffi.new("char[]", lib.LCFFI_SPECULATIVE_ERROR)
        native_errors()  # what earlier calls left behind is not this one's reason
        ptr = self._context.call(
            lambda draft: context.call(lambda target: lib.lcffi_speculative_init(kind, target, draft, params, error))
        )
        if ptr == ffi.NULL:
            reason = ffi.string(error).decode("utf-8", "replace")
            message = f"{self._context.model.description} cannot draft for {context.model.description}: {reason}"
            raise ContextError(message)
        return ptr

    def _run(self, function: Callable[..., _R], *args: Any) -> _R:
        """Call a function that decodes with the draft's context, which Ctrl-C may stop."""
        pools = self._context_of_target()._pools  # noqa: SLF001 - whose threads the draft's context has
        with self._context._interrupt:  # noqa: SLF001 - no one else decodes with this context
            if pools.moves:
                placed: _R = pools.place(self._context.call, lambda _draft: self.call(function, *args))
                return placed
            return self._context.call(lambda _draft: self.call(function, *args))

    def _context_of_target(self) -> Context:
        context = self._target()
        if context is None:
            message = "the context that this NativeDraft drafts for is gone"
            raise ClosedError(message)
        _ = self.ptr  # one that is closed says so
        return context


_attached: weakref.WeakKeyDictionary[Context, weakref.ref[NativeDraft]] = weakref.WeakKeyDictionary()


def _check(context: Context, model: Model, kind: str) -> None:
    if not context.has_memory or context.model.has_encoder:
        message = f"{context.model.description} has an encoder, and nothing drafts for it"
        raise ContextError(message)
    if kind == "mtp" and not lib.llama_model_n_layer_nextn(model.ptr):
        message = f"{model.description} has no MTP layers (nextn_predict_layers) and is no EAGLE-3 model either"
        raise ContextError(message)
    if kind == "mtp" and not model.load_mtp:
        message = f"the MTP layers of {model.description} were not loaded; load it with load_mtp=True"
        raise ContextError(message)
    if kind == _EAGLE3:
        _check_tables(model)


def _check_tables(model: Model) -> None:
    """Refuse tables of an EAGLE-3 model that ggml would read behind their ends, on threads where nothing is caught."""
    tensors, n_vocab = model.tensors, model.vocab.n_tokens
    embeddings, places = tensors.get("token_embd.weight"), tensors.get("d2t")
    if embeddings is not None and embeddings.shape[0] < n_vocab:
        message = f"{model.description} has embeddings of {embeddings.shape[0]} tokens, and {n_vocab} tokens"
        raise ContextError(message)
    if places is not None and places.type == "i64" and model.path.is_file():
        ids = np.fromfile(model.path, "<i8", places.shape[0], offset=places.offset)
        if ids.min() < 0 or ids.max() >= n_vocab:
            message = f"{model.description} guesses tokens from {ids.min()} to {ids.max()} (d2t), of {n_vocab}"
            raise ContextError(message)


def _draft_context(context: Context, model: Model, kind: str, n_max: int, options: ContextArguments) -> Context:
    """A context of the same sequences as the target's, for the same batches, and for drafts of all of them."""
    same: dict[str, Any] = {
        "n_ctx": context.n_ctx,
        "n_batch": min(max(context.n_batch, context.n_seq_max * (n_max + 1)), context.n_ctx),
        "n_ubatch": context.n_ubatch,
        "n_seq_max": context.n_seq_max,
        "n_threads": 1,
        "n_threads_batch": 1,
        "kv_unified": context.kv_unified,
    }
    if kind == "mtp":
        same["ctx_type"] = "mtp"
        same["n_outputs_max"] = context.n_seq_max  # a step of the drafts; logits for a whole batch would take memory
    try:
        made = Context(model, **{**same, **options, "other": context})
    except ContextError as error:
        message = f"no context to draft with {model.description}: {error}"
        raise ContextError(message) from error
    if options.keys().isdisjoint(("n_threads", "n_threads_batch", "threadpool")):
        # The target's own: threads that wait for work would take the cores from those that have some. They outlive the
        # draft as the target does, and never serve both at once: the target is held while the draft decodes.
        pools = context._pools  # noqa: SLF001 - of the same floor
        made.call(pools.attach, context.n_threads, context.n_threads_batch)
        made.call(lib.llama_set_n_threads, context.n_threads, context.n_threads_batch)
    return made


def _watch(context: Context, n_floats: int) -> None:
    """The context's next decode puts out so many floats of hidden states."""
    context._views.n_hidden = n_floats  # noqa: SLF001 - of the same floor; nobody else changes what it puts out
    context._forget_outputs()  # noqa: SLF001
