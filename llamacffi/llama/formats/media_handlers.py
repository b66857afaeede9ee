"""Chat handlers for models that see and hear, by the names that llama-cpp-python gave them.

Each says how a conversation is written; pictures and sound go the one way that they go without a handler, through the
projector of the model.
"""

from __future__ import annotations

import base64
import re
import reprlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from llamacffi.chat.media import MARKED
from llamacffi.chat.template import ChatTemplate
from llamacffi.core.files import located
from llamacffi.core.media import Media
from llamacffi.errors import MediaError, ModelLoadError
from llamacffi.llama.formats.handlers import ChatHandler, FormatterHandler, TemplateHandler
from llamacffi.llama.formats.layout import left_out
from llamacffi.llama.formats.media_formats import ASSISTANT, CURIOUS, FORMATS
from llamacffi.llama.formats.protocols import ChatFormatterResponse

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from typing_extensions import Self

    from llamacffi.hub import Progress
    from llamacffi.llama.base import LlamaBase
    from llamacffi.llama.chat_job import ChatJob, ChatPlan
    from llamacffi.llama.chat_options import ChatAsked

__all__ = [
    "Gemma4ChatHandler",
    "Llama3VisionAlpha",
    "Llama3VisionAlphaChatHandler",
    "Llava15ChatHandler",
    "Llava16ChatHandler",
    "MTMDChatHandler",
    "MediaChatHandler",
    "MiniCPMv26ChatHandler",
    "MoondreamChatHandler",
    "NanoLlavaChatHandler",
    "ObsidianChatHandler",
    "Qwen25VLChatHandler",
]


class MediaChatHandler(ChatHandler):
    """What the handlers have in common: the projector's file, and how a picture is found.

    `clip_model_path` is the projector, by its path or its name ("hf:owner/repo:mmproj-F16.gguf"); without one it is
    that of the Llama. One handler may serve several. `verbose` is taken for the sake of old calls. Raises MediaError, a
    ValueError, when there is no such file.
    """

    def __init__(
        self,
        clip_model_path: str | os.PathLike[str] | None = None,
        verbose: bool = True,  # noqa: FBT001, FBT002 - as others call it
        use_gpu: bool = True,  # noqa: FBT001, FBT002
    ) -> None:
        self.clip_model_path = clip_model_path
        self.verbose = verbose
        self.use_gpu = use_gpu
        self.mmproj: Path | None = None
        """The projector's file."""
        if clip_model_path is not None:
            self.mmproj = _found(clip_model_path)

    @classmethod
    def from_pretrained(
        cls,
        repo_id: str,
        filename: str | None = None,
        local_dir: str | os.PathLike[str] | None = None,
        local_dir_use_symlinks: bool | str = "auto",  # noqa: ARG003, FBT001 - as others call it
        cache_dir: str | os.PathLike[str] | None = None,
        *,
        revision: str | None = None,
        token: str | bool | None = None,
        local_files_only: bool = False,
        download_progress: Progress | bool | None = None,
        **options: Any,
    ) -> Self:
        """A handler with the projector of a repository of the Hugging Face Hub, downloaded when it is not here yet.

        `filename` is a file or a pattern ("*mmproj*"); the most exact projector when None. The other arguments are as
        in `Llama.from_pretrained`, and those of the class. Raises ModelLoadError with the reason.
        """
        from llamacffi.hub import pretrained_mmproj

        path = pretrained_mmproj(
            repo_id,
            filename,
            local_dir=local_dir,
            cache_dir=cache_dir,
            revision=revision,
            token=token,
            local_files_only=local_files_only,
            progress=options.get("verbose", True) if download_progress is None else download_progress,
        )
        return cls(clip_model_path=path, **options)

    def load_image(self, image_url: str) -> bytes:
        """The bytes of a picture, of a data URI; overwrite it to fetch what is elsewhere. Raises MediaError.

        An address in a message may be anybody's choice, so that nothing is fetched, and no file read, by itself.
        """
        scheme, found, data = image_url.partition(",")
        if scheme[:5].lower() != "data:" or not found:
            message = (
                f"the image_url {reprlib.repr(image_url)} is not fetched: give a data URI, or Media.of(bytes); "
                "or overwrite load_image(image_url) in a handler of your own, where you know what may be asked"
            )
            raise MediaError(message)
        try:
            return base64.b64decode(data, validate=True)
        except ValueError as error:
            message = f"the data URI is no base64: {error}"
            raise MediaError(message) from None

    @staticmethod
    def get_image_urls(messages: Sequence[Mapping[str, Any]]) -> list[str]:
        """The URLs of the pictures in the user's messages, in their order."""
        said = (one.get("content") for one in messages if one.get("role") == "user")
        parts = [part for content in said if isinstance(content, (list, tuple)) for part in content]
        return [url for part in parts if (url := _url(part)) is not None]

    def job(self, llama: LlamaBase, messages: object, **options: Any) -> ChatJob:
        """One call as a job; what `load_image` finds is looked for first."""
        if isinstance(messages, Sequence) and not isinstance(messages, (str, bytes)):
            listed: Sequence[Any] = messages
            messages = [self._loaded(message) for message in listed]
        return super().job(llama, messages, **options)

    def see(self, llama: LlamaBase) -> None:
        """Let the Llama see with this handler's projector, if it has one."""
        if self.mmproj is not None:
            llama.see_with(self.mmproj, use_gpu=self.use_gpu)
        super().see(llama)

    def _loaded(self, message: Any) -> Any:
        """A message whose pictures elsewhere are there."""
        content = message.get("content") if isinstance(message, Mapping) else None
        if not isinstance(content, (list, tuple)):
            return message
        return {**message, "content": [self._loaded_part(part) for part in content]}

    def _loaded_part(self, part: Any) -> Any:
        url = _url(part)
        if url is None or (url[:5].lower() == "data:" and type(self).load_image is MediaChatHandler.load_image):
            return part
        return Media.image(self.load_image(url))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'' if self.clip_model_path is None else repr(str(self.clip_model_path))})"


class MTMDChatHandler(MediaChatHandler):
    """Answers by the chat template in the model's file."""

    def plan(self, llama: LlamaBase, asked: ChatAsked) -> ChatPlan:
        """The template's prompt. Raises TemplateError, a ValueError, where the file has none."""
        own: Any = getattr(llama, "_chat_handlers", {}).get("chat_template.default")
        handler: ChatHandler = own or TemplateHandler(ChatTemplate.from_model(llama.model))
        return handler.plan(llama, asked)


class Gemma4ChatHandler(MTMDChatHandler):
    """As its base: the template of Gemma 4 is in its file."""


class Llava15ChatHandler(MediaChatHandler):
    """LLaVA 1.5, and the base of handlers with a format of their own.

    A class of yours may have another `CHAT_FORMAT`, a chat template, and another `DEFAULT_SYSTEM_MESSAGE`. The template
    is given the parts of each message; what it writes of an `image_url` is where the picture, or sound, goes.
    """

    DEFAULT_SYSTEM_MESSAGE: ClassVar[str | None] = CURIOUS
    """What the system says where the messages do not; None for nothing."""
    CHAT_FORMAT: ClassVar[str] = FORMATS["llava-1-5"].template
    """The chat template."""

    def plan(self, llama: LlamaBase, asked: ChatAsked) -> ChatPlan:
        """The format's prompt."""
        vocab = llama.vocab
        bos, eos = ("" if token is None else vocab.text(token) for token in (vocab.bos, vocab.eos))
        template = _template(self.CHAT_FORMAT, bos, eos)

        def write(*, messages: Sequence[Mapping[str, Any]], **given: Any) -> ChatFormatterResponse:
            for name in ("functions", "function_call", "tools", "tool_choice"):
                given.pop(name, None)
            return ChatFormatterResponse(template.render(self._parted(messages), **given))

        return FormatterHandler(write).plan(llama, asked)

    def _parted(self, messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The messages as a template is given them, after the system's where that has to be added."""
        said = any(one["role"] == "system" and one.get("content") for one in messages)
        default = self.DEFAULT_SYSTEM_MESSAGE
        parted: list[dict[str, Any]] = (
            [{"role": "system", "content": default}] if default is not None and not said else []
        )
        roles = _ROLES.get(self.CHAT_FORMAT)
        for i, message in enumerate(messages):
            if roles is not None and message["role"] not in roles:
                left_out(i, message["role"])
            content = message.get("content") or ""
            parted.append({**message, "content": _parts(content) if isinstance(content, str) else content})
        return parted


class Llava16ChatHandler(Llava15ChatHandler):
    """LLaVA 1.6."""

    DEFAULT_SYSTEM_MESSAGE = f"{CURIOUS} "
    CHAT_FORMAT = FORMATS["llava-1-6"].template


class ObsidianChatHandler(Llava15ChatHandler):
    """Obsidian: ChatML with ### at the end of each turn."""

    CHAT_FORMAT = FORMATS["obsidian"].template


class MoondreamChatHandler(Llava15ChatHandler):
    """Moondream 2: questions and answers, without a system."""

    CHAT_FORMAT = FORMATS["moondream"].template


class NanoLlavaChatHandler(Llava15ChatHandler):
    """nanoLLaVA: ChatML without lines between the turns."""

    DEFAULT_SYSTEM_MESSAGE = "Answer the question"
    CHAT_FORMAT = FORMATS["nanollava"].template


class Llama3VisionAlphaChatHandler(Llava15ChatHandler):
    """Llama 3 Vision Alpha."""

    DEFAULT_SYSTEM_MESSAGE = None
    CHAT_FORMAT = FORMATS["llama-3-vision-alpha"].template


Llama3VisionAlpha = Llama3VisionAlphaChatHandler
"""The name that it had before."""


class MiniCPMv26ChatHandler(Llava15ChatHandler):
    """MiniCPM-V 2.6."""

    DEFAULT_SYSTEM_MESSAGE = ASSISTANT
    CHAT_FORMAT = FORMATS["minicpm-v-2.6"].template


class Qwen25VLChatHandler(Llava15ChatHandler):
    """Qwen 2.5 VL."""

    DEFAULT_SYSTEM_MESSAGE = ASSISTANT
    CHAT_FORMAT = FORMATS["qwen2.5-vl"].template


_ROLES = {layout.template: frozenset(layout.begins) for layout in FORMATS.values()}
"""Whose messages each of the formats here writes."""


@lru_cache(maxsize=16)
def _template(text: str, bos: str, eos: str) -> ChatTemplate:
    return ChatTemplate(text, bos_token=bos, eos_token=eos)


def _found(clip_model_path: object) -> Path:
    try:
        path = located(clip_model_path)  # type: ignore[arg-type]  # what is none raises
    except (ModelLoadError, TypeError) as error:
        message = f"clip_model_path is {clip_model_path!r}: {error}"
        raise MediaError(message) from error
    if not path.is_file():
        message = f"clip_model_path is {str(clip_model_path)!r}, but there is no such file; give that of the projector"
        raise MediaError(message)
    return path


def _url(part: Any) -> str | None:
    """The URL of a picture's part."""
    if not isinstance(part, Mapping) or part.get("type") != "image_url":
        return None
    given = part.get("image_url")
    url = given.get("url") if isinstance(given, Mapping) else given
    return url if isinstance(url, str) else None


def _parts(text: str) -> str | list[dict[str, Any]]:
    """A message's text, in which markers stand for media, as parts; one without a medium as it is."""
    pieces = re.split(f"({MARKED.pattern})", text)
    if len(pieces) == 1:
        return text
    return [
        {"type": "image_url", "image_url": {"url": piece}} if i % 2 else {"type": "text", "text": piece}
        for i, piece in enumerate(pieces)
        if piece
    ]
