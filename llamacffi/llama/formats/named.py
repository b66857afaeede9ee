"""The formats that models of before chat templates were trained with, by the names that llama-cpp-python gave them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacffi.llama.formats.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NAMED"]

_VICUNA = (
    "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, "
    "and polite answers to the user's questions."
)
# What the models were trained with, word for word.
_BUDDY = (
    "You are a helpful, respectful and honest INTP-T AI Assistant named Buddy. You are talking to a human User.\n"
    "Always answer as helpfully and logically as possible, while being safe. Your answers should not include any "
    "harmful, political, religious, unethical, racist, sexist, toxic, dangerous, or illegal content. Please ensure "
    "that your responses are socially unbiased and positive in nature.\n"
    "If a question does not make any sense, or is not factually coherent, explain why instead of answering something "
    "not correct. If you don't know the answer to a question, please don't share false information.\n"
    "You can speak fluently in many languages, for example: English, Chinese.\n"
    "You cannot access the internet, but you have vast knowledge, cutoff: 2021-09.\n"
    "You are trained by OpenBuddy team, (https://openbuddy.ai, https://github.com/OpenBuddy/OpenBuddy), you are based "
    "on LLaMA and Falcon transformers model, not related to GPT or OpenAI.\n\n"
)
_ORCA = (
    "You are a helpful assistant. Please answer truthfully and write out your thinking step by step to be sure you get "
    "the right answer. If you make a mistake or encounter an error in your thinking, say so out loud and attempt to "
    "correct it. If you don't know or aren't sure about something, say so clearly. You will act as a professional "
    "logician, mathematician, and physicist. You will also act as the most appropriate type of expert to answer any "
    "particular question or solve the relevant problem; state which expert type your are, if so. Also think of any "
    "particular named expert that would be ideal to answer the relevant question or solve the relevant problem; name "
    "and act as them, if appropriate."
)
_SNOOZY = (
    "The prompt below is a question to answer, a task to complete, or a conversation to respond to; decide which and "
    "write an appropriate response."
)


def _colon(
    user: str,
    assistant: str,
    *ends: str,
    system: str = "{}",
    system_default: str = "",
    opens: bool = True,
    stop: str | None = None,
) -> Layout:
    """`User: text`, after the system's text and what ends a turn."""
    return Layout(
        roles={"user": user, "assistant": assistant},
        said=": ",
        unsaid=":",
        ends=ends,
        system=system,
        system_default=system_default,
        system_end=ends[0],
        system_end_always=True,
        opens=opens,
        stop=stop,
    )


def _run_on(user: str, assistant: str, end: str = "", *, system: str = "", stop: str | None = None) -> Layout:
    """The text follows its role's beginning at once."""
    return Layout(roles={"user": user, "assistant": assistant}, ends=(end,), system=system, stop=stop)


def _lines(user: str, assistant: str, end: str, *, system: str, default: str = "", stop: str | None) -> Layout:
    """The text follows in a line of its own, and so does the next turn."""
    return Layout(
        roles={"user": user, "assistant": assistant},
        said="\n",
        unsaid="\n",
        ends=(f"{end}\n",),
        system=system,
        system_default=default,
        system_end=f"{end}\n",
        stop=stop,
    )


NAMED: Mapping[str, Layout] = {
    "llama-2": Layout(
        roles={"user": "<s>[INST]", "assistant": "[/INST]"},
        unsaid=" ",
        ends=("  ", " </s>"),
        system="[INST] <<SYS>>\n{}\n<</SYS>>",
        system_end=" ",
        system_end_always=True,
        system_needed=True,
        system_in_first=True,
        opens=False,
        closing="[/INST]",
    ),
    "llama-3": Layout(
        roles={role: f"<|start_header_id|>{role}<|end_header_id|>\n\n" for role in ("system", "user", "assistant")},
        ends=("<|eot_id|>",),
        stop="<|eot_id|>",
    ),
    "alpaca": _colon("### Instruction", "### Response", "\n\n", "</s>", opens=False),
    "qwen": _lines(
        "<|im_start|>user",
        "<|im_start|>assistant",
        "<|im_end|>",
        system="<|im_start|>system\n{}",
        default="You are a helpful assistant.",
        stop="<|endoftext|>",
    ),
    "vicuna": _colon("USER", "ASSISTANT", " ", "</s>", system=_VICUNA),
    "oasst_llama": _run_on("<|prompter|>", "<|assistant|>", "</s>", system="[INST] <<SYS>>\n{}\n<</SYS>>\n\n"),
    "baichuan-2": _run_on("<reserved_106>", "<reserved_107>", system="{}"),
    "baichuan": _run_on("<reserved_102>", "<reserved_103>", system="{}"),
    "openbuddy": _colon("User", "Assistant", "\n", system=_BUDDY),
    "redpajama-incite": _colon("<human>", "<bot>", "\n", stop="<human>"),
    "snoozy": _colon("### Prompt", "### Response", "\n", system_default=_SNOOZY, stop="###"),
    "phind": _colon(
        "### User Message",
        "### Assistant",
        "\n\n",
        system="### System Prompt\nYou are an intelligent programming assistant.",
    ),
    "intel": _colon("### User:", "### Assistant:", "\n", system="### System:\n{}"),
    "open-orca": Layout(
        # By either spelling: the roles of messages are written small.
        roles={"user": "User", "assistant": "Assistant", "User": "User", "Assistant": "Assistant"},
        said=": ",
        unsaid=": ",
        ends=("<|end_of_turn|>\n",),
        system=_ORCA,
        system_end="<|end_of_turn|>\n",
        stop="User",
    ),
    "mistrallite": _run_on("<|prompter|>", "</s>\n<|assistant|>", " ", system="<|system|>{}</s>"),
    "zephyr": _lines("<|user|>\n", "<|assistant|>\n", "</s>", system="<|system|>\n{}", stop="</s>"),
    "pygmalion": _lines("<|user|>", "<|model|>", "\n", system="<|system|>{}", stop="\n"),
    "chatml": _lines(
        "<|im_start|>user",
        "<|im_start|>assistant",
        "<|im_end|>",
        system="<|im_start|>system\n{}",
        stop="<|im_end|>",
    ),
    "mistral-instruct": Layout(
        roles={"user": "[INST] ", "assistant": " [/INST]"},
        ends_of={"user": "", "assistant": "</s>"},
        opens=False,
        closing=" [/INST]",
        stop="</s>",
    ),
    "chatglm3": Layout(
        roles={"user": "<|user|>", "assistant": "<|assistant|>"}, said="\n ", system="<|system|>\n{}", stop="</s>"
    ),
    "openchat": _lines(
        "GPT4 Correct User: ",
        "<|end_of_turn|>GPT4 Correct Assistant: ",
        "<|end_of_turn|>",
        system="{}<|end_of_turn|>",
        stop="<|end_of_turn|>",
    ),
    "saiga": Layout(
        roles={"user": "<s>user", "bot": "<s>bot", "assistant": "<s>bot", "system": "<s>system"},
        said="\n",
        unsaid="\n",
        ends=("</s>",),
        opens=False,
        closing="<s>bot",
    ),
    "gemma": _run_on("<start_of_turn>user\n", "<start_of_turn>model\n", "<end_of_turn>\n", stop="<end_of_turn>\n"),
}
"""The layouts by name."""
