"""The figures of several processes as one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["merged"]

_Labels: TypeAlias = "tuple[tuple[str, str], ...]"
_MOST = "llamacpp:n_tokens_max"
_MEAN, _BY = "llamacpp:n_busy_slots_per_decode", "llamacpp:n_decode"
_RATES = {
    "llamacpp:prompt_tokens_seconds": ("llamacpp:prompt_tokens", "llamacpp:prompt_seconds"),
    "llamacpp:predicted_tokens_seconds": ("llamacpp:tokens_predicted", "llamacpp:tokens_predicted_seconds"),
}
"""What is the one divided by the other."""


def merged(texts: Iterable[str]) -> bytes:
    """Prometheus's texts as one: counts are added up, and what is a mean or the most of something stays that."""
    families: dict[str, Metric] = {}
    values: dict[tuple[str, str, _Labels], list[float]] = defaultdict(list)
    for text in texts:
        for family in text_string_to_metric_families(text):
            families.setdefault(family.name, family)
            for sample in family.samples:
                if not sample.name.endswith("_created"):
                    values[family.name, sample.name, tuple(sample.labels.items())].append(sample.value)
    together = {key: _together(key[0], numbers, values) for key, numbers in values.items()}
    registry = CollectorRegistry()
    registry.register(_Families(families, together))
    return generate_latest(registry)


def _together(name: str, numbers: list[float], values: Mapping[tuple[str, str, _Labels], list[float]]) -> float:
    def counts(counter: str) -> list[float]:
        return values[counter, f"{counter}_total", ()]

    if name == _MOST:
        return max(numbers)
    if name == _MEAN:
        n = sum(counts(_BY))
        return sum(one * by for one, by in zip(numbers, counts(_BY), strict=True)) / n if n else 0.0
    if name in _RATES:
        tokens, seconds = (sum(counts(one)) for one in _RATES[name])
        return tokens / seconds if seconds else 0.0
    return sum(numbers)


class _Families(Collector):
    def __init__(self, families: Mapping[str, Metric], values: Mapping[tuple[str, str, _Labels], float]) -> None:
        self._families, self._values = families, values

    def collect(self) -> Iterator[Metric]:
        for name, family in self._families.items():
            told = Metric(name, family.documentation, family.type)
            for (of, sample, labels), value in self._values.items():
                if of == name:
                    told.add_sample(sample, dict(labels), value)
            yield told
