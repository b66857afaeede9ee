"""Settings: what is said where, what wins, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llamacffi.server.settings import ServerSettings, read_settings
from llamacffi.server.settings.read import SettingsError


def read(*arguments: str, **environment: str) -> ServerSettings:
    return read_settings(arguments, environment=environment)


@pytest.mark.parametrize(
    "arguments",
    [
        "-m a.gguf -c 512 -np 2 -t 3 -fa off --no-mmap -ctk q8_0 -a x,y",
        "--model a.gguf --ctx-size 512 --parallel 2 --threads 3 --flash-attn off --no-mmap --cache-type-k q8_0 -a x,y",
        "a.gguf --n_ctx 512 --n_parallel 2 --n_threads 3 --flash_attn 0 --use_mmap=0 --type_k q8_0 --model_alias x,y",
    ],
)
def test_each_spelling_says_the_same(arguments: str) -> None:
    (model,) = read(*arguments.split()).models
    assert (model.model, model.n_ctx, model.n_parallel, model.n_threads) == ("a.gguf", 512, 2, 3)
    assert (model.flash_attn, model.use_mmap, model.type_k) == (False, False, "q8_0")
    assert (model.name, model.aliases) == ("x", ("y",))
    assert model.llama_options()["n_threads_batch"] == 3


def test_variables_and_who_wins(tmp_path: Path) -> None:
    path = tmp_path / "server.yaml"
    path.write_text("port: 1\nhost: 1.1.1.1\nmodel: file.gguf\nn_ctx: 100\ntimeout: 5\n", "utf-8")
    variables = {"LLAMACFFI_PORT": "2", "LLAMA_ARG_CTX_SIZE": "200", "CONFIG_FILE": str(path), "HOST": "2.2.2.2"}
    found = read("--port", "3", **variables)
    assert (found.port, found.host, found.timeout) == (3, "2.2.2.2", 5.0)
    assert (found.models[0].model, found.models[0].n_ctx) == ("file.gguf", 200)
    assert read_settings(["--port", "3"], environment=variables, port=4).port == 4


@pytest.mark.parametrize("ending", ["json", "yaml", "toml"])
def test_a_file_lists_models(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"server.{ending}"
    texts = {
        "json": json.dumps(
            {"models": [{"model": "a.gguf", "model_alias": "one"}, "hf:owner/repo:Q4_K_M"], "n_threads": 2}
        ),
        "yaml": "models:\n  - {model: a.gguf, model_alias: one}\n  - hf:owner/repo:Q4_K_M\nn_threads: 2\n",
        "toml": 'models = [{model = "a.gguf", model_alias = "one"}, "hf:owner/repo:Q4_K_M"]\nn_threads = 2\n',
    }
    path.write_text(texts[ending], "utf-8")
    one, other = read("--config-file", str(path)).models
    assert (one.name, other.model) == ("one", "hf:owner/repo:Q4_K_M")
    assert one.n_threads == other.n_threads == 2


def test_adapters_by_flag_and_by_file() -> None:
    (model,) = read("a.gguf", "--lora", "one.gguf:0.5,two.gguf").models
    assert [(one.path.name, one.scale) for one in model.lora] == [("one.gguf", 0.5), ("two.gguf", 1.0)]


def test_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("from-file\n\n", "utf-8")
    found = read("a.gguf", "--api-key", "secret-1,secret-2", "--api-key-file", str(path))
    assert found.keys() == {"secret-1", "secret-2", "from-file"}
    assert "secret" not in repr(found)
    path.write_text("\n", "utf-8")
    with pytest.raises(ValueError, match="has no API key"):
        found.keys()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "there is no model"),
        (("a.gguf", "--prot", "1"), "--prot is no flag of the server; did you mean --port"),
        (("a.gguf", "-md", "draft.gguf"), "-md is no flag of the server"),
        (("a.gguf", "-n", "5"), "-n is no flag of the server"),
        (("a.gguf", "--port", "x"), "port: .*not 'x'"),
        (("a.gguf", "--port", "70000"), "port: "),
        (("a.gguf", "-np", "0"), "n_parallel: "),
        (("a.gguf", "-m", "b.gguf"), "two models are named, a.gguf and b.gguf"),
        (("a.gguf", "--split-mode", "half"), "split_mode: "),
        (("a.gguf", "--ssl-key-file", "key.pem"), "HTTPS needs both"),
        (("a.gguf", "--config-file", "nowhere.yaml"), r"nowhere\.yaml cannot be read"),
        (("a.gguf", "--timeout", "0"), "timeout: "),
    ],
)
def test_what_cannot_be(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read(*arguments)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "holds list"),
        ("{", "is not written as"),
        ('{"modles": []}', "modles is no setting; did you mean models"),
        ('{"models": {"a": 1}}', "models is dict, but must be a list"),
        ('{"models": [{"model": "a.gguf", "n_cxt": 1}]}', "n_cxt is no setting; did you mean n_ctx"),
        ('{"models": [3]}', "a model is 3"),
        ('{"models": ["a/x.gguf", "b/x.gguf"]}', "'x' is the name of two models"),
    ],
)
def test_files_that_cannot_be(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "server.json"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=message):
        read("--config-file", str(path))


def test_flags_of_others_that_mean_nothing_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert read("a.gguf", "--jinja", "--embeddings").models[0].model == "a.gguf"
    with pytest.raises(SystemExit):
        read("a.gguf", "--no-jinja")
    assert "no other way to render templates" in capsys.readouterr().err
