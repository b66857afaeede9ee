"""What Prometheus is told: llama-server's figures under its names, and ours of how long things took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from llamacffi.engine import EngineObserver

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from llamacffi.engine import EngineStep, Request
    from llamacffi.generation import Finish
    from llamacffi.server.models.registry import Models

__all__ = ["Metrics"]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_TOKEN_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)
_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)


class Metrics:
    """Counts what the engines of all models tell."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.first_token = self._made("time_to_first_token_seconds", "From the request to its first token.", _SECONDS)
        self.queue = self._made("queue_seconds", "From the request to its slot.", _SECONDS)
        self.whole = self._made("request_seconds", "From the slot to the last token.", _SECONDS)
        self.step = self._made("step_seconds", "Of a step, which gives each answer a token.", _TOKEN_SECONDS)
        self.batch = self._made("batch_tokens", "Tokens decoded in a step.", _BATCHES)
        self.observers: dict[str, ModelObserver] = {}

    def _made(self, name: str, text: str, buckets: Sequence[float]) -> Histogram:
        return Histogram(f"llamacffi_{name}", text, ("model",), buckets=buckets, registry=self.registry)

    def observer_of(self, model: str) -> ModelObserver:
        """What counts for a model; the same when it is loaded again."""
        if model not in self.observers:
            self.observers[model] = ModelObserver(self, model)
        return self.observers[model]

    def text(self, models: Models) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry) + generate_latest(_Own(self, models))


class ModelObserver(EngineObserver):
    """Told by the engine's thread of one model."""

    def __init__(self, metrics: Metrics, model: str) -> None:
        self._queue = metrics.queue.labels(model)
        self._first = metrics.first_token.labels(model)
        self._whole = metrics.whole.labels(model)
        self._step = metrics.step.labels(model)
        self._batch = metrics.batch.labels(model)
        self._begun: dict[int, float] = {}
        self.n_steps = 0
        self.n_rows = 0
        self.n_most = 0
        self.n_prompt = self.n_cached = self.n_made = 0
        self.prompt_seconds = self.made_seconds = 0.0
        self.n_drafted = self.n_accepted = 0

    def started(self, request: Request, *, waited: float, cached_tokens: int) -> None:
        """It has a slot."""
        self._queue.observe(waited)
        self._begun[id(request)] = perf_counter()

    def first_token(self, request: Request, *, seconds: float) -> None:
        """Its first token came."""
        self._first.observe(seconds)

    def finished(self, request: Request, finish: Finish | None, error: BaseException | None) -> None:
        """It is over."""
        begun = self._begun.pop(id(request), None)
        if begun is not None:
            self._whole.observe(perf_counter() - begun)
        if finish is None:
            return
        usage, timings = finish.usage, finish.timings
        self.n_prompt += usage.prompt_tokens - usage.cached_tokens
        self.n_cached += usage.cached_tokens
        self.n_made += usage.completion_tokens
        self.n_most = max(self.n_most, usage.prompt_tokens + usage.completion_tokens)
        self.prompt_seconds += timings.prompt
        self.made_seconds += timings.generation

    def step(self, step: EngineStep) -> None:
        """A step was done."""
        self.n_steps += 1
        self.n_rows += step.n_requests
        self._step.observe(step.seconds)
        self._batch.observe(step.n_tokens)


class _Own:
    """llama-server's figures, of all models together."""

    def __init__(self, metrics: Metrics, models: Models) -> None:
        self._metrics, self._models = metrics, models

    def collect(self) -> Iterator[Metric]:
        """What there is to tell now."""
        told = list(self._metrics.observers.values())
        engines = [card.served.engine.stats() for card in self._models.cards() if card.served is not None]
        n_prompt, n_made = sum(one.n_prompt for one in told), sum(one.n_made for one in told)
        prompt_seconds = sum(one.prompt_seconds for one in told)
        made_seconds = sum(one.made_seconds for one in told)
        n_steps = sum(one.n_steps for one in told)
        prompt_rate = n_prompt / prompt_seconds if prompt_seconds else 0.0
        made_rate = n_made / made_seconds if made_seconds else 0.0
        n_together = sum(one.n_rows for one in told) / n_steps if n_steps else 0.0
        counters = {
            "prompt_tokens": ("Tokens of prompts that were computed.", n_prompt),
            "prompt_tokens_cached": ("Tokens of prompts that the cache held.", sum(one.n_cached for one in told)),
            "prompt_seconds": ("Time spent on prompts.", prompt_seconds),
            "tokens_predicted": ("Tokens generated.", n_made),
            "tokens_predicted_seconds": ("Time spent on generating.", made_seconds),
            "n_decode": ("Calls of llama_decode.", n_steps),
            "spec_decode_num_draft_tokens": ("Tokens guessed.", sum(one.n_drafted for one in engines)),
            "spec_decode_num_accepted_tokens": ("Guesses that were right.", sum(one.n_accepted for one in engines)),
        }
        gauges = {
            "n_tokens_max": ("The most tokens that a request had.", max((one.n_most for one in told), default=0)),
            "prompt_tokens_seconds": ("Tokens of prompts a second.", prompt_rate),
            "predicted_tokens_seconds": ("Tokens generated a second.", made_rate),
            "requests_processing": ("Requests in a slot.", sum(one.n_running for one in engines)),
            "requests_deferred": ("Requests that wait.", sum(one.n_waiting for one in engines)),
            "n_busy_slots_per_decode": ("Requests in a step.", n_together),
            "kv_cache_tokens": ("Cells of the context in use.", sum(one.cells_used for one in engines)),
        }
        for name, (text, number) in counters.items():
            yield CounterMetricFamily(f"llamacpp:{name}", text, value=number)
        for name, (text, number) in gauges.items():
            yield GaugeMetricFamily(f"llamacpp:{name}", text, value=number)
