"""What people do with llama-cpp-python, one thing a function: completions, chats and embeddings.

Each takes the package and a model's path, and returns what can be compared. The same code runs on both packages; the
other half, with tokens, states and the low-level functions, is in snippets_stateful.py.
"""

from __future__ import annotations

import json
from typing import Any

PROMPT = "Once upon a time, in a village by the sea,"
MESSAGES = [
    {"role": "system", "content": "You are a helpful assistant."},
    {"role": "user", "content": "Name three colours."},
]
WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 12}, "celsius": {"type": "integer"}},
    "required": ["city", "celsius"],
}
TOOL = {"type": "function", "function": {"name": "weather", "description": "Tell it.", "parameters": WEATHER}}
NAMED = {"type": "function", "function": {"name": "weather"}}


def load(llama_cpp: Any, model_path: str, **options: Any) -> Any:
    """Nothing that may round differently: one thread, a cache of 32 bits, no flash attention."""
    same = {"n_ctx": 512, "n_batch": 256, "n_threads": 1, "n_threads_batch": 1, "type_k": 0, "type_v": 0}
    return llama_cpp.Llama(model_path=model_path, flash_attn=False, verbose=False, **{**same, **options})


def parts(stream: Any) -> dict[str, Any]:
    """A stream as its text, its first and last part, and every finish reason; not how the text was cut."""
    chunks = list(stream)
    text = "".join(chunk["choices"][0]["text"] for chunk in chunks)
    return {"text": text, "first": _without_text(chunks[0]), "last": chunks[-1]}


def without_space(text: str) -> str:
    """JSON in one way: the packages' converters of schemas allow other white space."""
    return json.dumps(json.loads(text))


def called(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer that calls a tool, of the arguments only the names: after other white space come other values."""
    message = answer["choices"][0]["message"]
    for call in [message["function_call"], *(call["function"] for call in message["tool_calls"])]:
        call["arguments"] = sorted(json.loads(call["arguments"]))
    del answer["usage"]["completion_tokens"], answer["usage"]["total_tokens"]
    return answer


def _without_text(chunk: dict[str, Any]) -> dict[str, Any]:
    return {**chunk, "choices": [{**choice, "text": ""} for choice in chunk["choices"]]}


def complete(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    return llm(PROMPT, max_tokens=24, temperature=0)


def complete_tokens(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    return llm.create_completion(llm.tokenize(PROMPT.encode()), max_tokens=8, temperature=0.0)


def complete_sixteen_by_default(llama_cpp: Any, model_path: str) -> Any:
    return load(llama_cpp, model_path)(PROMPT, temperature=0)["usage"]


def complete_named(llama_cpp: Any, model_path: str) -> Any:
    return load(llama_cpp, model_path)(PROMPT, max_tokens=2, temperature=0, model="a-name")


def complete_twice(llama_cpp: Any, model_path: str) -> Any:
    """The second call begins with what the first has computed."""
    llm = load(llama_cpp, model_path)
    first = llm(PROMPT, max_tokens=8, temperature=0)["choices"][0]["text"]
    second = llm(PROMPT + first, max_tokens=8, temperature=0)
    return first, second


def complete_empty_prompt(llama_cpp: Any, model_path: str) -> Any:
    try:
        return load(llama_cpp, model_path)("", max_tokens=4, temperature=0)["choices"][0]["finish_reason"]
    except (AssertionError, ValueError) as error:
        return type(error).__name__


def complete_until_full(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path, n_ctx=256, n_batch=128)
    return llm(PROMPT, max_tokens=-1, temperature=0, logit_bias={llm.token_eos(): -1e9})


def complete_too_long(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path, n_ctx=256)
    try:
        llm(PROMPT * 50, max_tokens=1)
    except ValueError:
        return "ValueError"
    return "no error"


def stop_words(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    listed = llm(PROMPT, max_tokens=64, temperature=0, stop=["\n", "."])
    return listed, llm(PROMPT, max_tokens=64, temperature=0, stop=" a")


def stream(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    return parts(llm(PROMPT, max_tokens=24, temperature=0, stream=True))


def stream_stop(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    return parts(llm(PROMPT, max_tokens=64, temperature=0, stream=True, stop=["."]))


def stream_logprobs(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path, logits_all=True)
    chunks = list(llm(PROMPT, max_tokens=6, temperature=0, stream=True, logprobs=2))
    return [chunk["choices"][0]["logprobs"] for chunk in chunks]


def echo(llama_cpp: Any, model_path: str) -> Any:
    return load(llama_cpp, model_path)(PROMPT, max_tokens=8, temperature=0, echo=True)


def logprobs(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path, logits_all=True)
    return llm(PROMPT, max_tokens=8, temperature=0, logprobs=3)


def logprobs_echo(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path, logits_all=True)
    return llm(PROMPT, max_tokens=1, temperature=0, logprobs=1, echo=True)


def suffix(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    try:
        return llm("def add(a, b):\n    return", suffix="\n\nprint(add(1, 2))", max_tokens=8, temperature=0)
    except ValueError as error:
        return str(error)


def seeded(llama_cpp: Any, model_path: str) -> Any:
    """In new objects: after a prefix that is there already, the last bits of the logits may be others."""
    texts = []
    for seed in (7, 7, 8):
        llm = load(llama_cpp, model_path)
        texts.append(llm(PROMPT, max_tokens=16, temperature=1.2, seed=seed)["choices"][0]["text"])
    return texts[0] == texts[1], texts[0] == texts[2]


def penalties(llama_cpp: Any, model_path: str) -> Any:
    """Each in an object of its own: rounding depends on what the cache holds, and the second is near a tie."""
    kinds: list[dict[str, float]] = [{"repeat_penalty": 1.3}, {"frequency_penalty": 0.7, "presence_penalty": 0.5}]
    said = []
    for kind in kinds:
        llm = load(llama_cpp, model_path)
        said.append(llm(PROMPT, max_tokens=32, temperature=0, **kind)["choices"][0]["text"])
    return said


def narrow_samplers(llama_cpp: Any, model_path: str) -> Any:
    """Each leaves one token, whatever is drawn."""
    llm = load(llama_cpp, model_path)
    kinds: list[dict[str, float]] = [{"top_k": 1}, {"top_p": 0.0, "top_k": 0}, {"min_p": 1.0, "top_k": 0}]
    return [llm(PROMPT, max_tokens=12, temperature=0.9, **kind)["choices"][0]["text"] for kind in kinds]


def logit_bias(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    (comma,) = llm.tokenize(b",", add_bos=False)
    return llm(PROMPT, max_tokens=16, temperature=0, logit_bias={comma: -100.0})


def logits_processor(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    seen = []

    def shout(input_ids: Any, scores: Any) -> Any:
        seen.append((len(input_ids), scores.dtype.name, scores.shape))
        scores[llm.tokenize(b"!", add_bos=False)[0]] += 7
        return scores

    made = llm(PROMPT, max_tokens=8, temperature=0, logits_processor=llama_cpp.LogitsProcessorList([shout]))
    return made, seen


def min_tokens(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    processors = llama_cpp.LogitsProcessorList([llama_cpp.MinTokensLogitsProcessor(12, llm.token_eos())])
    return llm("The end.<|im_end|>", max_tokens=16, temperature=0, logits_processor=processors)["usage"]


def stopping_criteria(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    begin = len(llm.tokenize(PROMPT.encode()))
    enough = llama_cpp.StoppingCriteriaList([lambda tokens, logits: len(tokens) >= begin + 5])
    return llm(PROMPT, max_tokens=32, temperature=0, stopping_criteria=enough)


def grammar(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    held = llama_cpp.LlamaGrammar.from_string('root ::= " yes" | " no" | " perhaps"', verbose=False)
    return llm("Is the sea blue? Answer:", max_tokens=8, temperature=0, grammar=held)


def grammar_of_schema(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    held = llama_cpp.LlamaGrammar.from_json_schema(json.dumps(WEATHER), verbose=False)
    made = llm("The weather as JSON: ", max_tokens=48, temperature=0, grammar=held)["choices"][0]
    return without_space(made["text"]), made["finish_reason"]


def chat(llama_cpp: Any, model_path: str) -> Any:
    return load(llama_cpp, model_path).create_chat_completion(MESSAGES, max_tokens=24, temperature=0)


def chat_until_it_ends(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    messages = [{"role": "user", "content": "Say hello."}]
    return llm.create_chat_completion(messages=messages, temperature=0, stop=["</s>"])


def chat_stream(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    chunks = list(llm.create_chat_completion(MESSAGES, max_tokens=16, temperature=0, stream=True))
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    return text, chunks[0], chunks[-1]


def chat_formats(llama_cpp: Any, model_path: str) -> Any:
    """Formats by name; all of them but the model's own make it say odd things."""
    said = {}
    for name in ("chatml", "llama-2", "alpaca", "zephyr", "mistral-instruct", "gemma", "openchat"):
        llm = load(llama_cpp, model_path, chat_format=name)
        answer = llm.create_chat_completion(MESSAGES, max_tokens=12, temperature=0)
        said[name] = (llm.chat_format, answer["choices"][0], answer["usage"])
        llm.close()
    return said


def chat_logprobs(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path, logits_all=True)
    answer = llm.create_chat_completion(MESSAGES, max_tokens=4, temperature=0, logprobs=True, top_logprobs=2)
    return answer["choices"][0]


def chat_json(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path)
    messages = [{"role": "user", "content": "Give me the weather of Paris as JSON with city and celsius."}]
    held = {"type": "json_object", "schema": WEATHER}
    answer = llm.create_chat_completion(messages, response_format=held, max_tokens=48, temperature=0)["choices"][0]
    answer["message"]["content"] = without_space(answer["message"]["content"])
    return answer


def tool_named(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path, chat_format="chatml-function-calling")
    messages = [{"role": "user", "content": "What is the weather in Paris?"}]
    return called(llm.create_chat_completion(messages, tools=[TOOL], tool_choice=NAMED, max_tokens=64, temperature=0))


def tool_named_by_template(llama_cpp: Any, model_path: str) -> Any:
    """With the model's own template, which has no tools."""
    llm = load(llama_cpp, model_path)
    messages = [{"role": "user", "content": "What is the weather in Paris?"}]
    return called(llm.create_chat_completion(messages, tools=[TOOL], tool_choice=NAMED, max_tokens=64, temperature=0))


def own_chat_format(llama_cpp: Any, model_path: str) -> Any:
    formats = llama_cpp.llama_chat_format

    def lines(messages: Any, **kwargs: Any) -> Any:
        prompt = "".join(f"{message['role']}: {message['content']}\n" for message in messages)
        return formats.ChatFormatterResponse(prompt=prompt + "assistant:", stop="\n")

    formats.register_chat_format("plain-lines")(lines)
    llm = load(llama_cpp, model_path, chat_format="plain-lines")
    return llm.create_chat_completion(MESSAGES, max_tokens=24, temperature=0)


def own_chat_handler(llama_cpp: Any, model_path: str) -> Any:
    def handler(*, llama: Any, messages: Any, **kwargs: Any) -> Any:
        made = llama.create_completion(messages[-1]["content"], max_tokens=4, temperature=0)
        return {"text": made["choices"][0]["text"], "given": sorted(kwargs)}

    llm = load(llama_cpp, model_path, chat_handler=handler)
    return llm.create_chat_completion(MESSAGES)["text"]


def jinja_formatter(llama_cpp: Any, model_path: str) -> Any:
    template = "{{ bos_token }}{% for m in messages %}[{{ m.role }}] {{ m.content }}{{ eos_token }}{% endfor %}"
    made = llama_cpp.llama_chat_format.Jinja2ChatFormatter(template, eos_token="</s>", bos_token="<s>")(
        messages=MESSAGES
    )
    return made.prompt, made.stop, made.added_special


def embedding(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path, embedding=True, pooling_type=llama_cpp.LLAMA_POOLING_TYPE_MEAN)
    return llm.create_embedding(["the sea", "a village"]), llm.create_embedding("the sea")["usage"]


def embed(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path, embedding=True, pooling_type=llama_cpp.LLAMA_POOLING_TYPE_LAST)
    texts = ["the sea", "a village by the sea"]
    return llm.embed("the sea"), llm.embed(texts, normalize=True), llm.embed(texts, return_count=True)[1]


def embed_tokens(llama_cpp: Any, model_path: str) -> Any:
    llm = load(llama_cpp, model_path, embedding=True, pooling_type=llama_cpp.LLAMA_POOLING_TYPE_NONE)
    return llm.embed("the sea")
