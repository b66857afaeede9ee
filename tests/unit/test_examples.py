"""Every file in examples/ runs, and prints what is known from elsewhere."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader
from PIL import Image

import llamacffi
from llamacffi import Model
from tests.capabilities import needs
from tests.models import (
    BigramModel,
    ScriptedModel,
    SpmVocab,
    bigram_pairs,
    wpm_vocab,
    write_bert,
    write_color_projector,
    write_lora,
)
from tests.models.colors import COLORS, rows_of
from tests.models.reference import Matrix, bert_hidden, read_weights
from tests.models.vocab import SPACE

EXAMPLES = Path(__file__).parents[2] / "examples"
PICTURES = "describe_pictures.py"
FILES = sorted(path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.py"))


def run(name: str, folder: Path, *arguments: object) -> list[str]:
    """The lines that an example prints; it runs in `folder`, with the llamacffi of this process."""
    package = str(Path(llamacffi.__file__).parents[1])
    result = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / name, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": package, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout.splitlines()


def check_quickstart(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    tokens, *answer, restored = run("quickstart.py", folder, scripted.path)
    ids = [int(number) for number in re.findall(r"\d+", tokens.partition("]")[0])]
    bos, *plain = ids
    assert bos == scripted.script.vocab.bos
    assert spelled(scripted.script.vocab, plain) == "Hello, world!"
    assert scripted.script.text.startswith("\n".join(answer))
    assert len("\n".join(answer)) > 50
    assert re.fullmatch(r"\d+ tokens restored; the next logits are the same", restored)


def check_chat_session(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    *answer, finish, roles, same = run("chat_session.py", folder, scripted.path)
    assert "\n".join(answer) == scripted.script.text
    assert finish == "[stop]"
    assert roles == "['system', 'user', 'assistant', 'user', 'assistant'] 3"
    assert same == "True"


def check_step_by_step(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    first, second, said, same = run("step_by_step.py", folder, scripted.path)
    assert first == "first: 0 tokens were in the cache"
    with Model(scripted.path) as model:
        question = (
            "The capital of France is Paris, of Spain it is Madrid, of Italy it is Rome, and the capital of Japan is"
        )
        n = len(model.vocab.tokenize(question))
    assert second == f"second: {n - 1} tokens were in the cache"
    *best, text = said.split(" ", 4)
    assert best == ["True"] * 4
    assert scripted.script.text.encode().startswith(ast.literal_eval(text))
    assert same == "True"


def check_llama(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    *lines, logprobs, better, message, tokens = run("llama.py", folder, scripted.path)
    first = "Hello, world! 🦙"  # of which the last one takes four tokens
    assert scripted.script.text.startswith(first)
    prompts = ("The capital of France is", "The capital of Japan is")
    assert lines[:2] == [f"{prompt}{first!r}" for prompt in prompts]
    assert "\n".join(lines[2:]).replace("|", "") == first
    assert first.startswith(next(iter(ast.literal_eval(logprobs)[0])))
    assert better in ("True", "False")
    assert ast.literal_eval(message)["content"] in ("yes", "no")
    with Model(scripted.path) as model:
        assert tokens == f"{sum(len(model.vocab.tokenize(prompt)) + 4 for prompt in prompts)} tokens"


def check_tokenize_text(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    *tokens, text = run("low_level/tokenize_text.py", folder, bigram.path)
    pieces = [line.split(maxsplit=1) for line in tokens]
    for token, piece in pieces:
        assert ast.literal_eval(piece).decode() == spelled(bigram.vocab, [int(token)])
    assert spelled(bigram.vocab, [int(token) for token, _ in pieces]) == "Hello, world!"
    assert text == "Hello, world!"


def check_batched_decode(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    lines = run("low_level/batched_decode.py", folder, bigram.path)
    for prompt, line in zip(("The capital of France is", "The opposite of hot is"), lines, strict=True):
        assert int(line.split()[0]) == bigram.logits[last_token(bigram, prompt)].argmax()
        assert prompt in line


def check_sampler_chain(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    lines = run("low_level/sampler_chain.py", folder, bigram.path)
    logits = bigram.logits[last_token(bigram, "The capital of France is")].astype(np.float64)
    best = np.argsort(-logits)[:5]
    weights = np.exp((logits[best] - logits[best[0]]) / 0.5)
    assert [int(line.split()[0]) for line in lines] == best.tolist()
    assert [float(line.split()[1]) for line in lines] == pytest.approx(weights / weights.sum(), abs=1e-4)
    assert sum(line.endswith("*") for line in lines) == 1


def check_read_gguf(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    *keys, tensors = run("low_level/read_gguf.py", folder, bigram.path)
    reader = GGUFReader(bigram.path)
    # The reader lists the file's own header as three more fields.
    assert [line.partition(" = ")[0] for line in keys] == [key for key in reader.fields if not key.startswith("GGUF.")]
    assert "general.architecture = llama" in keys
    assert f"tokenizer.ggml.tokens = [{len(bigram.vocab)} values]" in keys
    size = sum(int(tensor.n_bytes) for tensor in reader.tensors)
    assert tensors == f"{len(reader.tensors)} tensors, {size} bytes"


def check_ggml_graph(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    (line,) = run("low_level/ggml_graph.py", folder, bigram.path)
    (weight,) = (tensor.data for tensor in GGUFReader(bigram.path).tensors if tensor.name == "output_norm.weight")
    assert line.startswith(f"output_norm.weight: {len(weight)} values")
    assert float(line.split()[-1]) == pytest.approx(
        float(np.sqrt(np.mean(np.square(weight, dtype=np.float64)))), rel=1e-5
    )


def check_embeddings(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    path = write_bert(folder / "bert.gguf")
    weights, vocab = read_weights(path), wpm_vocab()
    question = "the sun is warm"
    head, *ranking = run("embeddings.py", folder, path, question)
    assert head == "5 texts of 64 numbers each"

    def vector(text: str) -> Matrix:
        mean = bert_hidden(weights, vocab.encode(text)).mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean))

    found = [(float(line[:7]), line[9:]) for line in ranking]
    assert found == sorted(found, reverse=True)
    assert len({note for _, note in found}) == 5
    for cosine, note in found:
        assert cosine == pytest.approx(vector(note) @ vector(question), abs=1e-3)


def check_activations(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    assert run("activations.py", folder, bigram.path) == ["layer  1   0.00"]  # two layers, which add nothing


def check_adapters(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    token, following = last_token(bigram, "The capital of France is"), 300
    path = write_lora(folder / "lora.gguf", bigram_pairs(len(bigram.vocab), {(token, following): 40.0}), alpha=1.0)
    for line, scale in zip(run("adapters.py", folder, bigram.path, path), (0.0, 0.5, 1.0), strict=True):
        logits = bigram.logits[token].astype(np.float64)
        logits[following] += scale * 40.0
        best = int(logits.argmax())
        scale_text, probability, piece = line.split(maxsplit=2)
        assert float(scale_text) == scale
        assert float(probability) == pytest.approx(1 / np.exp(logits - logits[best]).sum(), abs=1e-4)
        if scale:
            assert best == following
            assert ast.literal_eval(piece).decode() == spelled(bigram.vocab, [best])


def check_many_answers(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    *ranked, steered = run("many_answers.py", folder, scripted.path)
    assert len(ranked) == 2
    for line in ranked:
        seed, mean, text = re.fullmatch(r"seed (\d), (-?0\.00): (.*)", line).groups()  # type: ignore[union-attr]
        assert seed in "1234"
        assert abs(float(mean)) < 0.01
        assert scripted.script.text.startswith(ast.literal_eval(text))
        assert len(ast.literal_eval(text)) > 40
    assert steered == "stop True"


def check_structured_output(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    city, partial, answer = run("structured_output.py", folder, bigram.path)
    assert re.fullmatch(r"City\(country='(France|Japan|Peru)', coastal=(True|False)\)", city)
    assert partial == "True True"
    text, logprob = answer.split()
    assert text in ("yes", "no")
    logits = bigram.logits[last_token(bigram, "<|im_start|>assistant\n")].astype(np.float64)
    logprobs = logits - np.log(np.exp(logits).sum())
    with Model(bigram.path) as model:
        first = [
            token for token in model.vocab if (piece := model.vocab.piece(token)) and text.encode().startswith(piece)
        ]
    assert float(logprob) == pytest.approx(max(logprobs[first]), abs=0.006)


def check_infill(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    plain, healed, *lines = run("infill.py", folder, scripted.path)
    script = scripted.script.text
    # The script begins after any prompt; the one piece of it that begins with ":" goes on behind the prompt's ":".
    assert ast.literal_eval(plain.removeprefix("healing False ")).startswith("Hello, world!")
    rest = ast.literal_eval(healed.removeprefix("healing True  "))
    assert len(rest) > 10
    assert script.partition(":")[2].startswith(rest)
    printed = "\n".join(lines)
    before, after = "def mean(numbers: list[float]) -> float:\n", "\n\nprint(mean([1, 2, 3, 4]))"
    assert printed == before + script + after


def check_engine(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    *answers, stream, cached, done = run("engine.py", folder, scripted.path)
    text = scripted.script.text
    assert len(answers) == 3
    for answer in answers:
        assert text.startswith(ast.literal_eval(answer[answer.index("'") :]))
    assert text.startswith(stream)
    assert len(stream) > 10
    with Model(scripted.path) as model:
        n_prompt = len(model.vocab.tokenize("The capital of France is", parse_special=True))
    # All but the last, which is decoded again for its logits.
    assert cached == f"{n_prompt - 1} of the prompt's tokens were there already"
    assert re.fullmatch(r"4 requests in \d+ steps, \d+ tokens not computed again", done)


def check_server(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    pytest.importorskip("uvicorn", reason="pip install llamacffi[server]")
    *answer, served = run("server.py", folder, scripted.path)
    assert scripted.script.text.startswith("\n".join(answer))
    assert len("\n".join(answer)) > 10
    assert served == "served by tiny"


def check_speculative(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    lines = run("speculative.py", folder, scripted.path)
    assert "\n".join(lines[:-2]) == scripted.script.text
    accepted, drafted = re.fullmatch(r"(\d+) of (\d+) guesses were right", lines[-2]).groups()  # type: ignore[union-attr]
    assert int(accepted) <= int(drafted)
    n = len(scripted.script.tokens)
    assert lines[-1] == f"{n} tokens with guesses, {n} without"


def check_engine_metrics(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    lines = dict(line.rsplit(" ", 1) for line in run("engine_metrics.py", folder, scripted.path))
    assert lines["llamacffi_requests_total"] == "3"
    assert lines['llamacffi_finished_total{reason="length"}'] == "3"
    assert lines["llamacffi_answer_tokens_total"] == "24"
    with Model(scripted.path) as model:
        n_prompts = sum(len(model.vocab.tokenize(text, parse_special=True)) for text in ("One", "Two", "Three"))
    # The last token of an answer is not decoded, and a beginning that prompts share only once.
    assert n_prompts + 3 * 7 - 2 <= int(lines["llamacffi_tokens_total"]) <= n_prompts + 3 * 7
    assert lines['llamacffi_first_token_seconds_bucket{le="+Inf"}'] == "3"


def check_notes(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    lines = run("notes.py", folder, bigram.path)
    source = ast.parse((EXAMPLES / "notes.py").read_text(encoding="utf-8"))
    notes, questions = (ast.literal_eval(node.value) for node in source.body if isinstance(node, ast.Assign))

    with Model(bigram.path) as model:  # what its layers make of a token is the token alone
        bags = {
            text: np.bincount(model.vocab.tokenize(text), minlength=len(bigram.vocab)) for text in notes + questions
        }
    for question, line in zip(questions, lines, strict=True):
        cosines = [bags[note] @ bags[question] / np.linalg.norm(bags[note]) for note in notes]
        assert line.startswith(f"{question} [{notes[int(np.argmax(cosines))]}]")


def check_describe_pictures(folder: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    (folder / "pictures").mkdir()
    for name, color in (("b.jpg", "blue"), ("a.png", "red")):
        Image.new("RGB", (30, 20), color).save(folder / "pictures" / name)
    (folder / "pictures" / "notes.txt").write_text("no picture", "utf-8")
    path = write_color_projector(folder / "mmproj.gguf", rows_of(scripted.path))
    lines = [json.loads(line) for line in run("describe_pictures.py", folder, folder / "pictures", scripted.path, path)]
    assert [line["file"] for line in lines] == ["a.png", "b.jpg"]
    assert {line["color"] for line in lines} <= {"red", "green", "blue", "another"}
    assert all(len(line["words"]) <= 40 for line in lines)


CHECKS: dict[str, Callable[[Path, BigramModel, ScriptedModel], None]] = {
    "activations.py": check_activations,
    "chat_session.py": check_chat_session,
    "quickstart.py": check_quickstart,
    "adapters.py": check_adapters,
    "embeddings.py": check_embeddings,
    "engine.py": check_engine,
    "engine_metrics.py": check_engine_metrics,
    "server.py": check_server,
    "speculative.py": check_speculative,
    "infill.py": check_infill,
    "llama.py": check_llama,
    "step_by_step.py": check_step_by_step,
    "many_answers.py": check_many_answers,
    "notes.py": check_notes,
    PICTURES: check_describe_pictures,
    "structured_output.py": check_structured_output,
    "low_level/tokenize_text.py": check_tokenize_text,
    "low_level/batched_decode.py": check_batched_decode,
    "low_level/sampler_chain.py": check_sampler_chain,
    "low_level/read_gguf.py": check_read_gguf,
    "low_level/ggml_graph.py": check_ggml_graph,
}


def last_token(model: BigramModel, text: str) -> int:
    with Model(model.path) as loaded:
        return loaded.vocab.tokenize(text, add_special=False)[-1]


def spelled(vocab: SpmVocab, tokens: Iterable[int]) -> str:
    """What plain tokens stand for, by the vocabulary that the test wrote into the file."""
    return "".join(vocab.tokens[token] for token in tokens).replace(SPACE, " ")


_NEEDS = {"chat_session.py": "llama-common's chat code", "structured_output.py": "llama-common's JSON Schema"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=needs(_NEEDS[name]) if name in _NEEDS else ()) for name in FILES]
)
def test_prints_what_is_known(name: str, tmp_path: Path, bigram: BigramModel, scripted: ScriptedModel) -> None:
    assert name in CHECKS, "an example needs a check of what it prints"
    CHECKS[name](tmp_path, bigram, scripted)


@pytest.mark.parametrize("name", FILES)
def test_is_short(name: str) -> None:
    assert len((EXAMPLES / name).read_text(encoding="utf-8").splitlines()) <= (40 if name == "quickstart.py" else 60)


def test_readme_shows_the_quickstart() -> None:
    readme = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    first = next(block for block in blocks if "stream_generate" in block)
    quickstart = [line.strip() for line in (EXAMPLES / "quickstart.py").read_text(encoding="utf-8").splitlines()]
    for line in first.splitlines():
        # The quickstart takes the model's name from its command line, and imports what it needs further on.
        if line and not line.startswith(("from llamacffi", "with Model")):
            assert line.strip() in quickstart


# What SmolLM2-135M-Instruct answers: its tokenizer's published ids, and facts.
DEFAULT_MODEL = {
    "server.py": ["The capital of France is Paris", "served by tiny"],
    "speculative.py": ["jumps over the lazy dog", "guesses were right"],
    "chat_session.py": ["The capital of Japan is Tokyo.\n[stop]\n"],
    "activations.py": ["layer  1 ", "layer 29 "],
    "quickstart.py": ["[19556, 28, 905, 17] is 'Hello, world!'", "The capital of Japan is Tokyo."],
    "adapters.py": ["0.0  0.7", "b' Paris'\n0.5  0.9", "b' London'\n1.0  0.99"],
    "structured_output.py": ["City(country='Peru', coastal=", "True True"],
    "many_answers.py": ["seed ", " True"],
    "notes.py": ["[The key is under the third flower pot.]' The key is under", "all day.]' The cat is called Minka"],
    "infill.py": ["healing True  '//", "no gap is filled: the vocabulary of llama 256M Q4_1 lacks fim_pre"],
    "engine_metrics.py": ["llamacffi_answer_tokens_total 24", "llamacffi_requests_total 3"],
    "engine.py": ["The capital of France is' Paris.", "The capital of Japan is' Tokyo.", "4 requests in "],
    "embeddings.py": ["5 texts of 576 numbers each\n 0.9", "  paris is the capital of france\n"],
    "low_level/tokenize_text.py": [" 19556 b'Hello'", "    28 b','", "   905 b' world'", "    17 b'!'"],
    "low_level/batched_decode.py": ["The capital of France is Paris", "The opposite of hot is cold"],
    "low_level/sampler_chain.py": ["  7042 "],
    "low_level/read_gguf.py": ["llama.block_count = 30", "272 tensors, 96576768 bytes"],
    "step_by_step.py": ["second: 24 tokens", "True True True True b' Tokyo"],
    "llama.py": ["The capital of Japan is' Tokyo", " Paris|.|", "True", "18 tokens"],
    PICTURES: [f'{{"file": "{name}.png", "color": "{name}"' for name in ("blue", "green", "red")],
    "low_level/ggml_graph.py": ["output_norm.weight: 576 values, root mean square 1.826567"],
}


@pytest.mark.model
@pytest.mark.parametrize("name", FILES)
def test_default_model(name: str, tmp_path: Path, default_model: Path) -> None:
    output = "\n".join(run(name, tmp_path, *(pictures(tmp_path, default_model) if name == PICTURES else ())))
    for text in DEFAULT_MODEL[name]:
        assert text in output


def pictures(folder: Path, model: Path) -> tuple[Path, ...]:
    """A folder of one picture for each colour, the model, and what makes it see their words."""
    seen = folder / "pictures"
    seen.mkdir()
    for name, rgb in COLORS.items():
        Image.new("RGB", (32, 32), rgb).save(seen / f"{name}.png")
    with Model(model) as loaded:
        words = [loaded.vocab.tokenize(f" {name}", add_special=False) for name in COLORS]
    path = write_color_projector(folder / "mmproj.gguf", rows_of(model, [word for (word,) in words]))
    return seen, model, path
