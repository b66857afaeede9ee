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
    ModelLoadError,
    NativeError,
    NoMemorySlot,
    StateError,
    TemplateError,
    TokenizeError,
)

if TYPE_CHECKING:
    from llamacffi import hub
    from llamacffi._native import ffi, lib
    from llamacffi.chat import ChatTemplate
    from llamacffi.core import (
        Adapter,
        Batch,
        Context,
        ControlVector,
        Device,
        GGUFFile,
        InMemory,
        Memory,
        Metadata,
        Model,
        State,
        TensorInfo,
        Vocab,
        devices,
        edit_gguf,
        features,
        file_types,
        load_imatrix,
        quantize,
        system_info,
        usable_cores,
    )
    from llamacffi.core.sampling import (
        DRY,
        XTC,
        AdaptiveP,
        Candidates,
        Dist,
        Grammar,
        Greedy,
        Infill,
        LazyGrammar,
        LogitBias,
        MinP,
        Mirostat,
        MirostatV2,
        Penalties,
        PythonSampler,
        SamplerChain,
        Temperature,
        TemperatureExt,
        TopK,
        TopNSigma,
        TopP,
        Typical,
    )
    from llamacffi.generation import (
        Chunk,
        Completion,
        Detokenizer,
        SamplingParams,
        Sequence,
        classify,
        embed,
        generate,
        generate_tokens,
        rerank,
        stream_generate,
    )

    __version__: str

__all__ = [
    "DRY",
    "XTC",
    "Adapter",
    "AdaptiveP",
    "BackendError",
    "Batch",
    "BuildError",
    "Candidates",
    "ChatTemplate",
    "Chunk",
    "ClosedError",
    "Completion",
    "Context",
    "ContextError",
    "ContextOverflow",
    "ControlVector",
    "DecodeAborted",
    "DecodeError",
    "Detokenizer",
    "Device",
    "Dist",
    "GGUFFile",
    "Grammar",
    "GrammarError",
    "Greedy",
    "InMemory",
    "Infill",
    "InvalidBatch",
    "LazyGrammar",
    "LlamaError",
    "LogitBias",
    "Memory",
    "Metadata",
    "MinP",
    "Mirostat",
    "MirostatV2",
    "Model",
    "ModelLoadError",
    "NativeError",
    "NoMemorySlot",
    "Penalties",
    "PythonSampler",
    "SamplerChain",
    "SamplingParams",
    "Sequence",
    "State",
    "StateError",
    "Temperature",
    "TemperatureExt",
    "TemplateError",
    "TensorInfo",
    "TokenizeError",
    "TopK",
    "TopNSigma",
    "TopP",
    "Typical",
    "Vocab",
    "__version__",
    "classify",
    "devices",
    "edit_gguf",
    "embed",
    "features",
    "ffi",
    "file_types",
    "generate",
    "generate_tokens",
    "hub",
    "lib",
    "load_imatrix",
    "quantize",
    "rerank",
    "stream_generate",
    "system_info",
    "usable_cores",
]


# Imported when a name of theirs is first used, in this order: `llamacffi doctor` must run where the compiled module
# does not, and a program that only loads a model need not wait for the rest.
_LATER = ("llamacffi.core", "llamacffi.core.sampling", "llamacffi.generation", "llamacffi.chat")


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
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("llamacffi")
        except PackageNotFoundError:  # imported from a source tree that was never installed
            return "0+source"
    return next(getattr(module, name) for module in map(import_module, _LATER) if name in module.__all__)
