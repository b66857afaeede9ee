"""Handlers of formats whose prompts tell of tools, and whose answers call them, in a way of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from llamacffi.chat.prompt import ChatPrompt
from llamacffi.chat.template import ChatTemplate
from llamacffi.errors import TemplateError
from llamacffi.llama.chat_job import ChatPlan
from llamacffi.llama.formats import chatml_calls, functionary
from llamacffi.llama.formats.handlers import ChatHandler, arguments_only, written
from llamacffi.llama.formats.sections import Sections

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from llamacffi.llama.base import LlamaBase
    from llamacffi.llama.chat_options import ChatAsked

__all__ = ["ChatMLCallsHandler", "FirstFunctionaryHandler", "FunctionaryHandler"]

_SAID = Sections(heading=re.compile("(?P<name>(?!))"), openings=(), begins_with_heading=False, say="", call=("", ""))
"""Answers that say something and call nothing."""


class _SectionsHandler(ChatHandler):
    """A handler whose answers are written in sections when there are tools."""

    def _plan(
        self,
        llama: LlamaBase,
        asked: ChatAsked,
        write: Callable[[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]], str],
        sections: Sections,
        *,
        messages: Sequence[Mapping[str, Any]],
        stop: Sequence[str],
    ) -> ChatPlan:
        """`write` makes a prompt of messages and tools; one for a call that was named ends in its heading."""
        before, after = sections.call
        heading = "" if asked.named is None else f"{before}{asked.named}{after}"

        def whole(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> str:
            return write(messages, tools) + heading

        text, tokens = written(llama, whole, messages, asked.all_tools)
        if not asked.tools:
            prompt = ChatPrompt(text, tuple(tokens))
            return ChatPlan(prompt=prompt, reader=_SAID.reader, constraint=asked.response_format, stop=stop)
        if asked.response_format is not None:
            message = "response_format and tools are given, and this chat format holds an answer to one of them"
            raise TemplateError(message)
        if asked.named is not None:
            constraint, reader = arguments_only(asked)
            prompt = ChatPrompt(text, tuple(tokens))
            return ChatPlan(prompt=prompt, reader=reader, constraint=constraint, stop=[*stop, *sections.openings])
        grammar = sections.grammar(asked.tools, asked.tool_choice, parallel=asked.parallel_tool_calls)
        prompt = ChatPrompt(text, tuple(tokens), grammar=grammar, preserved_tokens=sections.markers)
        return ChatPlan(prompt=prompt, reader=sections.reader, stop=stop)


class FirstFunctionaryHandler(_SectionsHandler):
    """Functionary's first models."""

    def plan(self, llama: LlamaBase, asked: ChatAsked) -> ChatPlan:
        """The prompt, with the functions in the system's words."""

        def write(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> str:
            functions = [tool["function"] for tool in tools] if tools else None
            return functionary.first_prompt(messages, functions) + ("" if asked.tools else ":\n")

        return self._plan(llama, asked, write, functionary.FIRST, messages=asked.given, stop=("user:", "</s>"))


class FunctionaryHandler(_SectionsHandler):
    """Functionary, version 1 or 2: which of them the tokens say.

    The template is that of a tokenizer of Hugging Face's, when the Llama has one, else the model's own.
    """

    def plan(self, llama: LlamaBase, asked: ChatAsked) -> ChatPlan:
        """The prompt, with the functions in the system's words."""
        hf_tokenizer = getattr(llama.options["tokenizer"], "hf_tokenizer", None)
        version = _version(llama, hf_tokenizer)
        template = None if hf_tokenizer is not None else _template(llama)

        def write(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> str:
            functions = [tool["function"] for tool in tools] if tools else None
            told = functionary.told_messages(messages, [] if asked.all_tools and not asked.tools else functions)
            if template is None:
                rendered = hf_tokenizer.apply_chat_template(told, tokenize=False)  # type: ignore[union-attr]
            else:
                rendered = template.render(told, add_generation_prompt=False)
            says = "" if asked.tools or version == "v1" else "all\n<|content|>"
            return f"{rendered}{functionary.STARTS[version]}{says}"

        stop = [functionary.STOPS[version]]
        if not asked.tools and version == "v2":
            stop.append("<|from|>")
        return self._plan(llama, asked, write, functionary.SECTIONS[version], messages=asked.given, stop=stop)


class ChatMLCallsHandler(_SectionsHandler):
    """ChatML, with functions that any model can call."""

    def plan(self, llama: LlamaBase, asked: ChatAsked) -> ChatPlan:
        """The prompt, with the functions in the system's words."""

        def write(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> str:
            if asked.tools and asked.named is None and not any(message["role"] == "system" for message in messages):
                # There is no other place to tell of the functions in; a call that must be made needs none.
                messages = [{"role": "system", "content": ""}, *messages]
            return chatml_calls.prompt(messages, tools if asked.tools else [])

        stop = (chatml_calls.STOP,)
        return self._plan(llama, asked, write, chatml_calls.CALLS, messages=asked.messages, stop=stop)


def _version(llama: LlamaBase, hf_tokenizer: Any) -> str:
    mark = "<|START_OF_FUNCTION_CALL|>"
    if hf_tokenizer is not None:
        known = {*(getattr(hf_tokenizer, "additional_special_tokens", None) or ())}
        known.update(map(str, getattr(hf_tokenizer, "all_special_tokens", None) or ()))
        return "v1" if mark in known else "v2"
    return "v1" if len(llama.vocab.tokenize(mark, add_special=False, parse_special=True)) == 1 else "v2"


def _template(llama: LlamaBase) -> ChatTemplate:
    try:
        return ChatTemplate.from_model(llama.model)
    except TemplateError as error:
        message = (
            "the model file has no chat template, which the format functionary-v1 or -v2 fills in; make the Llama with "
            'tokenizer=LlamaHFTokenizer.from_pretrained("meetkai/…")'
        )
        raise TemplateError(message) from error
