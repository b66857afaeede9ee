"""Prompts of llama-server's own routes, which may mix texts and token ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Any, TypeAlias

from llamacffi.chat.media import MARKER
from llamacffi.core.media import Media
from llamacffi.generation.prompt import has_media_parts, token_ids
from llamacffi.llama.prompts import check_length
from llamacffi.llama.prompts import mixed_ids as media_ids
from llamacffi.server.errors import ApiError

if TYPE_CHECKING:
    from llamacffi.llama import Llama

__all__ = ["See", "mixed_ids", "native_prompts", "read_prompts"]

_MOST = 2048
See: TypeAlias = Callable[[Sequence[Any]], list[Media]]
"""Reads pictures and sounds in base64."""


def native_prompts(llama: Llama, prompt: Any, see: See, param: str = "prompt") -> tuple[list[list[int]], bool]:
    """The tokens of each prompt, and whether several were asked for. Raises ApiError and ContextOverflow.

    `see` reads the pictures and sounds of all prompts, `param` is the field that they are in.
    """
    several = isinstance(prompt, list) and not any(_is_token(one) for one in prompt)
    given = prompt if several else [prompt]
    if not 0 < len(given) <= _MOST:
        message = f"prompt has {len(given)} prompts, but must have from 1 to {_MOST}"
        raise ApiError(400, message, param=param)
    made = [_ids(llama, one, param) for one in read_prompts(given, see, param)]
    for i, tokens in enumerate(made):
        which = f"prompt {i}" if several else "the prompt"
        if not tokens:
            message = f"{which} is empty; a model needs at least one token to continue"
            raise ApiError(400, message, param=param)
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


def read_prompts(prompts: Sequence[Any], see: See, param: str) -> list[Any]:
    """The prompts, of which those that are objects become texts, or lists of texts and media in their order."""
    given = [one.get("multimodal_data") or [] if isinstance(one, dict) else [] for one in prompts]
    wrong = next((data for data in given if not isinstance(data, list)), None)
    if wrong is not None:
        message = f"multimodal_data is {wrong!r:.100}, but must be a list of pictures or sounds in base64"
        raise ApiError(400, message, param=param)
    together = [one for data in given for one in data]
    media = iter(see(together) if together else ())
    return [
        _parts(one.get("prompt_string"), list(islice(media, len(data))), param) if isinstance(one, dict) else one
        for one, data in zip(prompts, given, strict=True)
    ]


def _parts(text: Any, media: Sequence[Media], param: str) -> Any:
    """A text in which a marker stands for each medium, as texts and media."""
    if not media:
        return text
    texts = text.split(MARKER) if isinstance(text, str) else [""]
    if len(texts) - 1 != len(media):
        message = (
            f"prompt_string has {len(texts) - 1} of the marker {MARKER}, but multimodal_data {len(media)} pictures and "
            "sounds; there must be one for each"
        )
        raise ApiError(400, message, param=param)
    return [part for pair in zip_longest(texts, media) for part in pair if part]


def _ids(llama: Llama, prompt: Any, param: str) -> list[int]:
    if not isinstance(prompt, (str, list)):
        message = f"prompt is {prompt!r:.200}, but must be a text, token ids, or a list of such"
        raise ApiError(400, message, param=param)
    if has_media_parts(prompt):
        return media_ids(llama, prompt)
    return mixed_ids(llama, prompt, add_special=True)


def _is_token(one: object) -> bool:
    return isinstance(one, int) and not isinstance(one, bool)
