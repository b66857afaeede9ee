"""Which names the modules of `llama_cpp` have, and where in this package each is.

A name is looked up when it is asked for: `from llama_cpp import Llama` loads nothing that a Llama does not need.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["API_VERSION", "LEFT_OUT", "MODULES", "Surface", "fill", "left_out"]

API_VERSION = "0.3.36"
"""The version of llama-cpp-python whose names and signatures these are."""

_HERE = "llamacffi.integrations.llama_cpp"
_LLAMA = "llamacffi.llama"
_LOW_LEVEL = f"{_HERE}.low_level"

_TYPES = {f"{_LLAMA}.types": (), f"{_HERE}.types": ()}
_CACHE = {f"{_LLAMA}.cache": ("BaseLlamaCache", "LlamaCache", "LlamaDiskCache", "LlamaRAMCache")}
_TOKENIZER = {f"{_LLAMA}.tokenizers": ("BaseLlamaTokenizer", "LlamaHFTokenizer", "LlamaTokenizer")}
_DRAFT = {f"{_LLAMA}.draft": ("LlamaDraftModel", "LlamaPromptLookupDecoding")}
_GRAMMAR = {
    f"{_LLAMA}.llama_grammar": (
        "ARITHMETIC_GBNF",
        "CHESS_GBNF",
        "C_GBNF",
        "JAPANESE_GBNF",
        "JSON_ARR_GBNF",
        "JSON_GBNF",
        "LIST_GBNF",
        "LLAMA_GRAMMAR_DEFAULT_ROOT",
        "LlamaGrammar",
        "json_schema_to_gbnf",
    )
}
_FUNCTIONS = {
    f"{_LLAMA}.processors": (
        "LogitsProcessor",
        "LogitsProcessorList",
        "MinTokensLogitsProcessor",
        "StoppingCriteria",
        "StoppingCriteriaList",
    )
}
_LLAMA_MODULE = {
    f"{_LLAMA}.llama": ("Llama",),
    f"{_LLAMA}.llama_state": ("LlamaState",),
    **_FUNCTIONS,
    f"{_LLAMA}.llama_grammar": ("LlamaGrammar",),
    **_CACHE,
    f"{_LLAMA}.tokenizers": ("BaseLlamaTokenizer", "LlamaTokenizer"),
    f"{_LLAMA}.draft": ("LlamaDraftModel",),
    **_TYPES,
}


@dataclass(frozen=True)
class Surface:
    """The names of one module.

    `sources` are modules of this package, with the names that are taken from each; none named is all that the source's
    `__all__` holds. `modules` are names of this module that are modules themselves.
    """

    about: str
    sources: Mapping[str, tuple[str, ...]]
    modules: Mapping[str, str]

    def names(self) -> list[str]:
        """Every name, which imports the sources that are taken whole."""
        found = set(self.modules)
        for source, names in self.sources.items():
            found.update(names or import_module(source).__all__)
        return sorted(found)

    def find(self, name: str) -> Any:
        """What a name stands for; raises KeyError when it is none of these."""
        if name in self.modules:
            return import_module(self.modules[name])
        for source, names in self.sources.items():
            if name in names:
                return getattr(import_module(source), name)
        for source, names in self.sources.items():
            if not names and hasattr(import_module(source), name):
                return getattr(import_module(source), name)
        raise KeyError(name)


def _surface(about: str, *sources: Mapping[str, tuple[str, ...]], **modules: str) -> Surface:
    merged: dict[str, tuple[str, ...]] = {}
    for source in sources:
        merged.update(source)
    return Surface(about, merged, {name: f"llama_cpp.{module}" for name, module in modules.items()})


_SUBMODULES = {
    "llama_cache": "llama_cache",
    "llama_chat_format": "llama_chat_format",
    "llama_cpp": "llama_cpp",
    "llama_grammar": "llama_grammar",
    "llama_speculative": "llama_speculative",
    "llama_tokenizer": "llama_tokenizer",
    "llama_types": "llama_types",
}

MODULES: Mapping[str, Surface] = {
    "llama_cpp": _surface(
        "llamacffi under the name of llama_cpp.",
        _LLAMA_MODULE,
        {_LOW_LEVEL: ()},
        **_SUBMODULES,
        llama="llama",
        internals="_internals",
        mtmd_cpp="mtmd_cpp",
        _logger="_logger",
    ),
    "llama_cpp.llama": _surface(
        "Llama.",
        _LLAMA_MODULE,
        **_SUBMODULES,
        internals="_internals",
    ),
    "llama_cpp.llama_cpp": _surface("llama.h for ctypes.", {_LOW_LEVEL: ()}),
    "llama_cpp.llama_types": _surface("The types of requests and answers.", _TYPES),
    "llama_cpp.llama_grammar": _surface("Grammars.", _GRAMMAR),
    "llama_cpp.llama_cache": _surface("Prompt caches.", _CACHE),
    "llama_cpp.llama_tokenizer": _surface("Tokenizers.", _TOKENIZER),
    "llama_cpp.llama_speculative": _surface("Draft models.", _DRAFT),
    "llama_cpp.llama_chat_format": _surface(
        "Chat formats and handlers.",
        {f"{_LLAMA}.formats": (), f"{_LLAMA}.formats.jinja": (), f"{_HERE}.chat_format": ()},
        llama="llama",
        llama_types="llama_types",
        llama_grammar="llama_grammar",
    ),
    "llama_cpp._internals": _surface(
        "The objects behind a Llama.",
        {f"{_LLAMA}.internals": (), f"{_LLAMA}.internal_samplers": ()},
        llama_cpp="llama_cpp",
    ),
    "llama_cpp._logger": _surface("What of llama.cpp's log is seen.", {f"{_HERE}.logger": ()}),
    "llama_cpp._ctypes_extensions": _surface("Helpers for ctypes.", {f"{_HERE}.ctypes_extensions": ()}),
    "llama_cpp._ggml": _surface("The bare library of ggml.", {f"{_HERE}.ggml": ()}),
    "llama_cpp.server": _surface(
        "The server's settings.", {"llamacffi.server.settings": ("ModelSettings", "ServerSettings")}
    ),
    "llama_cpp.server.app": _surface("The server's application.", {"llamacffi.server.app": ("create_app",)}),
    "llama_cpp.mtmd_cpp": _surface("mtmd.h for ctypes.", {f"{_HERE}.mtmd": ()}, llama_cpp="llama_cpp"),
}

LEFT_OUT: Mapping[str, str] = {
    "llama_cpp._utils": "it silences what llama.cpp prints, and here llama.cpp prints nothing",
    "llama_cpp.llama_cpp_ext": "functions that no public header of llama.cpp declares",
    "llama_cpp.llava_cpp": "llava.h is gone from llama.cpp; llama_cpp.mtmd_cpp has what took its place",
}
"""Modules of llama-cpp-python that are not here, each with the reason, which its import says."""


def fill(module: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` for a module of `llama_cpp`, by its full name."""
    surface = MODULES[module]

    def find(name: str) -> Any:
        if name == "__version__" and module == "llama_cpp":
            return API_VERSION
        if name == "__all__":
            return [public for public in surface.names() if not public.startswith("_")]
        if not name.startswith("__"):
            try:
                value = surface.find(name)
            except KeyError:
                pass
            else:
                vars(sys.modules[module])[name] = value  # the next access does not come here
                return value
        message = f"module {module!r} of llamacffi has no attribute {name!r}"
        raise AttributeError(message)

    return find, surface.names


def left_out(module: str) -> ModuleNotFoundError:
    """The error, with its reason, for a module that LEFT_OUT names or that is inside one of those."""
    reason = next(reason for name, reason in LEFT_OUT.items() if f"{module}.".startswith(f"{name}."))
    # Without the module's name, which would let `from llama_cpp import server` pass over the reason.
    return ModuleNotFoundError(f"llamacffi's llama_cpp has no module {module!r}: {reason}")
