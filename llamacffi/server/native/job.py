"""llama-server's own completions on their way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llamacffi.generation import Completion
from llamacffi.llama.job import Job
from llamacffi.server.native.limits import IndentLimit
from llamacffi.server.timings import RunningTold, timings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from llamacffi.engine import Request
    from llamacffi.generation import Chunk, Finish, SamplingParams, TokenLogprob
    from llamacffi.server.schemas.native import NativeRequest

__all__ = ["NativeJob"]


class NativeJob(Job[Any, dict[str, Any]]):
    """Its parts are llama-server's; the whole is one result, or with `several` a list of them."""

    def __init__(
        self,
        requests: Sequence[Request],
        asked: NativeRequest,
        *,
        model: str,
        spelt: Callable[[Sequence[int]], str],
        several: bool,
        settings: Callable[[SamplingParams, int], dict[str, Any]],
    ) -> None:
        """`spelt` writes out tokens, `settings` tells of the options and of the seed that were used."""
        self.requests = tuple(requests)
        self._model, self._spelt, self._several, self._settings = model, spelt, several, settings
        self._streams, self._return_tokens = bool(asked.stream), bool(asked.return_tokens)
        self._running = RunningTold(asked, len(self.requests))
        self._fields = asked.response_fields or ()
        self._chunks: list[list[Chunk]] = [[] for _ in self.requests]
        self._n_made = [0] * len(self.requests)

    def push(self, index: int, chunk: Chunk) -> Iterator[dict[str, Any]]:
        """Take new text of one answer."""
        self._chunks[index].append(chunk)
        self._n_made[index] += len(chunk.tokens)
        if not self._streams:
            return
        running = self._running.of(index, chunk.running)
        if chunk.text or chunk.tokens or "prompt_progress" in running:
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
            yield {**part, **running}
        if chunk.finish is not None:
            yield self._result(index)

    def whole(self) -> Any:
        """The results."""
        results = [self._result(i) for i in range(len(self.requests))]
        return results if self._several else results[0]

    def _result(self, index: int) -> dict[str, Any]:
        request, made = self.requests[index], Completion.of(self._chunks[index])
        finish, text, tokens = made.finish, made.text, list(made.tokens)
        if finish.stop_token is not None:  # which llama-server counts as well
            tokens.append(finish.stop_token)
            usage = replace(finish.usage, completion_tokens=finish.usage.completion_tokens + 1)
            finish = replace(finish, usage=usage)
        usage = finish.usage
        if isinstance(made.finish.criterion, IndentLimit):
            text = made.finish.criterion.cut(text)
        result: dict[str, Any] = {
            "index": index,
            "content": "" if self._streams else text,
            "tokens": tokens if self._return_tokens and not self._streams else [],
            "id_slot": -1,
            "stop": True,
            "model": self._model,
            "tokens_predicted": usage.completion_tokens,
            "tokens_evaluated": usage.prompt_tokens,
            "generation_settings": self._settings(request.params, made.seed),
            "prompt": self._spelt([token for token in request.prompt if isinstance(token, int)]),
            "has_new_line": "\n" in text,
            "truncated": False,
            "stop_type": _stop_type(made.finish),
            "stopping_word": made.finish.stop or "",
            "tokens_cached": usage.total_tokens,
            "timings": timings_of([finish]),
        }
        if made.logprobs and not self._streams:
            result["completion_probabilities"] = list(map(_told, made.logprobs))
        return {path: _at(result, path) for path in self._fields if _has(result, path)} if self._fields else result


def _stop_type(finish: Finish) -> str:
    if finish.reason != "stop" or finish.criterion is not None:
        return "limit"
    return "eos" if finish.stop is None else "word"


def _told(told: TokenLogprob) -> dict[str, Any]:
    return {
        **_token(told.token, told.piece, told.logprob),
        "top_logprobs": [_token(top.token, top.piece, top.logprob) for top in told.top],
    }


def _token(token: int, piece: bytes, logprob: float) -> dict[str, Any]:
    return {"id": token, "token": piece.decode("utf-8", "replace"), "bytes": list(piece), "logprob": logprob}


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
