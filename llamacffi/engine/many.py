"""Several answers to one request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from llamacffi.generation.many import best_first, n_to_make, seeds_of
from llamacffi.generation.prompt import prompt_ids

if TYPE_CHECKING:
    from llamacffi.core.vocab import Vocab
    from llamacffi.engine.request import Request
    from llamacffi.generation import Completion

__all__ = ["Many"]


@dataclass(frozen=True, slots=True)
class Many:
    """Requests of one prompt, which the first decodes for all; and what becomes of their answers."""

    requests: list[Request]
    n: int
    ranked: bool
    tells: bool
    """Whether the log-probabilities of the tokens were asked for, and are not there for the ranking alone."""

    @classmethod
    def of(cls, vocab: Vocab, request: Request, n: int, best_of: int | None = None, schema: Any = None) -> Many:
        """Raises ValueError for numbers that make no sense."""
        n, n_made = n_to_make(n, best_of)
        params = request.params if schema is None else replace(request.params, schema=schema)
        tells = params.logprobs is not None
        if best_of is not None and not tells:
            params = replace(params, logprobs=0)
        prompt = prompt_ids(vocab, request.prompt)
        if n_made == 1:  # its seed is drawn with its task, and to check the options anew takes as long as all the rest
            return cls([replace(request, prompt=prompt, params=params)], n, best_of is not None, tells)
        requests = [
            # What is told of the prompt is told once.
            replace(
                request,
                prompt=prompt,
                params=replace(params, seed=seed, prompt_logprobs=None if i else params.prompt_logprobs),
            )
            for i, seed in enumerate(seeds_of(params, n_made))
        ]
        return cls(requests, n, best_of is not None, tells)

    def completions(self, made: list[Completion]) -> tuple[Completion, ...]:
        """What was asked for, of the answers to all the requests."""
        told_once = made[0].prompt_logprobs
        whole = [one if one.prompt_logprobs is told_once else replace(one, prompt_logprobs=told_once) for one in made]
        if not self.ranked:
            return tuple(whole)
        for i, one in enumerate(whole):
            told = [token.logprob for token in one.logprobs]
            mean = sum(told) / len(told) if told else None
            whole[i] = replace(one, mean_logprob=mean, logprobs=one.logprobs if self.tells else ())
        return tuple(best_first(whole)[: self.n])
