"""The figures of several processes as one."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from llamacffi.generation import Completion, Finish, Timings, Usage
from llamacffi.server.merged_metrics import merged
from llamacffi.server.metrics import Metrics
from llamacffi.server.models.registry import Models


def told(model: str, *answers: tuple[int, int, float], n_steps: int, n_rows: int) -> str:
    """What a server tells that has given answers of so many prompt tokens, tokens and seconds."""
    metrics = Metrics()
    observer = metrics.observer_of(model)
    for n_prompt, n_made, seconds in answers:
        finish = Finish("stop", None, Usage(n_prompt, 0, n_made), Timings(seconds, 2 * seconds), 0)
        observer.finished(Completion("", (), finish), finish, None)  # type: ignore[arg-type]  # any object
        observer._queue.observe(seconds)
    observer.n_steps, observer.n_rows = n_steps, n_rows
    return metrics.text(Models([])).decode()


def values(text: str) -> dict[str, float]:
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {f"{one.name}{sorted(one.labels.items()) or ''}": one.value for one in samples}


def test_counts_are_added_and_means_are_means() -> None:
    here = told("a", (10, 20, 1.0), (30, 5, 2.0), n_steps=10, n_rows=10)
    there = told("b", (100, 50, 0.5), n_steps=30, n_rows=90)
    found = values(merged([here, there]).decode())
    assert found["llamacpp:prompt_tokens_total"] == 140
    assert found["llamacpp:tokens_predicted_total"] == 75
    assert found["llamacpp:n_decode_total"] == 40
    assert found["llamacpp:n_tokens_max"] == 150
    assert found["llamacpp:n_busy_slots_per_decode"] == 100 / 40
    assert found["llamacpp:prompt_tokens_seconds"] == 140 / 3.5
    assert found["llamacpp:predicted_tokens_seconds"] == 75 / 7.0
    assert found["llamacffi_queue_seconds_count[('model', 'a')]"] == 2
    assert found["llamacffi_queue_seconds_count[('model', 'b')]"] == 1
    assert found["llamacffi_queue_seconds_bucket[('le', '1.0'), ('model', 'a')]"] == 1


def test_one_alone_stays_as_it_is() -> None:
    alone = told("a", (10, 20, 1.0), n_steps=10, n_rows=15)
    assert values(merged([alone]).decode()) == {
        name: value for name, value in values(alone).items() if "_created" not in name
    }
