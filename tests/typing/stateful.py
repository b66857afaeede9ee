"""The stateful calls of a Llama and what goes with them, as a user's type checker sees them. Never run."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence

import numpy as np
import numpy.typing as npt
from typing_extensions import assert_type

from llamacffi import (
    BaseLlamaCache,
    Context,
    DiskPrefixes,
    Engine,
    Llama,
    LlamaCache,
    LlamaDiskCache,
    LlamaDraftModel,
    LlamaGrammar,
    LlamaPromptLookupDecoding,
    LlamaRAMCache,
    LlamaState,
    LogitsProcessorList,
    MinTokensLogitsProcessor,
    Model,
    PrefixStore,
    StoppingCriteriaList,
)


def steps(llm: Llama) -> None:
    llm.eval([1, 2, 3])
    assert_type(llm.sample(40, 0.95, 0.05, 1.0, 0.0), int)
    assert_type(llm.generate([1, 2], 40, temp=0.0, grammar="root ::= 'a'"), Generator[int, Sequence[int] | None, None])
    assert_type(llm.input_ids, npt.NDArray[np.intc])
    assert_type(llm.eval_tokens, deque[int])
    assert_type(llm.n_tokens, int)
    assert_type(llm.ctx, Context)
    state = llm.save_state()
    assert_type(state, LlamaState)
    llm.load_state(state)
    llm.load_state(b"")  # type: ignore[arg-type]
    llm.sample(temp="warm")  # type: ignore[arg-type]
    assert_type(Llama.logits_to_logprobs([0.0, 1.0]), npt.NDArray[np.float32])
    assert_type(Llama.longest_token_prefix([1], [1, 2]), int)


def processors(llm: Llama) -> None:
    def processor(_ids: npt.NDArray[np.intc], scores: npt.NDArray[np.single]) -> npt.NDArray[np.single]:
        return scores

    processors = LogitsProcessorList([processor, MinTokensLogitsProcessor(3, llm.token_eos())])
    criteria = StoppingCriteriaList([lambda ids, _logits: len(ids) > 5])
    llm.generate([1], logits_processor=processors, stopping_criteria=criteria, grammar=LlamaGrammar.from_string(""))
    llm.generate([1], logits_processor=5)  # type: ignore[arg-type]


def drafts() -> None:
    class Always(LlamaDraftModel):
        def __call__(self, input_ids: npt.NDArray[np.intc], /, **_kwargs: object) -> npt.NDArray[np.intc]:
            return input_ids[-1:]

    Llama("model.gguf", draft_model=Always())
    Llama("model.gguf", draft_model=LlamaPromptLookupDecoding(num_pred_tokens=2))


def caches(llm: Llama, model: Model) -> None:
    cache: BaseLlamaCache = LlamaDiskCache("folder", capacity_bytes=5)
    llm.set_cache(cache)
    llm.set_cache(LlamaCache())
    llm.set_cache(None)
    assert_type(cache[[1, 2]], LlamaState)
    assert_type([1] in cache, bool)
    assert_type(LlamaRAMCache().cache_size, int)
    store: PrefixStore = DiskPrefixes("folder", max_bytes=5)
    Engine(model, prefix_store=store).prefix_store = None
    Engine(model, prefix_store=LlamaRAMCache())
    Engine(model, prefix_store="folder")  # type: ignore[arg-type]
