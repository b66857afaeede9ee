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
        (("a.gguf", "-mq", "draft.gguf"), "-mq is no flag of the server"),
        (("a.gguf", "-x", "5"), "-x is no flag of the server"),
        (("a.gguf", "--temp", "hot"), "temperature: .*not 'hot'"),
        (("a.gguf", "--top-n-sigma", "nan"), "top_n_sigma is nan, but must be finite"),
        (("a.gguf", "--samplers", "top_k;luck"), "samplers has 'luck', which is no stage"),
        (("a.gguf", "--mirostat", "3"), "mirostat_mode: "),
        (("a.gguf", "--chat_format", "chatlm"), "chat_format: there is no chat format of that name; there are llama-2"),
        (("a.gguf", "--chat-template", "chatml", "--chat-template-file", "x"), "a model has one template"),
        (("a.gguf", "--chat-template-kwargs", "{"), "chat_template_kwargs: "),
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
    given = ("--jinja", "--threads-http", "4", "--embeddings", "-sps", "0.5", "a.gguf")
    assert read(*given).models[0].model == "a.gguf"
    with pytest.raises(SystemExit):
        read("a.gguf", "--no-jinja")
    assert "no other way to render templates" in capsys.readouterr().err


def test_what_requests_begin_with() -> None:
    flags = "--temp 0.3 -n 5 --top-k 7 --typical 0.5 --mirostat 2 --mirostat-lr 0.2 --keep -1 --ignore-eos -rea off"
    (model,) = read("a.gguf", *flags.split(), "--chat-template-kwargs", '{"a": 1}', "--samplers", "top_k;temp").models
    assert model.request_options() == {
        "temperature": 0.3,
        "max_tokens": 5,
        "top_k": 7,
        "typical_p": 0.5,
        "mirostat_mode": 2,
        "mirostat_eta": 0.2,
        "n_keep": -1,
        "ignore_eos": True,
        "enable_thinking": False,
        "chat_template_kwargs": {"a": 1},
        "samplers": "top_k;temp",
    }
    assert read("a.gguf").models[0].request_options() == {}


@pytest.mark.parametrize(
    ("flags", "n_ctx", "n_ctx_slot"),
    [
        ("-c 1000", 1000, None),
        ("-c 1000 -np 3", 1536, 512),
        ("-c 1000 -np 3 --kv-unified", 1000, None),
        ("-c 1024 --no-kv-unified", 1024, 256),
        ("-np 3", None, None),
    ],
)
def test_slots_have_their_part_of_the_context(flags: str, n_ctx: int | None, n_ctx_slot: int | None) -> None:
    options = read("a.gguf", *flags.split()).models[0].llama_options()
    assert (options["n_ctx"], options.get("n_ctx_slot")) == (n_ctx, n_ctx_slot)


def test_the_cache_of_prompts_in_mebibytes(capsys: pytest.CaptureFixture[str]) -> None:
    assert read("a.gguf", "--cache-ram", "100").models[0].host_bytes == 100 * 2**20
    assert read("a.gguf", "-cram", "-1").models[0].host_bytes == 2**63 - 1
    with pytest.raises(SystemExit):
        read("a.gguf", "--cache-ram", "much")
    assert "must be a whole number of MiB" in capsys.readouterr().err


# What llama-cpp-python's registry of chat formats has, but for those that read images.
_FORMATS = (
    "llama-2 llama-3 alpaca qwen vicuna oasst_llama baichuan-2 baichuan openbuddy redpajama-incite snoozy phind intel",
    "open-orca mistrallite zephyr pygmalion chatml mistral-instruct chatglm3 openchat saiga gemma functionary",
    "functionary-v1 functionary-v2 chatml-function-calling",
)


@pytest.mark.parametrize(
    "name", [*" ".join(_FORMATS).split(), "mistral-v7", "chat_template.default", "{{ messages[0].content }}"]
)
def test_chat_formats(name: str) -> None:
    assert read("a.gguf", "--chat_format", name).models[0].chat_format == name
