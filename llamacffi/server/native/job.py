"""llama-server's own completions on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacffi.generation import Completion
from llamacffi.generation.order import ORDER
from llamacffi.llama.job import Job
from llamacffi.server.timings import timings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from llamacffi.engine import Request
    from llamacffi.generation import Chunk, Finish, SamplingParams, TokenLogprob

__all__ = ["NativeJob", "settings_of"]


class NativeJob(Job[Any, dict[str, Any]]):
    """Its parts are llama-server's; the whole is one result, or with `several` a list of them."""

    def __init__(
        self,
        requests: Sequence[Request],
        *,
        model: str,
        spelt: Callable[[Sequence[int]], str],
        several: bool,
        streams: bool,
        return_tokens: bool,
        fields: Sequence[str],
    ) -> None:
        self.requests = tuple(requests)
        self._model, self._spelt, self._several, self._streams = model, spelt, several, streams
        self._return_tokens, self._fields = return_tokens, fields
        self._chunks: list[list[Chunk]] = [[] for _ in self.requests]
        self._n_made = [0] * len(self.requests)

    def push(self, index: int, chunk: Chunk) -> Iterator[dict[str, Any]]:
        """Take new text of one answer."""
        self._chunks[index].append(chunk)
        self._n_made[index] += len(chunk.tokens)
        if not self._streams:
            return
        if chunk.text or chunk.tokens:
            part: dict[str, Any] = {
                "index": index,
                "content": chunk.text,
                "tokens": list(chunk.tokens) if self._return_tokens else [],
                "stop": False,
                "id_slot": -1,
                "tokens_predicted": self._n_made[index],
                "tokens_evaluated": len(self.requests[index].prompt),
            }
            if chunk.logprobs:
                part["completion_probabilities"] = list(map(_told, chunk.logprobs))
            yield part
        if chunk.finish is not None:
            yield self._result(index)

    def whole(self) -> Any:
        """The results."""
        results = [self._result(i) for i in range(len(self.requests))]
        return results if self._several else results[0]

    def _result(self, index: int) -> dict[str, Any]:
        request, made = self.requests[index], Completion.of(self._chunks[index])
        usage = made.usage
        result: dict[str, Any] = {
            "index": index,
            "content": "" if self._streams else made.text,
            "tokens": list(made.tokens) if self._return_tokens and not self._streams else [],
            "id_slot": -1,
            "stop": True,
            "model": self._model,
            "tokens_predicted": usage.completion_tokens,
            "tokens_evaluated": usage.prompt_tokens,
            "generation_settings": settings_of(request.params, made.seed, streams=self._streams),
            "prompt": self._spelt([int(token) for token in request.prompt]),
            "has_new_line": "\n" in made.text,
            "truncated": False,
            "stop_type": _stop_type(made.finish),
            "stopping_word": made.finish.stop or "",
            "tokens_cached": usage.total_tokens,
            "timings": timings_of([made.finish]),
        }
        if made.logprobs and not self._streams:
            result["completion_probabilities"] = list(map(_told, made.logprobs))
        return {path: _at(result, path) for path in self._fields if _has(result, path)} if self._fields else result


def _stop_type(finish: Finish) -> str:
    if finish.reason != "stop":
        return "limit"
    return "eos" if finish.stop is None else "word"


def _told(told: TokenLogprob) -> dict[str, Any]:
    return {
        **_token(told.token, told.piece, told.logprob),
        "top_logprobs": [_token(top.token, top.piece, top.logprob) for top in told.top],
    }


def _token(token: int, piece: bytes, logprob: float) -> dict[str, Any]:
    return {"id": token, "token": piece.decode("utf-8", "replace"), "bytes": list(piece), "logprob": logprob}


_SAME = (
    "temperature",
    "dynatemp_range",
    "dynatemp_exponent",
    "top_k",
    "top_p",
    "min_p",
    "top_n_sigma",
    "xtc_probability",
    "xtc_threshold",
    "typical_p",
    "repeat_last_n",
    "repeat_penalty",
    "presence_penalty",
    "frequency_penalty",
    "dry_multiplier",
    "dry_base",
    "dry_allowed_length",
    "dry_penalty_last_n",
    "mirostat",
    "mirostat_tau",
    "mirostat_eta",
    "adaptive_target",
    "adaptive_decay",
    "n_keep",
    "ignore_eos",
    "min_keep",
)


def settings_of(params: SamplingParams, seed: int, *, streams: bool) -> dict[str, Any]:
    """The options that the answer was sampled with."""
    limit = -1 if params.max_tokens is None else params.max_tokens
    grammar: object = params.grammar
    bias = [{"token": token, "bias": amount} for token, amount in params.logit_bias.items()]
    return {
        "seed": seed,
        **{name: getattr(params, name) for name in _SAME},
        "samplers": list(ORDER if params.samplers is None else params.samplers),
        "dry_sequence_breakers": list(params.dry_sequence_breakers),
        "stop": list(params.stop_strings),
        "max_tokens": limit,
        "n_predict": limit,
        "stream": streams,
        "logit_bias": bias,
        "n_probs": params.logprobs or 0,
        "grammar": grammar if isinstance(grammar, str) else "",
    }


def _has(result: Any, path: str) -> bool:
    for name in path.split("/"):
        if not isinstance(result, dict) or name not in result:
            return False
        result = result[name]
    return True


def _at(result: Any, path: str) -> Any:
    for name in path.split("/"):
        result = result[name]
    return result
