"""llama.cpp as a Python library.

`lib` is llama.cpp's whole C API and `ffi` its cffi companion; the classes stand on them. Importing this package starts
nothing, not even the compiled module; the backends are loaded by the first model, device list or use of `lib`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from llamacffi.errors import (
    BackendError,
    BuildError,
    ClosedError,
    ContextError,
    ContextOverflow,
    DecodeAborted,
    DecodeError,
    GrammarError,
    InvalidBatch,
    LlamaError,
    MediaError,
    ModelLoadError,
    NativeError,
    NoMemorySlot,
    QueueFull,
    StateError,
    TemplateError,
    TokenizeError,
)

if TYPE_CHECKING:
    from llamacffi import hub
    from llamacffi._native import ffi, lib
    from llamacffi.chat import ChatPrompt, ChatReply, ChatSession, ChatStream, ChatTemplate, Tool
    from llamacffi.core import (
        Adapter,
        BackendWarning,
        Batch,
        Checkpoint,
        Context,
        ControlVector,
        Device,
        EvalTensor,
        FittedParams,
        GGUFFile,
        InMemory,
        Media,
        MediaLimits,
        Memory,
        MemoryUse,
        Metadata,
        Model,
        Performance,
        Projector,
        Sampled,
        SamplerPerformance,
        State,
        TensorInfo,
        ThreadPoolParams,
        Vocab,
        devices,
        edit_gguf,
        features,
        fit_params,
        memory_use,
        rpc_devices,
        system_info,
        usable_cores,
    )
    from llamacffi.core.quantize import QuantizePlan, file_types, load_imatrix, plan_quantize, quantize
    from llamacffi.core.rpc_server import RpcServer
    from llamacffi.core.sampling import (
        DRY,
        XTC,
        AdaptiveP,
        Candidates,
        Dist,
        Grammar,
        Greedy,
        Healing,
        Infill,
        LazyGrammar,
        LogitBias,
        LogitsProcessor,
        Matching,
        MinP,
        MinTokens,
        Mirostat,
        MirostatV2,
        Penalties,
        PythonSampler,
        ReasoningBudget,
        SamplerChain,
        Temperature,
        TemperatureExt,
        TopK,
        TopNSigma,
        TopP,
        Typical,
        ValidUTF8,
    )
    from llamacffi.core.speculative import DraftStart, NativeDraft
    from llamacffi.engine import (
        AsyncEngine,
        AsyncStream,
        DiskPrefixes,
        Engine,
        EngineObserver,
        EngineStats,
        EngineStep,
        PrefixStore,
        Request,
        Stream,
    )
    from llamacffi.generation import (
        Chunk,
        Completion,
        Detokenizer,
        Finish,
        Progress,
        SamplingParams,
        Sequence,
        TokenLogprob,
        TopLogprob,
        classify,
        embed,
        generate,
        generate_many,
        generate_tokens,
        heal,
        infill_prompt,
        prompt_logprobs,
        rerank,
        stream_generate,
        stream_generate_many,
        stream_objects,
    )
    from llamacffi.generation.constraints import (
        GBNF,
        After,
        Choices,
        Constraint,
        JSONSchema,
        Lark,
        PartialJSON,
        Regex,
        response_format,
    )
    from llamacffi.generation.speculative import (
        MTP,
        DraftModel,
        Eagle3,
        PredictorFactory,
        PromptLookup,
        TokenPredictor,
        WatchingPredictor,
    )
    from llamacffi.llama import (
        AsyncLlama,
        BaseLlamaCache,
        BaseLlamaTokenizer,
        Llama,
        LlamaCache,
        LlamaDiskCache,
        LlamaDraftModel,
        LlamaGrammar,
        LlamaHFTokenizer,
        LlamaPromptLookupDecoding,
        LlamaRAMCache,
        LlamaState,
        LlamaTokenizer,
        LogitsProcessorList,
        MinTokensLogitsProcessor,
        StoppingCriteria,
        StoppingCriteriaList,
    )

    __version__: str

__all__ = [
    "DRY",
    "GBNF",
    "MTP",
    "XTC",
    "Adapter",
    "AdaptiveP",
    "After",
    "AsyncEngine",
    "AsyncLlama",
    "AsyncStream",
    "BackendError",
    "BackendWarning",
    "BaseLlamaCache",
    "BaseLlamaTokenizer",
    "Batch",
    "BuildError",
    "Candidates",
    "ChatPrompt",
    "ChatReply",
    "ChatSession",
    "ChatStream",
    "ChatTemplate",
    "Checkpoint",
    "Choices",
    "Chunk",
    "ClosedError",
    "Completion",
    "Constraint",
    "Context",
    "ContextError",
    "ContextOverflow",
    "ControlVector",
    "DecodeAborted",
    "DecodeError",
    "Detokenizer",
    "Device",
    "DiskPrefixes",
    "Dist",
    "DraftModel",
    "DraftStart",
    "Eagle3",
    "Engine",
    "EngineObserver",
    "EngineStats",
    "EngineStep",
    "EvalTensor",
    "Finish",
    "FittedParams",
    "GGUFFile",
    "Grammar",
    "GrammarError",
    "Greedy",
    "Healing",
    "InMemory",
    "Infill",
    "InvalidBatch",
    "JSONSchema",
    "Lark",
    "LazyGrammar",
    "Llama",
    "LlamaCache",
    "LlamaDiskCache",
    "LlamaDraftModel",
    "LlamaError",
    "LlamaGrammar",
    "LlamaHFTokenizer",
    "LlamaPromptLookupDecoding",
    "LlamaRAMCache",
    "LlamaState",
    "LlamaTokenizer",
    "LogitBias",
    "LogitsProcessor",
    "LogitsProcessorList",
    "Matching",
    "Media",
    "MediaError",
    "MediaLimits",
    "Memory",
    "MemoryUse",
    "Metadata",
    "MinP",
    "MinTokens",
    "MinTokensLogitsProcessor",
    "Mirostat",
    "MirostatV2",
    "Model",
    "ModelLoadError",
    "NativeDraft",
    "NativeError",
    "NoMemorySlot",
    "PartialJSON",
    "Penalties",
    "Performance",
    "PredictorFactory",
    "PrefixStore",
    "Progress",
    "Projector",
    "PromptLookup",
    "PythonSampler",
    "QuantizePlan",
    "QueueFull",
    "ReasoningBudget",
    "Regex",
    "Request",
    "RpcServer",
    "Sampled",
    "SamplerChain",
    "SamplerPerformance",
    "SamplingParams",
    "Sequence",
    "State",
    "StateError",
    "StoppingCriteria",
    "StoppingCriteriaList",
    "Stream",
    "Temperature",
    "TemperatureExt",
    "TemplateError",
    "TensorInfo",
    "ThreadPoolParams",
    "TokenLogprob",
    "TokenPredictor",
    "TokenizeError",
    "Tool",
    "TopK",
    "TopLogprob",
    "TopNSigma",
    "TopP",
    "Typical",
    "ValidUTF8",
    "Vocab",
    "WatchingPredictor",
    "__version__",
    "classify",
    "devices",
    "edit_gguf",
    "embed",
    "features",
    "ffi",
    "file_types",
    "fit_params",
    "generate",
    "generate_many",
    "generate_tokens",
    "heal",
    "hub",
    "infill_prompt",
    "lib",
    "load_imatrix",
    "memory_use",
    "plan_quantize",
    "prompt_logprobs",
    "quantize",
    "rerank",
    "response_format",
    "rpc_devices",
    "stream_generate",
    "stream_generate_many",
    "stream_objects",
    "system_info",
    "usable_cores",
]


# Imported when a name of theirs is first used, in this order: `llamacffi doctor` must run where the compiled module
# does not, and a program that only loads a model need not wait for the rest.
_LATER = (
    "llamacffi.core",
    "llamacffi.core.sampling",
    "llamacffi.generation",
    "llamacffi.generation.constraints",
    "llamacffi.generation.speculative",
    "llamacffi.chat",
    "llamacffi.engine",
    "llamacffi.core.quantize",
    "llamacffi.core.rpc_server",
    "llamacffi.core.speculative",
)

_OF_LLAMA = frozenset(
    {
        "AsyncLlama",
        "BaseLlamaCache",
        "BaseLlamaTokenizer",
        "Llama",
        "LlamaCache",
        "LlamaDiskCache",
        "LlamaDraftModel",
        "LlamaGrammar",
        "LlamaHFTokenizer",
        "LlamaPromptLookupDecoding",
        "LlamaRAMCache",
        "LlamaState",
        "LlamaTokenizer",
        "LogitsProcessorList",
        "MinTokensLogitsProcessor",
        "StoppingCriteria",
        "StoppingCriteriaList",
    }
)


def __getattr__(name: str) -> Any:
    if name in __all__:
        globals()[name] = value = _find(name)  # the next access does not come here
        return value
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _find(name: str) -> Any:
    if name in {"ffi", "lib"}:
        from llamacffi._native import ffi, lib, start

        if name == "ffi":
            return ffi
        start()
        return lib
    if name == "hub":
        return import_module("llamacffi.hub")
    if name in _OF_LLAMA:  # not after all the others: it needs few of them
        return getattr(import_module("llamacffi.llama"), name)
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("llamacffi")
        except PackageNotFoundError:  # imported from a source tree that was never installed
            return "0+source"
    return next(getattr(module, name) for module in map(import_module, _LATER) if name in module.__all__)
