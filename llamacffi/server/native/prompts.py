"""Prompts of llama-server's own routes, which may mix texts and token ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacffi.generation.prompt import token_ids
from llamacffi.llama.prompts import check_length
from llamacffi.server.errors import ApiError

if TYPE_CHECKING:
    from llamacffi.llama import Llama

__all__ = ["mixed_ids", "native_prompts"]

_MOST = 2048


def native_prompts(llama: Llama, prompt: Any) -> tuple[list[list[int]], bool]:
    """The tokens of each prompt, and whether several were asked for. Raises ApiError and ContextOverflow."""
    several = isinstance(prompt, list) and not any(_is_token(one) for one in prompt)
    given = prompt if several else [prompt]
    if not 0 < len(given) <= _MOST:
        message = f"prompt has {len(given)} prompts, but must have from 1 to {_MOST}"
        raise ApiError(400, message, param="prompt")
    made = [_ids(llama, one) for one in given]
    for i, tokens in enumerate(made):
        which = f"prompt {i}" if several else "the prompt"
        if not tokens:
            message = f"{which} is empty; a model needs at least one token to continue"
            raise ApiError(400, message, param="prompt")
        check_length(llama, tokens, which)
    return made, several


def mixed_ids(llama: Llama, content: Any, *, add_special: bool, parse_special: bool = True) -> list[int]:
    """The tokens of a text, or of a list in which texts and token ids are mixed; a first text may begin with BOS."""
    ids: list[int] = []
    for i, part in enumerate([content] if isinstance(content, str) else content):
        if isinstance(part, str):
            ids += llama.tokenize(part, add_bos=add_special and i == 0, special=parse_special)
        elif _is_token(part):
            ids += token_ids(llama.vocab, [part])
        else:
            message = f"there is {part!r:.200} in the text, but it must be of texts and token ids"
            raise TypeError(message)
    return ids


def _ids(llama: Llama, prompt: Any) -> list[int]:
    if isinstance(prompt, dict):
        if prompt.get("multimodal_data"):
            message = "prompt has multimodal_data, which this server does not read; give text"
            raise ApiError(501, message, param="prompt")
        prompt = prompt.get("prompt_string")
    if not isinstance(prompt, (str, list)):
        message = f"prompt is {prompt!r:.200}, but must be a text, token ids, or a list of such"
        raise ApiError(400, message, param="prompt")
    return mixed_ids(llama, prompt, add_special=True)


def _is_token(one: object) -> bool:
    return isinstance(one, int) and not isinstance(one, bool)
