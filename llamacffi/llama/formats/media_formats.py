"""The formats that models which see were trained with, as data; each becomes a chat template.

A template is given the parts of a message as llama-cpp-python's handlers have them: `{"type": "text", "text": …}` and,
for a picture or a sound, `{"type": "image_url", "image_url": {"url": …}}` with what stands for it in the prompt.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ASSISTANT", "CURIOUS", "FORMATS", "MediaLayout"]

CURIOUS = (
    "A chat between a curious human and an artificial intelligence assistant. The assistant gives helpful, detailed, "
    "and polite answers to the human's questions."
)
ASSISTANT = "You are a helpful assistant."

# "image_url" comes before "text" in the alphabet, and a sort leaves what is alike in its order.
_TEMPLATE = """\
{%- set begins = BEGINS -%}
{%- set ends = ENDS -%}
{%- for message in messages if message.role in begins -%}
    {%- set before = BEFORE_TEXT if message.role == "user" else "" -%}
    {%- set after = AFTER_TEXT if message.role == "user" else "" -%}
    {{- begins[message.role] -}}
    {%- if message.content is string -%}
        {{- before + message.content + after -}}
    {%- else -%}
        {%- set kinds = message.content | map(attribute="type") | join(" ") -%}
        {%- set between = "text image_url" in kinds and "image_url text" in kinds -%}
        {%- set sorted = message.content | sort(attribute="type") -%}
        {%- for part in (message.content if IN_ORDER or between else sorted) -%}
            {%- if part.type == "text" -%}
                {{- before + part.text + after -}}
            {%- else -%}
                {{- part.image_url if part.image_url is string else part.image_url.url -}}{{- AFTER_MEDIUM -}}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{- ends[message.role] -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- OPENS -}}{%- endif -%}
"""


@dataclass(frozen=True, kw_only=True)
class MediaLayout:
    """A format: what stands before and after what each role says, and how the answer begins."""

    begins: Mapping[str, str]
    """What the turns of each role begin with. Messages of other roles have no place in the format."""
    ends: Mapping[str, str]
    """What they end with; nothing where a role is not named."""
    opens: str
    """How the assistant's turn begins, at the end."""
    before_text: str = ""
    """What the user's texts begin with."""
    after_text: str = ""
    after_medium: str = ""
    """What follows each picture."""
    in_order: bool = False
    """Whether media stay where they are in a message; else they come first, unless there is text between them."""

    @property
    def template(self) -> str:
        """The format as a chat template."""
        written = {
            "BEGINS": dict(self.begins),
            "ENDS": {role: self.ends.get(role, "") for role in self.begins},
            "BEFORE_TEXT": self.before_text,
            "AFTER_TEXT": self.after_text,
            "IN_ORDER": self.in_order,
            "AFTER_MEDIUM": self.after_medium,
            "OPENS": self.opens,
        }
        text = _TEMPLATE
        for name, value in written.items():
            text = text.replace(name, json.dumps(value))
        return text


def _chatml(end: str, *, system_end: str | None = None, in_order: bool = False) -> MediaLayout:
    roles = ("system", "user", "assistant")
    return MediaLayout(
        begins={role: f"<|im_start|>{role}\n" for role in roles},
        ends=dict.fromkeys(roles, end) | ({} if system_end is None else {"system": system_end}),
        opens="<|im_start|>assistant\n",
        in_order=in_order,
    )


FORMATS: Mapping[str, MediaLayout] = {
    "llava-1-5": MediaLayout(
        begins={"system": "", "user": "USER: ", "assistant": "ASSISTANT: "}, ends={}, opens="ASSISTANT: "
    ),
    "llava-1-6": MediaLayout(
        begins={"system": "", "user": "", "assistant": "Answer:"},
        ends={"assistant": "\n"},
        opens="Answer:",
        after_medium="\n",
    ),
    "obsidian": _chatml("###\n", system_end="\n###\n"),
    "moondream": MediaLayout(
        begins={"user": "", "assistant": "Answer:"},
        ends={"assistant": "\n\n"},
        opens="Answer:",
        before_text="Question: ",
        after_text="\n\n",
        after_medium="\n\n",
    ),
    "nanollava": _chatml("<|im_end|>"),
    "llama-3-vision-alpha": MediaLayout(
        begins={role: f"<|start_header_id|>{role}<|end_header_id|>\n\n" for role in ("system", "user", "assistant")},
        ends=dict.fromkeys(("system", "user", "assistant"), "<|eot_id|>"),
        opens="<|start_header_id|>assistant<|end_header_id|>\n\n",
    ),
    "minicpm-v-2.6": _chatml("<|im_end|>\n"),
    "qwen2.5-vl": _chatml("<|im_end|>\n", in_order=True),
}
"""The layouts by name."""
