"""From a prompt to an answer, in three tiers: tokens, chunks of text, the whole."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llamacffi.core.media_tokens import has_media
from llamacffi.core.sampling import Rows, SamplerChain
from llamacffi.generation.completion import Chunk, Completion
from llamacffi.generation.logprobs import prompt_logprobs
from llamacffi.generation.overflow import step_in_cells
from llamacffi.generation.params import SamplingParams
from llamacffi.generation.prompt import align_prompt, check_unchanged
from llamacffi.generation.speculative.drafter import check_predictor
from llamacffi.generation.speculative.steps import DraftedSteps
from llamacffi.generation.start import Start, check_sequence

if TYPE_CHECKING:
    import collections.abc
    from collections.abc import Generator, Iterator

    from llamacffi.generation.answer import Answer
    from llamacffi.generation.overflow import ContextShift
    from llamacffi.generation.prompt import Prompt
    from llamacffi.generation.sequence import Sequence
    from llamacffi.generation.speculative.predictor import PredictorFactory, TokenPredictor

__all__ = ["generate", "generate_tokens", "stream_generate"]

_DEFAULTS = SamplingParams()


def generate_tokens(
    sequence: Sequence, prompt_tokens: collections.abc.Sequence[int], chain: SamplerChain
) -> Iterator[int]:
    """Yield token after token that `chain` chooses after the prompt, until there is no room left for them.

    What the sequence holds of the prompt already is kept. It does not stop at a token that ends the generation
    (`vocab.is_eog`): stop iterating. The last token yielded is not in the sequence yet.
    Raises ContextOverflow when the prompt does not fit, ValueError when it is empty, LlamaError when something else
    changed the sequence before the generation ended.
    """
    check_sequence(sequence)
    with sequence.context.exclusive():
        kept = align_prompt(sequence, prompt_tokens)
        return _steps(sequence, prompt_tokens[kept:], Rows(chain), sequence.changes)


def stream_generate(
    sequence: Sequence,
    prompt: Prompt,
    params: SamplingParams = _DEFAULTS,
    *,
    predictor: PredictorFactory | TokenPredictor | None = None,
) -> Iterator[Chunk]:
    """Yield the answer as it grows: text in whole characters, nothing that may yet be part of a stop string.

    A prompt of text is tokenized with its control tokens and the model's BOS, which is never doubled. What the sequence
    holds of the prompt already is kept; closing the iterator leaves the sequence as it then is. A `predictor`, such as
    `PromptLookup()`, guesses tokens to come: what is right is decoded several at a time, and the answer is the same.
    Where the context is full, or other sequences hold the cells that are left (kv_unified=True), the answer ends by
    "length", or goes on with `overflow="shift"`.
    Raises ContextOverflow when the prompt does not fit, NoMemorySlot when others hold the cells that it needs,
    ContextError where a shift that the options ask for could not be right, ValueError when the prompt is empty,
    LlamaError when something else changed the sequence before the generation ended; and what a logits processor or
    stopping criterion raises, after which the sequence can be used on.
    """
    start = Start.of(sequence, prompt, params)
    seed = params.drawn_seed()
    if predictor is not None:
        check_predictor(predictor)
    return _chunks(start, start.chain(seed), start.answer(seed), predictor)


def generate(
    sequence: Sequence,
    prompt: Prompt,
    params: SamplingParams = _DEFAULTS,
    *,
    schema: Any = None,
    predictor: PredictorFactory | TokenPredictor | None = None,
) -> Completion:
    """Generate to the end and return the whole; see `stream_generate`.

    `schema` is that of the options, for short: `generate(sequence, prompt, schema=Model).parsed` is a Model.
    """
    if schema is not None:
        params = replace(params, schema=schema)
    return Completion.of(stream_generate(sequence, prompt, params, predictor=predictor), params.constraint)


def _steps(
    sequence: Sequence,
    tokens: collections.abc.Sequence[int],
    rows: Rows,
    changes: int,
    shift: ContextShift | None = None,
) -> Generator[int, None, None]:
    """Feed `tokens`, then each token that was chosen; `rows` tells more of the one just yielded."""
    begun = False
    while True:
        with sequence.context.exclusive():
            if sequence.changes != changes:
                check_unchanged(sequence, changes)
            if len(tokens) > sequence.n_free:
                if shift is None:
                    return
                shift.make_room()
            if not begun:
                sequence.step(tokens, rows)
            elif not step_in_cells(sequence, tokens, rows, shift):
                return
            changes = sequence.changes
        token = rows.token()
        yield token
        begun, tokens = True, (token,)


def _chunks(
    start: Start, chain: SamplerChain, answer: Answer, predictor: PredictorFactory | TokenPredictor | None
) -> Iterator[Chunk]:
    sequence, params, prompt_tokens, changes = start.sequence, start.params, start.tokens, start.changes
    rows = Rows(chain, n_logprobs=params.logprobs)
    remaining = prompt_tokens[start.n_cached :]
    drafted: DraftedSteps | None = None
    try:
        if params.prompt_logprobs is not None:
            with sequence.context.exclusive():
                check_unchanged(sequence, changes)
                of_prompt = prompt_logprobs(sequence, prompt_tokens, params.prompt_logprobs)
                answer.n_cached, remaining, changes = 0, prompt_tokens[-1:], sequence.changes
            yield Chunk("", (), prompt_logprobs=of_prompt)
        if params.max_tokens == 0:
            check_unchanged(sequence, changes)
            sequence.feed(remaining)
        else:
            if predictor is None:
                steps = _steps(sequence, remaining, rows, changes, start.shift)
            else:
                anew = params.prompt_logprobs is None and not has_media(prompt_tokens)
                drafted = DraftedSteps(sequence, rows, predictor, shift=start.shift, anew=anew)
                answer.drafts = drafted.counts
                answer.n_cached = 0 if drafted.watched else answer.n_cached
                steps = drafted.steps(prompt_tokens, remaining, changes, most=params.max_tokens)
            with closing(steps):
                for token in steps:
                    chunk = answer.push(token, rows, 0 if drafted is None else drafted.row)
                    if chunk is not None:
                        yield chunk
                    if answer.ended:
                        break
    finally:
        chain.close()
        if drafted is not None:
            drafted.close()
    yield answer.finish()
