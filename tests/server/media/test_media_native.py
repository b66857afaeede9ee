"""Pictures in llama-server's own words, and what its routes tell of them: never a number below 0."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.capabilities import needs
from tests.models.colors import COLOR_TOKENS, noise, plain
from tests.server.media.conftest import model_with
from tests.server.media.seer import Seer, base64_of, seeing, sound, user

pytestmark = [needs("llama-common's chat code"), needs("mtmd's parts")]
RED, BLUE = plain("red"), plain("blue")
GREEDY: dict[str, Any] = {"temperature": 0, "n_predict": 8, "ignore_eos": True}


def prompt(text: str, *media: Any) -> dict[str, Any]:
    return {"prompt_string": text, "multimodal_data": [base64_of(one) for one in media]}


def words(seer: Seer, *parts: str | int) -> list[int]:
    ids = [seer.llm.vocab.bos]
    for part in parts:
        ids += [part] if isinstance(part, int) else seer.llm.tokenize(part, add_bos=False, special=True)
    return [token for token in ids if token is not None]


def no_negative(value: Any) -> None:
    """No number of a medium is told."""
    if isinstance(value, dict):
        value = {
            name: one for name, one in value.items() if not isinstance(one, (int, float)) or name in ("id", "token")
        }
        for one in value.values():
            no_negative(one)
    elif isinstance(value, list):
        assert not any(isinstance(one, int) and one < 0 for one in value)
        for one in value:
            no_negative(one)


def test_a_prompt(seer: Seer) -> None:
    given = prompt("abc <__media__> def <__media__> ghi", RED, BLUE)
    fields = {**GREEDY, "n_probs": 2, "return_tokens": True}
    answer = seer.post("/completion", prompt=given, **fields).json()
    assert "content" in answer, answer
    ids = words(seer, "abc ", COLOR_TOKENS[0], " def ", COLOR_TOKENS[2], " ghi")
    told = seer.post("/completion", prompt=ids, cache_prompt=False, **fields).json()
    assert "content" in told, told
    assert answer["content"] == told["content"]
    assert answer["tokens"] == told["tokens"]
    assert answer["tokens_evaluated"] == len(ids)
    assert answer["prompt"].count("<__media__>") == 2
    assert "abc" in answer["prompt"]
    no_negative(answer)


def test_several_prompts_and_streams(seer: Seer) -> None:
    given = [prompt("<__media__> a", RED), "b", prompt("<__media__> a", BLUE), prompt("no picture")]
    answers = seer.post("/completion", prompt=given, **GREEDY).json()
    assert [one["prompt"].count("<__media__>") for one in answers] == [1, 0, 1, 0]
    assert (
        answers[0]["content"]
        == seer.post("/completion", prompt=words(seer, COLOR_TOKENS[0], " a"), **GREEDY).json()["content"]
    )
    text = seer.post("/completion", prompt=given[0], stream=True, return_progress=True, **GREEDY).text
    parts = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    assert "".join(part.get("content", "") for part in parts) == answers[0]["content"]
    no_negative(parts)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (prompt("a", RED), 400),
        (prompt("a <__media__>", RED), 400),  # whose answer would begin with no text
        (prompt("<__media__> <__media__>", RED), 400),
        ({"prompt_string": "<__media__>", "multimodal_data": "AAAA"}, 400),
        ({"prompt_string": "<__media__>", "multimodal_data": [1]}, 400),
        ({"prompt_string": "<__media__>", "multimodal_data": ["AAAA"]}, 400),
        ({"prompt_string": ["<__media__>"], "multimodal_data": [base64_of(RED)]}, 400),
        ({"multimodal_data": [base64_of(RED)]}, 400),
        ({"prompt_string": "<__media__>", "multimodal_data": []}, 200),  # a text
        ([-5, 3], 400),
    ],
)
def test_prompts_that_are_none(seer: Seer, given: Any, status: int) -> None:
    answer = seer.post("/completion", prompt=given, n_predict=1)
    assert answer.status_code == status, answer.text


def test_who_takes_what(seer: Seer, reader: Seer) -> None:
    hearing = {"prompt_string": "<__media__>", "multimodal_data": [base64.b64encode(sound()).decode()]}
    assert "audio input is not supported" in seer.post("/completion", prompt=hearing).text
    assert "no projector" in reader.post("/completion", prompt=prompt("<__media__>", RED)).text


def test_openais_completions(seer: Seer) -> None:
    fields: dict[str, Any] = {"temperature": 0, "max_tokens": 8, "ignore_eos": True}
    ids = words(seer, "abc ", COLOR_TOKENS[0], " def")
    told = seer.post("/v1/completions", prompt=ids, cache_prompt=False, **fields).json()
    given = prompt("abc <__media__> def", RED)
    answer = seer.post("/v1/completions", prompt=given, logprobs=2, **fields).json()
    assert answer["choices"][0]["text"] == told["choices"][0]["text"]
    assert answer["usage"]["prompt_tokens"] == len(ids)
    no_negative(answer)
    mixed = [given, "abc", {"prompt_string": "abc"}, ids]
    texts = [one["text"] for one in seer.post("/v1/completions", prompt=mixed, **fields).json()["choices"]]
    assert texts[0] == texts[3] == told["choices"][0]["text"]
    assert texts[1] == texts[2]
    echoed = seer.post("/v1/completions", prompt=given, echo=True, **fields).json()["choices"][0]["text"]
    assert echoed == f"abc <__media__> def{texts[0]}"
    wrong: tuple[dict[str, Any], ...] = (
        {"echo": True, "logprobs": 1},
        {"suffix": "b"},
        {"prompt": {"a": 1}},
        {"prompt": [{}]},
    )
    for more in wrong:
        assert seer.post("/v1/completions", {"prompt": given, **fields, **more}).status_code == 400, more
    assert seer.post("/infill", input_prefix="a", input_suffix="b", prompt=given).status_code == 400


def test_vectors(files: Path) -> None:
    with model_with(files, "color", pooling_type="last") as llm, seeing(llm) as seer:
        ids = words(seer, "abc ", COLOR_TOKENS[0], " def")
        for path, field in (("/embedding", "content"), ("/embeddings", "input")):
            given = [prompt("abc <__media__> def", RED), ids, "abc def", prompt("abc <__media__> def", BLUE)]
            rows = [one["embedding"][0] for one in seer.post(path, {field: given}).json()]
            assert rows[0] == pytest.approx(rows[1], abs=1e-6)
            assert rows[0] != pytest.approx(rows[2], abs=1e-2)
            assert rows[0] != pytest.approx(rows[3], abs=1e-2)
        (alone,) = seer.post("/embedding", content=given[0]).json()
        assert alone["embedding"][0] == pytest.approx(rows[1], abs=1e-6)


@pytest.mark.parametrize(("pooling", "status"), [("none", 400), ("mean", 501)])
def test_vectors_of_models_that_pool_otherwise(files: Path, pooling: str, status: int) -> None:
    with model_with(files, "color", pooling_type=pooling) as llm, seeing(llm) as seer:
        answer = seer.post("/embedding", content=[prompt("a <__media__> b", RED)])
        assert (answer.status_code, "last" in answer.text) == (status, True)
        assert seer.post("/embedding", content="a").status_code == 200


def test_what_is_told_of_a_model(seer: Seer, listener: Seer, reader: Seer) -> None:
    for one, kinds in ((seer, {"image"}), (listener, {"audio"}), (reader, set[str]())):
        props = one.client.get("/props").json()
        assert props["modalities"] == {"vision": "image" in kinds, "video": False, "audio": "audio" in kinds}
        listed = one.client.get("/v1/models").json()
        assert set(listed["data"][0]["architecture"]["input_modalities"]) == {"text", *kinds}
        assert ("multimodal" in listed["models"][0]["capabilities"]) == bool(kinds)
        shown = one.post("/api/show", model="seer").json()["capabilities"]
        assert [name for name in ("vision", "audio") if name in shown] == [
            {"image": "vision", "audio": "audio"}[kind] for kind in kinds
        ]


def test_slots_with_a_picture(files: Path, tmp_path: Path) -> None:
    messages = user("What is ", noise(5), "?")
    with model_with(files, "vit", n_parallel=1) as llm, seeing(llm, slots=True, slot_save_path=tmp_path) as viewer:
        first = viewer.chat(messages).json()
        no_negative(viewer.client.get("/slots").json())
        n = len(viewer.ids(messages))
        assert viewer.client.get("/slots").json()[0]["n_prompt_tokens"] >= n
        saved = viewer.post("/slots/0?action=save", filename="seen").json()
        assert saved["n_saved"] >= n
        assert viewer.post("/slots/0?action=erase").json()["n_erased"] == saved["n_saved"]
        restored = viewer.post("/slots/0?action=restore", filename="seen").json()
        assert restored["n_restored"] == saved["n_saved"]
        again = viewer.chat(messages).json()
        assert again["choices"][0]["message"] == first["choices"][0]["message"]
        assert again["usage"]["prompt_tokens_details"]["cached_tokens"] >= n - 1
