"""An engine's metrics as Prometheus reads them, by an observer. `python engine_metrics.py [MODEL]`."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections import Counter

from llamacffi import Engine, EngineObserver, EngineStep, Finish, Model, Request, SamplingParams, hub

SECONDS = (0.01, 0.1, 1.0, 10.0)


class Metrics(EngineObserver):
    """Counts what the engine's thread tells; `text` may be asked for by any other."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.first_token_seconds = [0] * (len(SECONDS) + 1)

    def submitted(self, _request: Request) -> None:
        """A request came in."""
        self.counts["requests_total"] += 1

    def first_token(self, _request: Request, *, seconds: float) -> None:
        """Its answer begins."""
        self.first_token_seconds[bisect_left(SECONDS, seconds)] += 1

    def finished(self, _request: Request, finish: Finish | None, _error: BaseException | None) -> None:
        """It is over."""
        self.counts[f'finished_total{{reason="{"error" if finish is None else finish.reason}"}}'] += 1
        self.counts["answer_tokens_total"] += 0 if finish is None else finish.usage.completion_tokens

    def step(self, step: EngineStep) -> None:
        """A batch was decoded."""
        self.counts["tokens_total"] += step.n_tokens

    def text(self) -> str:
        """The exposition format, as `GET /metrics` would answer."""
        lines = [f"llamacffi_{name} {number}" for name, number in sorted(self.counts.items())]
        total = 0
        for end, number in zip((*SECONDS, "+Inf"), self.first_token_seconds, strict=True):
            total += number
            lines.append(f'llamacffi_first_token_seconds_bucket{{le="{end}"}} {total}')
        return "\n".join(lines)


def main(name: str) -> None:
    metrics = Metrics()
    with Model(hub.resolve(name)) as model, Engine(model, n_ctx=2048, n_parallel=4, observer=metrics) as engine:
        engine.generate(["One", "Two", "Three"], SamplingParams(temperature=0, max_tokens=8))
    print(metrics.text())


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m-instruct")
