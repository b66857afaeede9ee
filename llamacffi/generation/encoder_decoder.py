"""Models that read a text with an encoder and write another with a decoder (T5)."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from llamacffi.core.batch import Batch
from llamacffi.errors import ContextError, ContextOverflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.core.context import Context
    from llamacffi.core.model import Model

__all__ = ["EncoderSide", "Sources", "decoder_start"]


class Sources:
    """The texts that the decoders of a context's sequences look at.

    llama.cpp keeps what the last encode() of a context made of its texts, and only that. So all texts in use are
    encoded together as far as they fit into n_ubatch, and again when one is wanted that is not among them.
    """

    def __init__(self) -> None:
        self._texts: dict[int, tuple[int, ...]] = {}
        self._encoded: frozenset[int] = frozenset()
        self._n_encoded = -1  # the context's count when these were encoded

    @classmethod
    def of(cls, context: Context) -> Sources | None:
        """Those of a context; None when its model's decoder looks at nothing but itself."""
        if not (context.model.has_encoder and context.model.has_decoder and context.has_memory):
            return None
        return _sources.setdefault(context, cls())

    def __getitem__(self, seq_id: int) -> tuple[int, ...]:
        """The text of a sequence, () when it has none."""
        return self._texts.get(seq_id, ())

    def set(self, seq_id: int, text: tuple[int, ...]) -> None:
        """From now on a sequence has this text; () for none."""
        if self[seq_id] != text:
            self._encoded -= {seq_id}
        self._texts.pop(seq_id, None)  # the latest last
        if text:
            self._texts[seq_id] = text

    def ready(self, context: Context, seq_id: int) -> bool:
        """Whether the text of a sequence is among what the last encode() made."""
        return seq_id in self._encoded and self._n_encoded == context.ledger.n_encoded

    def show(self, context: Context, seq_id: int) -> None:
        """Let the decoder see the text of a sequence; encodes it if need be, and the others' with it.

        Raises what `Context.encode` raises.
        """
        if not self[seq_id] or self.ready(context, seq_id):
            return
        # llama.cpp wants positions to go on from those in memory; only their differences count. Forks that are equally
        # far share what is made of their text.
        readers: dict[tuple[tuple[int, ...], int], list[int]] = {}
        n_free = _room(context)
        for each in (seq_id, *(other for other in reversed(self._texts) if other != seq_id)):  # then the latest first
            where = self[each], context.memory.pos_max(each) + 1
            if where in readers:
                readers[where].append(each)
            elif len(self[each]) <= n_free:
                readers[where] = [each]
                n_free -= len(self[each])
        batch = Batch(_room(context) - n_free, n_seq_max=max(map(len, readers.values())))
        for (text, pos0), seq_ids in readers.items():
            for pos, token in enumerate(text, start=pos0):
                batch.add(token, pos, seq_ids, output=True)
        context.encode(batch)
        self._encoded = frozenset(each for seq_ids in readers.values() for each in seq_ids)
        self._n_encoded = context.ledger.n_encoded


_sources: weakref.WeakKeyDictionary[Context, Sources] = weakref.WeakKeyDictionary()


class EncoderSide:
    """What a Sequence has for the encoder of an encoder-decoder model."""

    context: Context
    seq_id: int
    _changes: int
    _sources: Sources | None

    @property
    def source(self) -> tuple[int, ...]:
        """The text that the decoder looks at, () without one: see `encode`."""
        return () if self._sources is None else self._sources[self.seq_id]

    def encode(self, tokens: Sequence[int]) -> bool:
        """Give the encoder of an encoder-decoder model a text for the decoder to look at; returns whether it is new.

        Of a new text the encoder is run at the next decode, and the sequence is empty: what it held looked at another.
        The texts of several sequences are encoded together where n_ubatch allows it, else by turns. Raises ContextError
        for a model without encoder and decoder, ValueError for no tokens, ContextOverflow for more than n_ubatch.
        """
        if self._sources is None:
            message = f"{self.context.model.description} is no encoder-decoder model; feed() the tokens"
            raise ContextError(message)
        text = tuple(int(token) for token in tokens)
        _check_text(self.context, text)
        with self.context.exclusive():
            if self.source == text:
                return False
            self._changes += 1
            self._forget()
            self._sources.set(self.seq_id, text)
            return True

    def _forget(self) -> None:
        raise NotImplementedError

    def _take_source(self, text: tuple[int, ...]) -> None:
        self._sources = Sources.of(self.context)
        if self._sources is not None:
            self._sources.set(self.seq_id, text)

    def _check_no_source(self) -> None:
        """Refuse to save, or to go back to, the decoder's part of what is known."""
        if self.source:
            message = "what the encoder made of the text is not part of a state or a checkpoint; encode() the text anew"
            raise ContextError(message)


def _room(context: Context) -> int:
    """How many tokens the encoder can read: it sees all at once."""
    return min(context.n_batch, context.n_ubatch)


def _check_text(context: Context, tokens: Sequence[int]) -> None:
    """Raise ValueError for a text without tokens, ContextOverflow for one that the encoder cannot read at once."""
    wrong = next((token for token in tokens if token not in context.model.vocab), None)
    if wrong is not None:
        message = f"token {wrong} is not in the vocabulary; its ids go from 0 to {context.model.vocab.n_tokens - 1}"
        raise ValueError(message)
    if not tokens:
        message = "the text is empty; the encoder needs at least one token"
        raise ValueError(message)
    if len(tokens) > _room(context):
        message = (
            f"the text has {len(tokens)} tokens, and the encoder reads at most n_ubatch={context.n_ubatch} (and "
            f"n_batch={context.n_batch}) at once; make the context with larger ones, or shorten the text"
        )
        raise ContextOverflow(message)


def decoder_start(model: Model) -> int:
    """The token that the decoder begins with: what the model file says, else BOS. Raises ContextError without both."""
    token = model.decoder_start_token
    token = model.vocab.bos if token is None else token
    if token is None:
        message = (
            f"{model.description} does not say what its decoder begins with (decoder_start_token_id), and has no BOS; "
            "use Sequence.encode() and generate_tokens() with a token of your choice"
        )
        raise ContextError(message)
    return token
