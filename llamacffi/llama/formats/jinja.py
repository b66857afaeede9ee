"""Formats that a template writes, and what the templates of Hugging Face's tokenizers are to a Llama."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from llamacffi.chat.template import ChatTemplate
from llamacffi.errors import TemplateError
from llamacffi.llama.formats.handlers import ChatHandler, TemplateHandler
from llamacffi.llama.formats.protocols import ChatFormatterResponse
from llamacffi.llama.tokenizers import auto_tokenizer

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from llamacffi.llama.formats.protocols import ChatFormatter

__all__ = [
    "CHATML_BOS_TOKEN",
    "CHATML_CHAT_TEMPLATE",
    "CHATML_EOS_TOKEN",
    "LLAMA3_INSTRUCT_CHAT_TEMPLATE",
    "MISTRAL_INSTRUCT_BOS_TOKEN",
    "MISTRAL_INSTRUCT_CHAT_TEMPLATE",
    "MISTRAL_INSTRUCT_EOS_TOKEN",
    "MIXTRAL_INSTRUCT_CHAT_TEMPLATE",
    "Jinja2ChatFormatter",
    "guess_chat_format_from_gguf_metadata",
    "hf_autotokenizer_to_chat_completion_handler",
    "hf_autotokenizer_to_chat_formatter",
    "hf_tokenizer_config_to_chat_completion_handler",
    "hf_tokenizer_config_to_chat_formatter",
]


class Jinja2ChatFormatter:
    """Writes prompts by a template in Jinja2, in a sandbox: see `ChatTemplate`.

    Raises TemplateError, a ValueError, for a template that does not parse.
    """

    def __init__(
        self,
        template: str,
        eos_token: str,
        bos_token: str,
        add_generation_prompt: bool = True,  # noqa: FBT001, FBT002 - as others call it
        stop_token_ids: Sequence[int] | None = None,
    ) -> None:
        self.template = template
        self.eos_token = eos_token
        self.bos_token = bos_token
        self.add_generation_prompt = add_generation_prompt
        self.stop_token_ids = None if stop_token_ids is None else {*stop_token_ids}
        self._template = ChatTemplate(template, bos_token=bos_token, eos_token=eos_token)
        _ = self._template.variables  # which raises what is wrong with it

    def __call__(
        self,
        *,
        messages: Sequence[Mapping[str, Any]],
        functions: Any = None,
        function_call: Any = None,
        tools: Any = None,
        tool_choice: Any = None,
        **kwargs: Any,
    ) -> ChatFormatterResponse:
        """Write the prompt. Raises TemplateError as `ChatTemplate.render` does."""
        variables = {"functions": functions, "function_call": function_call, "tool_choice": tool_choice, **kwargs}
        variables.setdefault("add_generation_prompt", self.add_generation_prompt)
        prompt = self._template.render(messages, tools=tools, **variables)
        criteria = None if self.stop_token_ids is None else [self._ends]
        stop = [self.eos_token] if self.eos_token else None
        return ChatFormatterResponse(prompt, stop=stop, stopping_criteria=criteria, added_special=True)

    def _ends(self, tokens: NDArray[np.intc], _logits: NDArray[np.single]) -> bool:
        return int(tokens[-1]) in (self.stop_token_ids or ())

    @cached_property
    def _handler(self) -> TemplateHandler:
        return TemplateHandler(self._template, stop=[self.eos_token], stop_tokens=sorted(self.stop_token_ids or ()))

    def to_chat_handler(self) -> ChatHandler:
        """The handler that answers by the template, tool calls and thoughts included."""
        return self._handler


def hf_autotokenizer_to_chat_formatter(
    pretrained_model_name_or_path: str | os.PathLike[str],
) -> ChatFormatter:
    """The template of a tokenizer of transformers', which must be installed. It begins the assistant's turn."""
    tokenizer = auto_tokenizer(pretrained_model_name_or_path)

    def format_autotokenizer(*, messages: Sequence[Any], **kwargs: Any) -> ChatFormatterResponse:
        tokenizer.use_default_system_prompt = False
        kwargs.setdefault("add_generation_prompt", True)
        prompt = tokenizer.apply_chat_template(messages, tokenize=False, **kwargs)
        if not isinstance(prompt, str):
            message = (
                f"apply_chat_template of {pretrained_model_name_or_path!r} gave {prompt!r:.80}, but must give text"
            )
            raise TemplateError(message)
        return ChatFormatterResponse(prompt, stop=tokenizer.eos_token, added_special=True)

    return format_autotokenizer


def hf_autotokenizer_to_chat_completion_handler(
    pretrained_model_name_or_path: str | os.PathLike[str],
) -> ChatHandler:
    """The handler that answers by a tokenizer's template: see `hf_autotokenizer_to_chat_formatter`."""
    from llamacffi.llama.formats.handlers import chat_formatter_to_chat_completion_handler

    return chat_formatter_to_chat_completion_handler(hf_autotokenizer_to_chat_formatter(pretrained_model_name_or_path))


def hf_tokenizer_config_to_chat_formatter(
    tokenizer_config: Mapping[str, Any],
    add_generation_prompt: bool = True,  # noqa: FBT001, FBT002 - as others call it
) -> ChatFormatter:
    """The template in a `tokenizer_config.json`, with its BOS and EOS. Raises TemplateError when they are not there.

    The prompt ends with the beginning of the assistant's turn, where the template writes one.
    """
    template, bos, eos = _config(tokenizer_config)
    chat_template = ChatTemplate(template, bos_token=bos, eos_token=eos)

    def format_tokenizer_config(*, messages: Sequence[Any], **kwargs: Any) -> ChatFormatterResponse:
        kwargs.setdefault("add_generation_prompt", add_generation_prompt)
        return ChatFormatterResponse(chat_template.render(messages, **kwargs), stop=[eos, bos], added_special=True)

    return format_tokenizer_config


def hf_tokenizer_config_to_chat_completion_handler(
    tokenizer_config: Mapping[str, Any],
    add_generation_prompt: bool = True,  # noqa: FBT001, FBT002 - as others call it
) -> ChatHandler:
    """The handler that answers by the template in a `tokenizer_config.json`, tool calls and thoughts included."""
    template, bos, eos = _config(tokenizer_config)
    return Jinja2ChatFormatter(template, eos, bos, add_generation_prompt).to_chat_handler()


def _config(config: Mapping[str, Any]) -> tuple[str, str, str]:
    found = []
    for name in ("chat_template", "bos_token", "eos_token"):
        value = config.get(name)
        if isinstance(value, dict):  # a token with its attributes
            value = value.get("content")
        if not isinstance(value, str):
            message = f"the tokenizer's configuration has the {name} {value!r}, but must have a text"
            raise TemplateError(message)
        found.append(value)
    template, bos, eos = found
    return template, bos, eos


# What some models' files have, as it is there: a format with a name writes the same turns.
CHATML_CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
CHATML_BOS_TOKEN = "<s>"  # noqa: S105 - no password
CHATML_EOS_TOKEN = "<|im_end|>"  # noqa: S105
MISTRAL_INSTRUCT_CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token + ' ' }}"
    "{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}"
)
MISTRAL_INSTRUCT_BOS_TOKEN = "<s>"  # noqa: S105
MISTRAL_INSTRUCT_EOS_TOKEN = "</s>"  # noqa: S105
MIXTRAL_INSTRUCT_CHAT_TEMPLATE = MISTRAL_INSTRUCT_CHAT_TEMPLATE.replace("eos_token + ' ' }}", "eos_token}}")
LLAMA3_INSTRUCT_CHAT_TEMPLATE = (
    "{% set loop_messages = messages %}{% for message in loop_messages %}"
    "{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'"
    "+ message['content'] | trim + '<|eot_id|>' %}"
    "{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
_KNOWN = {
    CHATML_CHAT_TEMPLATE: "chatml",
    MISTRAL_INSTRUCT_CHAT_TEMPLATE: "mistral-instruct",
    MIXTRAL_INSTRUCT_CHAT_TEMPLATE: "mistral-instruct",
    LLAMA3_INSTRUCT_CHAT_TEMPLATE: "llama-3",
}


def guess_chat_format_from_gguf_metadata(metadata: Mapping[str, str]) -> str | None:
    """The name of the format whose template a file has, word for word; None when it has another, or none."""
    return _KNOWN.get(metadata.get("tokenizer.chat_template", ""))
