"""What `llama_cpp.llama_chat_format` has beside the formats and handlers of `llamacffi.llama.formats`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacffi.llama.formats import format_named, get_chat_completion_handler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from llamacffi.llama.formats import ChatFormatterResponse

_FORMATS = {
    "format": "vicuna",
    "format_alpaca": "alpaca",
    "format_baichuan": "baichuan",
    "format_baichuan2": "baichuan-2",
    "format_chatglm3": "chatglm3",
    "format_chatml": "chatml",
    "format_gemma": "gemma",
    "format_intel": "intel",
    "format_llama2": "llama-2",
    "format_llama3": "llama-3",
    "format_mistral_instruct": "mistral-instruct",
    "format_mistrallite": "mistrallite",
    "format_oasst_llama": "oasst_llama",
    "format_open_orca": "open-orca",
    "format_openbuddy": "openbuddy",
    "format_openchat": "openchat",
    "format_phind": "phind",
    "format_pygmalion": "pygmalion",
    "format_qwen": "qwen",
    "format_redpajama_incite": "redpajama-incite",
    "format_saiga": "saiga",
    "format_snoozy": "snoozy",
    "format_zephyr": "zephyr",
}
_HANDLERS = {
    "chatml_function_calling": "chatml-function-calling",
    "functionary_chat_handler": "functionary",
    "functionary_v1_v2_chat_handler": "functionary-v2",
}


def _formatter(function: str, name: str) -> Callable[..., ChatFormatterResponse]:
    def write(messages: Sequence[Mapping[str, Any]], **kwargs: Any) -> ChatFormatterResponse:
        return format_named(name, messages=messages, **kwargs)

    write.__name__ = write.__qualname__ = function
    write.__doc__ = f"Write messages as a prompt in the format {name!r}."
    return write


globals().update({function: _formatter(function, name) for function, name in _FORMATS.items()})
globals().update({function: get_chat_completion_handler(name) for function, name in _HANDLERS.items()})

__all__ = [name for name in dir() if name in {*_FORMATS, *_HANDLERS}]
