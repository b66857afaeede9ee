"""Chains that run inside a context's graph, where the logits are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from llamacffi._native import ffi, lib
from llamacffi._native.arrays import copy_floats
from llamacffi._native.convert import instance, integer
from llamacffi.core import compat
from llamacffi.core.sampling.stages import Greedy, LogitBias, TopK, TopP
from llamacffi.errors import ContextError, InvalidBatch, LlamaError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from llamacffi.core.batch import Batch
    from llamacffi.core.outputs import Outputs
    from llamacffi.core.sampling.chain import SamplerChain
    from llamacffi.core.sampling.stages import Stage

__all__ = ["BackendSamplers", "Sampled", "read_sampled"]

_buffer: Any = ffi.buffer


@dataclass(frozen=True, eq=False)
class Sampled:
    """What the stages that ran inside the graph made of an output's logits.

    `token` is the one they chose, None when the selecting stage runs outside. `ids` int32[n] are the tokens that are
    left, `logits` float32[n] theirs, `p` float32[n] their probabilities, None when no stage computed them.
    """

    token: int | None
    ids: NDArray[np.int32]
    logits: NDArray[np.float32]
    p: NDArray[np.float32] | None


def read_sampled(context: Any, i: int, n_vocab: int, last: Stage) -> Sampled | None:
    """What llama_get_sampled_token_ith and its like say of output `i`, whose chain ends with `last`, if anything."""
    logits = lib.llama_get_sampled_logits_ith(context, i)
    if not logits:
        return None
    n = lib.llama_get_sampled_logits_count_ith(context, i)
    n_ids = lib.llama_get_sampled_candidates_count_ith(context, i)
    if n_ids:
        pointer = lib.llama_get_sampled_candidates_ith(context, i)
        ids = np.frombuffer(_buffer(pointer, 4 * n_ids), np.int32).copy()
    else:
        ids = np.arange(n_vocab, dtype=np.int32)
    p = lib.llama_get_sampled_probs_ith(context, i)
    n_p = lib.llama_get_sampled_probs_count_ith(context, i)
    token = lib.llama_get_sampled_token_ith(context, i)
    if token != lib.LLAMA_TOKEN_NULL and not (copy_floats(logits, n) > -np.inf).any():
        message = f"no token is left at {i}: all are forbidden by the stages inside the graph"
        raise LlamaError(message)
    if n_ids and token != lib.LLAMA_TOKEN_NULL and isinstance(last, Greedy):  # it leaves the place among the candidates
        token = int(ids[token])
    return Sampled(
        None if token == lib.LLAMA_TOKEN_NULL else token,
        ids[:n],
        copy_floats(logits, n),
        copy_floats(p, n_p) if p else None,
    )


_Outputs: TypeAlias = "tuple[NDArray[np.intp], NDArray[np.int32]]"
"""The places of outputs in their batch, and their sequences."""
_NONE: _Outputs = (np.zeros(0, np.intp), np.zeros(0, np.int32))


class BackendSamplers:
    """The chains of a context, by sequence, and which of them sampled each output of the last batch."""

    def __init__(self) -> None:
        self.chains: dict[int, SamplerChain] = {}
        self.pins: list[Any] = []
        """C's chains: also those that were taken away, which a graph may still know. The context frees them last."""
        self._outputs: _Outputs = _NONE

    def configure(self, params: Any, chains: Mapping[int, SamplerChain], context: Outputs) -> Any:
        """Write `chains` into a llama_context_params; the result is to live until the context is made.

        Raises what `add` raises, and then has attached none.
        """
        instance("samplers", chains, Mapping, "a mapping from seq_id to SamplerChain")  # type: ignore[type-abstract]
        if chains and params.embeddings:
            message = "a context with embeddings=True has no logits to sample from; make it without samplers"
            raise ContextError(message)
        for seq_id, chain in chains.items():
            integer("the seq_id of a sampler", seq_id, 0, params.n_seq_max - 1)
            _check_chain(chain)
            chain.check_model(context.model)
            chain.check_unattached()
            _check_order(chain)
        if len(set(chains.values())) < len(chains):
            message = "a chain is given for two sequences; give one of them chain.clone()"
            raise ContextError(message)
        if not chains:
            return None
        compat.function("llama_set_sampler")
        configs = ffi.new("struct llama_sampler_seq_config[]", len(chains))
        for config, (seq_id, chain) in zip(configs, chains.items(), strict=True):
            config.seq_id, config.sampler = seq_id, self.add(seq_id, chain, context)
        params.samplers, params.n_samplers = configs, len(chains)
        return configs

    def add(self, seq_id: int, chain: SamplerChain, context: Outputs) -> Any:
        """Attach `chain` for the sequence and return C's. Raises ContextError for one that was attached before."""
        pointer = chain.attach(context, seq_id)
        self.pins.append(pointer)
        self.chains[seq_id] = chain
        return pointer

    def give_up(self) -> None:
        """The context could not be made: its chains are nobody's again."""
        chains = list(self.chains.values())
        self.chains.clear()  # first: their close() is to ask nothing of a context that there is not
        for chain in chains:
            chain.detach()
        self.pins.clear()

    def set(self, context: Outputs, seq_id: int, chain: SamplerChain | None) -> None:
        """Replace the chain of a sequence (llama_set_sampler). Raises ContextError, ValueError as `configure` does."""
        integer("seq_id", seq_id, 0, context.n_seq_max - 1)
        if chain is not None:
            _check_chain(chain)
            if context.embeds:
                message = "a context that puts out embeddings has no logits to sample from; set_embeddings(False) first"
                raise ContextError(message)
            chain.check_model(context.model)
            chain.check_unattached()
            _check_order(chain)
        if chain is not None and not context.has_memory:
            message = "an encoder has no logits to sample from"
            raise ContextError(message)
        if seq_id in self.chains:
            context.call(compat.function("llama_set_sampler"), seq_id, ffi.NULL)
            del self.chains[seq_id]
        self._outputs = _NONE
        if chain is not None:
            context.call(compat.function("llama_set_sampler"), seq_id, self.add(seq_id, chain, context))

    def forget(self) -> None:
        """The outputs of the last batch are gone."""
        self._outputs = _NONE

    def held(self, others: Sequence[SamplerChain] = ()) -> list[SamplerChain]:
        """The chains that a decode works with, and `others`, each once, in the order in which everyone takes them."""
        return sorted({*self.chains.values(), *others}, key=id)

    def check(self, batch: Batch) -> None:
        """Refuse an output of several sequences: which of their chains would sample it is not defined."""
        for i in batch.shared_outputs():
            message = f"token {i} of the batch belongs to several sequences, and a chain samples in the graph for one"
            raise InvalidBatch(message)

    def note(self, batch: Batch) -> None:
        """Remember whose the outputs of this batch are."""
        self._outputs = batch.output_places()

    def at(self, i: int, outputs: _Outputs | None = None) -> SamplerChain | None:
        """The chain that samples output `i` inside the graph, of the last batch when `outputs` is not given."""
        places, seq_ids = outputs or self._outputs
        found = np.flatnonzero(places == i) if i >= 0 else [len(places) + i]
        return self.chains.get(int(seq_ids[found[0]])) if len(found) and found[0] >= 0 else None

    def check_raw(self, i: int | None) -> None:
        """Raise ContextError when the logits of output `i`, or of one of all for None, stayed in the graph."""
        for place in map(int, self._outputs[0]) if i is None else (i,):
            chain = self.at(place)
            if chain is not None:
                message = (
                    f"there are no logits at {place}: {chain} sampled there inside the graph, and they were not "
                    f"fetched; read sampled({place}), or make the context without samplers for that sequence"
                )
                raise ContextError(message)

    def check_row(self, chain: SamplerChain, i: int, outputs: _Outputs | None = None) -> None:
        """Raise ContextError unless it is for `chain` to sample output `i`."""
        owner = self.at(i, outputs)
        if owner is chain or (owner is None and not chain.attached):
            return
        if not len((outputs or self._outputs)[0]):
            message = f"there is no output {i} to sample; decode a batch that asks for one first"
            raise ContextError(message)
        whose = f"{owner} samples it inside the graph" if owner else f"{chain} is attached to another sequence"
        message = f"{chain} cannot sample output {i}: {whose}; use that one there, or a context without samplers"
        raise ContextError(message)


def _check_chain(chain: object) -> None:
    if not hasattr(chain, "check_unattached"):  # the class itself imports this file
        message = f"a sampler must be a SamplerChain or None, not {chain!r} ({type(chain).__name__})"
        raise TypeError(message)


def _check_order(chain: SamplerChain) -> None:
    """Refuse a bias of the whole vocabulary on what is left of it, which llama.cpp's graph asserts against."""
    chosen = None
    for stage in chain.stages:
        if isinstance(stage, (TopK, TopP)):
            chosen = stage
        elif isinstance(stage, LogitBias) and chosen is not None:
            message = f"{stage} cannot follow {chosen} inside the graph; put it first"
            raise ContextError(message)
