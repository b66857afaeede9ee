"""Objects that grow while they are generated."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llamacffi.generation.params import SamplingParams
from llamacffi.generation.tiers import stream_generate

if TYPE_CHECKING:
    import collections.abc
    from collections.abc import Iterator

    from llamacffi.generation.prompt import Prompt
    from llamacffi.generation.sequence import Sequence

__all__ = ["stream_objects"]

_DEFAULTS = SamplingParams()


def stream_objects(
    sequence: Sequence,
    prompt: Prompt,
    params: SamplingParams = _DEFAULTS,
    *,
    schema: Any = None,
) -> Iterator[Any]:
    """Yield the answer's JSON value each time that it has grown, and last what `Completion.parsed` is: the valid whole.

    Until then the values are plain dicts, lists and texts, which may lack what is required. `schema` is that of the
    options, for short. Raises ValueError when the options have no schema, and what `parsed` raises.
    """
    if schema is not None:
        params = replace(params, schema=schema)
    constraint = params.constraint
    if constraint is None or (params.schema is None and params.response_format is None):
        message = "there is no schema: a stream of objects needs schema=… or a response_format"
        raise ValueError(message)
    return _objects(stream_generate(sequence, prompt, params), constraint.parse)


def _objects(chunks: Iterator[Any], parse: collections.abc.Callable[[str], Any]) -> Iterator[Any]:
    from llamacffi.generation.constraints import PartialJSON  # with the constraint itself, it is there by now

    partial = PartialJSON()
    nothing = object()
    last: Any = nothing
    for chunk in chunks:
        partial.push(chunk.text)
        value = partial.value(nothing)
        if value is not nothing and (last is nothing or value != last) and chunk.finish is None:
            last = value
            yield value
    yield parse(partial.text)
