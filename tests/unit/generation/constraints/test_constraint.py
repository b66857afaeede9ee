"""Whatever a model would say, what it says under a constraint is of the language; Python's re and json judge."""

from __future__ import annotations

import itertools
import json
import random
import re
from dataclasses import replace
from typing import Any

import pytest

from llamacffi import GrammarError, Greedy, SamplerChain, SamplingParams, Sequence, generate
from llamacffi.generation.constraints import GBNF, After, Choices, JSONSchema, Regex, response_format
from tests.models import ScriptedModel

WILD = SamplingParams(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, max_tokens=1500)


def said(sequence: Sequence, seed: int, **constraint: Any) -> str:
    completion = generate(sequence, "hi", SamplingParams(**{**vars_of(WILD), "seed": seed, **constraint}))
    assert completion.finish_reason == "stop"
    return completion.text


def vars_of(params: SamplingParams) -> dict[str, Any]:
    return {name: getattr(params, name) for name in ("temperature", "top_k", "top_p", "min_p", "max_tokens")}


@pytest.mark.parametrize(
    "pattern",
    [
        r"[A-Z][a-z]{2,5}-\d{1,3}\.(png|jpg)",
        r"(?:ab|a(?:cd)?){2,4}",
        r"[^a-z0-9]{3}",
        r"\w{2}\s\S{2}\D\W",
        r'"[\\"\n\t]{2}.{3}é漢?🦙',
        r"^a{3}$|^(b|c)?d$",
        r"[\]\[^-]{2}[^\d\s]{2}",
        r"x{0}y{0,3}z??",
        r"",
        r"(?:(?:a|b)c){0,2}\Z",
        r"[가-힣]{2}[\u00e0-\u00ff]",
    ],
)
def test_a_regex_matches_what_it_lets_be_said(uniform: Sequence, pattern: str) -> None:
    texts = {said(uniform, seed, regex=pattern) for seed in range(12)}
    for text in texts:
        assert re.fullmatch(pattern, text), text
    assert len(texts) > 2 or not pattern


def test_a_regex_lets_all_be_said_that_it_matches(uniform: Sequence) -> None:
    pattern = r"^(?:ab|a(?:cd)?|[b-d]x){1,2}e??$"
    words = {"".join(word) for n in range(7) for word in itertools.product("abcdex", repeat=n)}
    language = {word for word in words if re.fullmatch(pattern, word)}
    assert len(language) > 50
    vocab = uniform.context.model.vocab
    eos = vocab.eos or 0
    chain = SamplerChain(Regex(pattern).stage(vocab), Greedy(), vocab=vocab)
    for word in sorted(language) + sorted(words - language)[:500]:
        chain.reset()
        allowed = True
        for token in (vocab.tokenize(character)[-1] for character in word):
            candidates = chain.apply([0.0, 0.0], [token, eos])
            allowed = bool(candidates.logits[candidates.ids.tolist().index(token)] == 0)
            if not allowed:
                break
            chain.accept(token)
        ended = chain.apply([0.0], [eos])
        assert (allowed and bool(ended.logits[0] == 0)) == (word in language), word


def test_every_choice_is_made_and_no_other(uniform: Sequence) -> None:
    choices = ["yes", "no", 'with "quotes" and \\', "ñandú 漢字 🦙", "two\nlines"]
    texts = {said(uniform, seed, choices=choices) for seed in range(60)}
    assert texts <= set(choices)
    assert len(texts) >= 4


def test_a_grammar(uniform: Sequence) -> None:
    sums = 'root ::= term ("+" term){1,3}\nterm ::= [1-9] [0-9]?'
    for seed in range(10):
        text = said(uniform, seed, grammar=sums)
        assert re.fullmatch(r"[1-9]\d?(\+[1-9]\d?){1,3}", text)
    assert re.fullmatch("[ab]", said(uniform, 1, grammar=GBNF("start ::= [ab]", root="start")))


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize(
    ("options", "pattern"),
    [
        ({"choices": ["yes", "no"]}, "yes|no"),
        ({"grammar": 'root ::= "ab"'}, "ab"),
        ({"schema": {"type": "integer"}}, "-?[0-9]+"),
        ({"regex": "a{2,4}"}, "aaaa"),
    ],
)
def test_where_the_text_is_whole_it_ends_whatever_is_ignored(
    uniform: Sequence, options: dict[str, Any], pattern: str, temperature: float
) -> None:
    params = SamplingParams(temperature=temperature, seed=5, ignore_eos=True, max_tokens=40, **options)
    completion = generate(uniform, "hi", params)
    assert completion.finish_reason == "stop"
    assert re.fullmatch(pattern, completion.text)
    vocab = uniform.context.model.vocab
    forbidden = dict.fromkeys((token for token in range(len(vocab)) if vocab.is_eog(token)), float("-inf"))
    with pytest.raises(GrammarError, match="no token is left: all are forbidden"):
        generate(uniform, "hi", replace(params, logit_bias=forbidden))


def test_where_the_text_may_go_on_it_does(uniform: Sequence) -> None:
    for temperature in (0.0, 1.0):
        params = SamplingParams(temperature=temperature, seed=5, ignore_eos=True, max_tokens=40, regex="a+")
        assert generate(uniform, "hi", params).text == 40 * "a"


def test_what_a_text_stands_for(uniform: Sequence) -> None:
    assert Choices(["a", "b"]).parse("a") == "a"
    match = Regex(r"(\d+)-(\d+)").parse("12-34")
    assert isinstance(match, re.Match)
    assert match.groups() == ("12", "34")
    with pytest.raises(GrammarError, match="max_tokens"):
        Regex(r"\d+-\d+").parse("12-")
    completion = generate(uniform, "hi", SamplingParams(seed=1, max_tokens=1, schema={"type": "array", "minItems": 3}))
    assert completion.finish_reason == "length"
    with pytest.raises(GrammarError, match=r"the text ended before it was JSON.*max_tokens"):
        _ = completion.parsed
    free = generate(uniform, "hi", SamplingParams(seed=1, max_tokens=3))
    assert free.parsed == free.text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"regex": "a", "choices": ["b"]}, "regex and choices are given"),
        ({"regex": "(a"}, "not a valid regular expression"),
        ({"regex": "(?=a)b"}, "ASSERT, which a grammar cannot express"),
        ({"regex": r"(a)\1"}, "GROUPREF"),
        ({"regex": r"\bword"}, "AT_BOUNDARY"),
        ({"regex": "(?i)a"}, "IGNORECASE"),
        ({"regex": "a(?i:b)"}, "changes the flags"),
        ({"regex": "a^b"}, "AT_BEGINNING"),
        ({"regex": "a{3000}"}, "counts to 2000"),
        ({"regex": "(a*)*"}, "what may be empty"),
        ({"regex": "(" * 5000 + ")" * 5000}, "nested too deeply"),
        ({"regex": "a" * 100_000}, "at most 20000"),
        ({"regex": r"[^\x00-\U0010ffff]"}, "no character is in"),
        ({"regex": "\ud800"}, "U+D800"),
        ({"choices": []}, "there are 0 choices"),
        ({"choices": ["a\0"]}, "a choice has a NUL character in it"),
        ({"grammar": " "}, "must be text"),
        ({"response_format": {"type": "xml"}}, "must be text, json_object or json_schema"),
        ({"response_format": {"type": "json_schema"}}, "needs"),
        ({"logprobs": -1}, "logprobs is -1"),
        ({"prompt_logprobs": -2}, "prompt_logprobs is -2"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        SamplingParams(**options)


def test_texts_for_lists_are_refused() -> None:
    with pytest.raises(TypeError, match="must be a list of texts"):
        SamplingParams(choices="yes")
    with pytest.raises(TypeError, match=r"json\.loads"):
        SamplingParams(schema='{"type": "object"}')
    with pytest.raises(TypeError, match="a grammar of llama.cpp's"):
        After("x", "root ::= y")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="is there from the beginning"):
        After("", Choices(["a"]))


def test_response_formats_of_openai(uniform: Sequence) -> None:
    assert response_format({"type": "text"}) is None
    for seed in range(3):
        assert type(json.loads(said(uniform, seed, response_format={"type": "json_object"}))) is dict
    schema = {"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"]}
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema, "strict": True}}
    completion = generate(uniform, "hi", SamplingParams(seed=1, response_format=form))
    assert completion.parsed in ({"a": True}, {"a": False})


@pytest.mark.parametrize("trigger", ["</think>", "Answer:", re.compile("An?s[vw]er[:=]")])
def test_free_text_until_a_trigger(uniform: Sequence, trigger: str | re.Pattern[str]) -> None:
    after = After(trigger, Regex(r"[ab]{3}"))
    vocab = uniform.context.model.vocab
    said_trigger = trigger if isinstance(trigger, str) else "Answer:"
    tokens = vocab.tokenize(said_trigger, add_special=False, parse_special=True)
    assert (len(tokens) == 1) == (trigger == "</think>")
    rng = random.Random(3)
    for _ in range(5):
        with SamplingParams(seed=rng.randrange(99), grammar=after, top_k=0, min_p=0, top_p=1).chain(vocab) as chain:
            free = [token for token in (chain.sample(uniform.context) for _ in range(20)) if not vocab.is_eog(token)]
            assert len({vocab.piece(token) for token in free}) > 8
            chain.accept(tokens)
            text = b""
            while not vocab.is_eog(token := chain.sample(uniform.context)):
                text += vocab.piece(token)
            assert re.fullmatch(r"\s{0,8}[ab]{3}", text.decode())
    assert after.parse(f"let me see {said_trigger}\n\naba")[0] == "aba"
    with pytest.raises(GrammarError, match="before it was text with"):
        after.parse("let me see")


def test_a_script_that_is_allowed_is_said_as_it_is(scripted: ScriptedModel) -> None:
    # Sampled first and checked then: a constraint that fits changes nothing, seed for seed.
    from llamacffi import Model

    text = scripted.script.text
    with Model(scripted.path) as model, model.context(n_threads=1, n_ctx=256) as context:
        sequence = Sequence(context)
        prompt = "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"
        assert generate(sequence, prompt, SamplingParams(choices=[text, "other"], seed=1)).text == text
        assert generate(sequence, prompt, SamplingParams(choices=["Hello, you", "other"], seed=1)).text == "Hello, you"


def test_the_schema_of_the_options_for_short(uniform: Sequence) -> None:
    completion = generate(uniform, "hi", SamplingParams(seed=3), schema={"enum": [1, "x"]})
    assert completion.parsed in (1, "x")
    assert isinstance(completion.constraint, JSONSchema)


def test_what_is_said_twice_is_one_way_to_go_on(uniform: Sequence) -> None:
    """`X*X*` is `X*`, and `(X|X)` is `X`: a hundred of them were more ways than there is time for."""
    for pattern, simple in (("(a|a)*" * 200, "([a])*"), ("(?:ab|ab)*" * 100, "(ab)*")):
        for seed in range(5):
            assert re.fullmatch(simple, said(uniform, seed, regex=pattern))
    assert Regex("a*a*b*a*").gbnf == Regex("a*b*a*").gbnf
    assert Regex("a+a+").gbnf != Regex("a+").gbnf  # at least two


@pytest.mark.parametrize("pattern", ["(ab|a)*x", "(a+)+x", "(?:a{1,3}b?)*x", "a*b*c*d*x"])
def test_a_trigger_that_takes_for_ever_to_look_for_is_refused(pattern: str) -> None:
    with pytest.raises(GrammarError, match="the trigger"):
        After(re.compile(pattern), Choices(["a"]))
    After(re.compile("<(think|tool)> ?[a-z]+(ab){2}x*"), Choices(["a"]))
