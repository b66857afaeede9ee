"""What becomes of the tokens of one generation."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from llamacffi.core.detokenizer import Detokenizer
from llamacffi.generation.completion import Chunk, Finish, Running, Speculation, Timings, Usage
from llamacffi.generation.criteria import Progress
from llamacffi.generation.logprobs import Pieces, TokenLogprob
from llamacffi.generation.stopping import StopStrings

if TYPE_CHECKING:
    import collections.abc
    from collections.abc import Callable

    from llamacffi.core.sampling import Healing, Rows
    from llamacffi.core.vocab import Vocab
    from llamacffi.generation.completion import FinishReason
    from llamacffi.generation.criteria import StoppingCriterion
    from llamacffi.generation.params import SamplingParams

__all__ = ["Answer"]


class Answer:
    """One generation as it grows: it takes each token that was sampled, gives chunks, and knows when it is over.

    It neither decodes nor samples: who does, for one sequence or for many, pushes the tokens until `ended`, and then
    takes `finish`. A push costs the same however long the answer is.
    """

    def __init__(
        self,
        vocab: Vocab,
        params: SamplingParams,
        prompt_tokens: collections.abc.Sequence[int],
        *,
        n_cached: int,
        seed: int,
        start: float,
        healing: Healing | None = None,
        source: tuple[int, int] = (0, 0),
    ) -> None:
        """`start` is when the generation was asked for, by `time.perf_counter`.

        What it is to begin with by `healing` is no part of its text. `source` are the tokens that an encoder has read
        for it, and those of them that it had read before.
        """
        self.params = params
        self.prompt_tokens = prompt_tokens
        self.n_cached = n_cached
        """How many of the prompt's tokens were in the context already."""
        self._source = source
        self.drafts: Callable[[], tuple[int, int]] | None = None
        """Tells how many guesses were decoded for it, and how many of them were right; None without a predictor."""
        self.n_tokens = 0
        self.ended = False
        self._seed, self._start, self._first = seed, start, 0.0
        self._reason: FinishReason = "length"
        self._stop: str | None = None
        self._stop_token: int | None = None
        self._criterion: StoppingCriterion | None = None
        self._text = ""  # before the stop string
        self._detokenizer = Detokenizer()
        self._n_repeated = 0 if healing is None else len(healing.text)
        self._push_piece = self._push_rest if self._n_repeated else self._detokenizer.push
        stops = StopStrings(params.stop_strings) if params.stop_strings else None
        # Not looked for in the text of the first tokens; nor, then, held back.
        self._stops = None if params.min_tokens else stops
        self._later_stops = stops if params.min_tokens else None
        self._tells = params.logprobs is not None
        self._pieces = Pieces(vocab)
        self._max_tokens, self._min_tokens = params.max_tokens, params.min_tokens
        self._stop_tokens = frozenset(params.stop_ids)
        self._criteria = params.criteria
        self._end_time = None if params.max_time is None else start + params.max_time
        # What costs something with each token, and is asked for rarely.
        self._watched = bool(self._criteria) or self._end_time is not None or self._later_stops is not None
        self._progress = Progress(prompt_tokens)
        self._pending: list[int] = []  # sampled since the last chunk: their text is held back, or not whole yet
        self._told: list[TokenLogprob] = []  # of these

    def push(self, token: int, rows: Rows, row: int = 0) -> Chunk | None:
        """Take `token`, which `row` has chosen; None while its text is held back, or when it ended the answer."""
        if not self._first:
            self._first = perf_counter()
        ends, piece = rows.spelt(row)
        if ends or token in self._stop_tokens:
            self._stop_token = token
            self.end("stop")
            return None
        self.n_tokens += 1
        if self._tells:
            self._told.append(TokenLogprob.told(rows.logprobs(row), self._pieces))
        text = new_text = self._push_piece(piece)
        if self._stops is not None and text:
            text, self._stop = self._stops.push(text)
            if self._stop is not None:
                self._pending.append(token)
                self._text = text
                self.end("stop")
                return None
        if self._watched:
            self._watch(token, new_text)
        if self.n_tokens == self._max_tokens and not self.ended:
            self.end("length")
        if text and not self._pending and not self._tells:  # the common case, and a chunk that is cheap to make
            return Chunk(text, (token,))
        self._pending.append(token)
        return self._chunk(text) if text else None

    def finish(self) -> Chunk:
        """The last chunk: what was held back, and how it ended."""
        text = self._text
        if self._stop is None:
            text = self._detokenizer.flush()
            if self._stops is not None:
                text, self._stop = self._stops.push(text)
                if self._stop is None:
                    text += self._stops.flush()
                else:
                    self._reason = "stop"
        end = perf_counter()
        first = self._first or end
        n_read, n_read_before = self._source
        usage = Usage(n_read or len(self.prompt_tokens), n_read_before or self.n_cached, self.n_tokens)
        timings = Timings(first - self._start, end - first)
        told = None if self.drafts is None else Speculation(*self.drafts())
        how = Finish(self._reason, self._stop, usage, timings, self._seed, self._stop_token, self._criterion, told)
        return self._chunk(text, how)

    def running(self, n_processed: int) -> Running:
        """How far it is, with so many of the prompt's tokens in the context."""
        now = perf_counter()
        first = self._first or now
        usage = Usage(len(self.prompt_tokens), self.n_cached, self.n_tokens)
        return Running(n_processed, usage, Timings(first - self._start, now - first))

    def _push_rest(self, piece: bytes) -> str:
        """Leave out what the answer repeats of the prompt."""
        n = min(self._n_repeated, len(piece))
        self._n_repeated -= n
        if not self._n_repeated:
            self._push_piece = self._detokenizer.push
        return self._detokenizer.push(piece[n:])

    def _watch(self, token: int, new_text: str) -> None:
        if self.n_tokens == self._min_tokens:
            self._stops = self._later_stops
        self._progress.push(token, new_text)
        for criterion in self._criteria:
            if criterion(self._progress):
                self._criterion = criterion
                self.end("stop")
                return
        if self._end_time is not None and perf_counter() >= self._end_time:
            self.end("time")

    def end(self, reason: FinishReason) -> None:
        """End it; `finish` is then to be taken."""
        self.ended, self._reason = True, reason

    def _chunk(self, text: str, finish: Finish | None = None) -> Chunk:
        chunk = Chunk(text, tuple(self._pending), finish, tuple(self._told))
        self._pending.clear()
        self._told.clear()
        return chunk
