"""Guesses from a smaller model."""

from __future__ import annotations

import math
import weakref
from typing import TYPE_CHECKING, Any

from llamacffi._native.convert import instance
from llamacffi.core.batch import Batch
from llamacffi.core.media_tokens import has_media
from llamacffi.core.model import Model
from llamacffi.core.sampling import Greedy, Rows, SamplerChain
from llamacffi.errors import ClosedError, ContextError, ContextOverflow, NoMemorySlot
from llamacffi.generation.seq_ids import free_seq_ids
from llamacffi.generation.sequence import Sequence
from llamacffi.generation.together import step_together

if TYPE_CHECKING:
    import collections.abc
    from types import TracebackType

    from typing_extensions import Self

    from llamacffi.core.context import Context
    from llamacffi.core.vocab import Vocab

__all__ = ["DraftModel"]

_FIRST_PIECE = 5  # llama.cpp's own: the first ids are control tokens, whose names may differ
_MOST_MORE = 128  # tokens by which one vocabulary may be the longer: padding


class DraftModel:
    """Guess what a smaller `model` of the same vocabulary would say, token by token, as long as it is sure enough.

    A guess ends before the first token that the model finds less probable than `p_min`. It has a context of its own,
    of `n_ctx` cells, for `n_seq_max` generations at a time, which are decoded together; others go without guesses.
    Other `options` are those of `Model.context`. `chain` says how it chooses: the most probable token, by default.

    Raises ContextError for a model that cannot step back (recurrent and hybrid ones, a sliding window without
    swa_full=True), and what `Model.context` raises. `start` raises ValueError where a vocabulary is not the same.
    """

    def __init__(
        self,
        model: Model,
        *,
        n_ctx: int = 8192,
        n_seq_max: int = 16,
        p_min: float = 0.5,
        chain: SamplerChain | None = None,
        **options: Any,
    ) -> None:
        if not 0 <= p_min <= 1:
            message = f"p_min is {p_min!r}, but must be a probability from 0 to 1"
            raise ValueError(message)
        self.model = instance("model", model, Model, "a Model")
        self.p_min = p_min
        self._least = math.log(p_min) if p_min else -math.inf
        self._chain = SamplerChain(Greedy()) if chain is None else chain
        options = {"kv_unified": True, "n_batch": max(n_seq_max, min(n_ctx, 512)), **options}
        self.context: Context = model.context(n_ctx=n_ctx, n_seq_max=n_seq_max, **options)
        if not (self.context.has_memory and self.context.memory.can_rewind) or model.has_encoder:
            self.context.close()
            message = f"{model.description} cannot step back behind a guess that was wrong, and so is no draft model"
            raise ContextError(message)
        self._checked: weakref.WeakSet[Model] = weakref.WeakSet()  # it takes a tenth of a second
        self._rows: dict[int, Rows] = {}
        self._batch = Batch(self.context.n_batch)

    def start(self, context: Context) -> DraftPredictor:
        """A predictor for one generation. Raises ValueError for another vocabulary than the context's."""
        if context.model not in self._checked:
            check_same_vocab(context.model.vocab, self.model.vocab)
            self._checked.add(context.model)
        return DraftPredictor(self)

    def predict_together(
        self, asked: collections.abc.Sequence[tuple[DraftPredictor, int]]
    ) -> list[collections.abc.Sequence[int]]:
        """What each of some predictors guesses, up to its number of tokens; all are decoded in common batches."""
        with self.context.exclusive():
            guesses: list[list[int]] = [[] for _ in asked]
            live = [(i, n, sequence) for i, (one, n) in enumerate(asked) if n > 0 and (sequence := one.caught_up())]
            last = {i: asked[i][0].tokens[-1] for i, _, _ in live}
            while live:
                rows = self._rows_for(len(live))
                try:
                    step_together([one for _, _, one in live], [last[i] for i, _, _ in live], self._batch, rows)
                except (ContextOverflow, NoMemorySlot):
                    break
                going_on = []
                for row, (i, n, sequence) in enumerate(live):
                    if rows.is_eog(row) or rows.logprobs(row)[0][1] < self._least:
                        continue
                    last[i] = rows.token(row)
                    guesses[i].append(last[i])
                    if len(guesses[i]) < n and sequence.n_free:
                        going_on.append((i, n, sequence))
                live = going_on
            return list(guesses)

    def close(self) -> None:
        """Free the context; the model stays open."""
        self.context.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<DraftModel of {self.model.description}>"

    def _rows_for(self, n: int) -> Rows:
        if n not in self._rows:
            self._rows[n] = Rows(*[self._chain] * n, n_logprobs=0)
        return self._rows[n]


class DraftPredictor:
    """The tokens of one generation, and what the draft's context holds of them."""

    def __init__(self, draft: DraftModel) -> None:
        self.together = draft
        """Who guesses for several at once."""
        self.tokens: list[int] = []
        self._sequence: Sequence | None = None
        self._has_media = False

    def reset(self, tokens: collections.abc.Sequence[int]) -> None:
        """Begin anew with `tokens`."""
        self.tokens[:] = tokens
        self._has_media = has_media(self.tokens)

    def push(self, tokens: collections.abc.Sequence[int]) -> None:
        """Take in more tokens."""
        self.tokens += tokens

    def predict(self, n_max: int) -> collections.abc.Sequence[int]:
        """What the draft model would say."""
        return self.together.predict_together([(self, n_max)])[0]

    def caught_up(self) -> Sequence | None:
        """The draft's sequence, with all tokens but the last; None without room for them, and after a medium."""
        context = self.together.context
        if len(self.tokens) > context.n_ctx_seq or not self.tokens or self._has_media:
            return None
        if self._sequence is None:
            seq_id = next(iter(free_seq_ids(context)), None)
            if seq_id is None:
                return None
            self._sequence = Sequence(context, seq_id)
        sequence, known = self._sequence, self.tokens[:-1]
        n = sequence.align(known)
        try:
            if n < len(known):
                sequence.feed(known[n:], output=False)
        except NoMemorySlot:
            sequence.rewind(0)  # its cells are for the others
            return None
        return sequence

    def close(self) -> None:
        """Give the sequence back."""
        sequence, self._sequence = self._sequence, None
        if sequence is not None:
            try:
                sequence.close()
            except ClosedError:  # with the draft model
                return


def check_same_vocab(target: Vocab, draft: Vocab) -> None:
    """Raise ValueError unless the tokens of two models mean the same, as far as llama.cpp's server checks it.

    Type, BOS and EOS with whether they are added, the text of all tokens but the first; up to 128 more in one of them.
    """
    if target.model is draft.model:
        return
    what = ""
    for name in ("type", "add_bos", "add_eos"):
        ours, theirs = getattr(target, name), getattr(draft, name)
        if ours != theirs:
            what = f"{name} is {ours!r} and {theirs!r}"
    for name, added in (("bos", target.add_bos), ("eos", target.add_eos)):
        if added and getattr(target, name) != getattr(draft, name):
            what = f"{name} is {getattr(target, name)} and {getattr(draft, name)}"
    n = min(target.n_tokens, draft.n_tokens)
    if max(target.n_tokens, draft.n_tokens) - n > _MOST_MORE:
        what = f"they have {target.n_tokens} and {draft.n_tokens} tokens"
    if not what:
        ids = range(_FIRST_PIECE, n)
        pairs = zip(ids, target.pieces(ids, special=True), draft.pieces(ids, special=True), strict=True)
        what = next((f"token {i} is {ours!r} and {theirs!r}" for i, ours, theirs in pairs if ours != theirs), "")
    if what:
        message = f"{draft.model.description} cannot guess for {target.model.description}: of their vocabularies {what}"
        raise ValueError(message)
