"""`hub.pretrained` and models by their names: what is asked of the Hub, and where the files come to lie."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.models import write_lora
from tests.unit.hub.child import Child, started
from tests.unit.hub.hub_server import COMMIT, HubServer, served

if TYPE_CHECKING:
    from tests.models import BigramModel

DATA = bytes(range(256)) * 1200
SPLIT = [f"parts/Big-Q8_0-{i:05}-of-00002.gguf" for i in (1, 2)]
FILES = {
    "config.json": b"{}",
    "Tiny-Q8_0.gguf": b"a" + DATA,
    "deep/Tiny-Q4_K_M.gguf": b"b" + DATA,
    "mmproj-Tiny-Q8_0.gguf": b"c" + DATA,
    "mmproj-Tiny-F16.gguf": b"d" + DATA,
    SPLIT[0]: b"e" + DATA,
    SPLIT[1]: b"f" + DATA,
}


@pytest.fixture(scope="module")
def hub_server() -> Iterator[HubServer]:
    pytest.importorskip("huggingface_hub")
    with served({}) as server:
        yield server


@pytest.fixture(scope="module")
def child_and_home(hub_server: HubServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Child, Path]]:
    home = tmp_path_factory.mktemp("hf")
    settings = {"HF_ENDPOINT": hub_server.url, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1"}
    with started(**settings, HF_HUB_DOWNLOAD_TIMEOUT="1", HF_TOKEN="") as child:
        yield child, home


@pytest.fixture
def server(hub_server: HubServer) -> HubServer:
    hub_server.repos = {"owner/tiny": dict(FILES)}
    hub_server.requests.clear()
    hub_server.needs_token = None
    hub_server.commit = COMMIT
    return hub_server


@pytest.fixture
def child(server: HubServer, child_and_home: tuple[Child, Path]) -> Child:
    child, home = child_and_home
    shutil.rmtree(home / "hub", ignore_errors=True)
    return child


def pretrained(child: Child, *arguments: object, **options: object) -> Path:
    program = "result = hub.pretrained(*arguments, **options)"
    return Path(child.run(program, arguments=arguments, options=options))


def listings(server: HubServer) -> int:
    return sum(path.startswith("/api/") for _, path, _ in server.requests)


def downloads(server: HubServer) -> list[str]:
    return [path.partition("/resolve/")[2].partition("/")[2] for kind, path, _ in server.requests if kind == "GET"][1:]


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        (None, "deep/Tiny-Q4_K_M.gguf"),
        ("Tiny-Q8_0.gguf", "Tiny-Q8_0.gguf"),
        ("deep/Tiny-Q4_K_M.gguf", "deep/Tiny-Q4_K_M.gguf"),
        ("Tiny-Q4_K_M.gguf", "deep/Tiny-Q4_K_M.gguf"),
        ("*Q4_K_M.gguf", "deep/Tiny-Q4_K_M.gguf"),
        ("deep*Q4*", "deep/Tiny-Q4_K_M.gguf"),
        ("Q4_K_M", "deep/Tiny-Q4_K_M.gguf"),
        ("Tiny*Q8_0.gguf", "Tiny-Q8_0.gguf"),
        ("parts/*", SPLIT[0]),
    ],
)
def test_the_file_that_is_meant(child: Child, filename: str | None, expected: str) -> None:
    path = pretrained(child, "owner/tiny", filename)
    assert path.as_posix().endswith(f"/{expected}")
    assert path.read_bytes() == FILES[expected]


@pytest.mark.parametrize("filename", ["deep/Tiny-Q4_K_M.gguf", "*Q4_K_M*"])
def test_a_local_folder_keeps_the_folders_of_the_repository(child: Child, tmp_path: Path, filename: str) -> None:
    path = pretrained(child, "owner/tiny", filename, local_dir=str(tmp_path / "here"))
    assert path == tmp_path / "here" / "deep" / "Tiny-Q4_K_M.gguf"
    assert path.read_bytes() == FILES["deep/Tiny-Q4_K_M.gguf"]
    assert not path.is_symlink()
    again = pretrained(child, "owner/tiny", filename, local_dir=str(tmp_path / "here"), local_files_only=True)
    assert again == path


def test_another_cache(child: Child, tmp_path: Path) -> None:
    path = pretrained(child, "owner/tiny", "Tiny*Q8_0*", cache_dir=str(tmp_path / "cache"), revision="v1")
    assert tmp_path / "cache" in path.parents
    options = {"cache_dir": str(tmp_path / "cache"), "local_files_only": True}
    assert pretrained(child, "owner/tiny", "Q8_0", revision="v1", **options) == path
    kind, text = child.error("hub.pretrained('owner/tiny', 'Q8_0', local_files_only=True)")
    assert (kind, "nothing of it is here, and the Hub was not to be asked" in text) == ("ModelLoadError", True)


def test_what_is_named_exactly_and_there_is_not_listed(child: Child, server: HubServer) -> None:
    for filename in ("deep/Tiny-Q4_K_M.gguf", SPLIT[0]):
        path = pretrained(child, "owner/tiny", filename)
        assert listings(server) == 1
        server.requests.clear()
        assert pretrained(child, "owner/tiny", filename) == path
        assert listings(server) == 0
        # Each file is asked about once: whether it is still the same.
        assert {kind for kind, _, _ in server.requests} == {"HEAD"}
        server.requests.clear()
        assert pretrained(child, "owner/tiny", filename, local_files_only=True) == path
        assert server.requests == []


def test_what_has_changed_comes_anew(child: Child, server: HubServer) -> None:
    path = pretrained(child, "owner/tiny", "Tiny-Q8_0.gguf")
    server.repos["owner/tiny"]["Tiny-Q8_0.gguf"] = b"new" + DATA
    server.commit = "f" * 40
    assert pretrained(child, "owner/tiny", "Tiny-Q8_0.gguf").read_bytes() == b"new" + DATA
    # The old one stays for who has named it by its commit.
    assert path.read_bytes() == FILES["Tiny-Q8_0.gguf"]
    old = pretrained(child, "owner/tiny", "Tiny-Q8_0.gguf", revision=COMMIT, local_files_only=True)
    assert old == path


def test_additional_files(child: Child, server: HubServer) -> None:
    path = pretrained(child, "owner/tiny", "Q4_K_M", additional_files=["config.json", "mmproj*F16*"])
    assert sorted(downloads(server)) == ["config.json", "deep/Tiny-Q4_K_M.gguf", "mmproj-Tiny-F16.gguf"]
    assert (path.parents[1] / "config.json").read_bytes() == b"{}"


@pytest.mark.parametrize(
    ("arguments", "options", "reason"),
    [
        (("owner/tiny", "Q2_K"), {}, "no file is 'Q2_K'; it has Tiny-Q8_0.gguf"),
        (("owner/tiny", "Q8_0"), {}, "fits several: Tiny-Q8_0.gguf, parts/Big-Q8_0-00001-of-00002.gguf"),
        (("owner/tiny", "*.gguf"), {}, "fits several"),
        (("owner/tiny", "Q4_K_M", ["*.txt"]), {}, ""),
        (("owner/tiny", "Q4_K_M"), {"additional_files": ["*.txt"]}, "no file is '*.txt'"),
        (("owner/tiny", "Q4_K_M"), {"additional_files": ["mmproj*"]}, "fits several: mmproj-Tiny-F16.gguf"),
        (("owner/tiny", "Q4_K_M"), {"additional_files": "config.json"}, "must be a list of files and patterns"),
        (("owner/tiny", 3), {}, "filename must be a text, not 3"),
        (("owner/tiny/more",), {}, "a name of the Hub is hf:owner/repo"),
        (("hf:owner/tiny:Q8_0", "Q4_K_M"), {}, "it names a file, and 'Q4_K_M' is given beside it"),
        (("hf:owner/tiny@v1",), {"revision": "v2"}, "it names a revision"),
        (("owner/none",), {}, "there is no repository owner/none"),
    ],
)
def test_what_cannot_be_meant(child: Child, arguments: tuple[Any], options: dict[str, Any], reason: str) -> None:
    program = "hub.pretrained(*arguments, **options)"
    kind, text = child.error(program, arguments=arguments, options=options)
    assert kind in {"ModelLoadError", "TypeError"}
    assert reason in text


def test_the_projector_is_found(child: Child, server: HubServer, tmp_path: Path) -> None:
    path = Path(child.run("result = hub.mmproj('hf:owner/tiny:Q8_0')"))
    assert path.name == "mmproj-Tiny-F16.gguf"
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    program = "result = hub.mmproj(path)"
    assert child.run(program, path=str(tmp_path / "m.gguf")) is None
    (tmp_path / "mmproj-m-f16.gguf").write_bytes(b"GGUF")
    assert child.run(program, path=str(tmp_path / "m.gguf")) == str(tmp_path / "mmproj-m-f16.gguf")
    server.repos["owner/tiny"] = {"Tiny-Q8_0.gguf": DATA}
    assert child.run("result = hub.mmproj('hf:owner/tiny:Q8_0')") is None
    assert "there is no repository" in child.error("hub.mmproj('hf:owner/none')")[1]


def test_a_token_of_the_caller(child: Child, server: HubServer) -> None:
    server.needs_token = "secret"
    assert "private and needs HF_TOKEN" in child.error("hub.pretrained('owner/tiny', 'Tiny-Q8_0.gguf')")[1]
    assert pretrained(child, "owner/tiny", "Tiny-Q8_0.gguf", token="secret").read_bytes() == FILES["Tiny-Q8_0.gguf"]


# What goes wrong on the way.

TOLD = """
told = []
path = hub.pretrained("owner/tiny", "Tiny-Q8_0.gguf", progress=lambda done, total: told.append((done, total)))
result = {"path": path, "told": told}
"""


def test_a_download_that_stalls_is_resumed(child: Child, server: HubServer) -> None:
    large = DATA * 80  # what came is written in pieces of 10 MB
    server.repos["owner/tiny"]["Tiny-Q8_0.gguf"] = large
    server.stalls = 1
    result = child.run(TOLD)
    assert Path(result["path"]).read_bytes() == large
    assert [asked for kind, _, asked in server.requests if kind == "GET" and asked] == ["bytes=10485760-"]
    assert result["told"][-1] == [len(large), len(large)]


def test_a_slow_download_is_told_of(child: Child, server: HubServer) -> None:
    large = DATA * 35
    server.repos["owner/tiny"]["Tiny-Q8_0.gguf"] = large
    server.pause = 0.001
    try:
        result = child.run(TOLD)
    finally:
        server.pause = 0.0
    assert Path(result["path"]).read_bytes() == large
    done = [n for n, _ in result["told"]]
    assert done == sorted(done)
    assert (len(done), done[-1]) == (2, len(large))


def test_a_hub_that_fails_is_no_reason_without_need(child: Child, server: HubServer) -> None:
    path = pretrained(child, "owner/tiny", "Q4_K_M")
    server.fails = 20
    try:
        assert pretrained(child, "owner/tiny", "Q4_K_M") == path
        assert pretrained(child, "owner/tiny", "deep/Tiny-Q4_K_M.gguf") == path
        assert "503" in child.error("hub.pretrained('owner/tiny', 'Tiny-Q8_0.gguf')")[1]
    finally:
        server.fails = 0


STOPPED = """
def stop(done, total):
    if done > 11_000_000:
        raise InterruptedError("enough for today")
hub.pretrained("owner/tiny", "Tiny-Q8_0.gguf", progress=stop)
"""


def test_what_progress_raises_ends_the_download(child: Child, server: HubServer) -> None:
    large = DATA * 80
    server.repos["owner/tiny"]["Tiny-Q8_0.gguf"] = large
    assert child.error(STOPPED) == ("InterruptedError", "enough for today")
    kind, text = child.error("hub.pretrained('owner/tiny', 'Tiny-Q8_0.gguf', local_files_only=True)")
    assert (kind, "nothing of it is here" in text) == ("ModelLoadError", True)
    assert Path(child.run(TOLD)["path"]).read_bytes() == large


# Where a model is asked for, a name will do.

MODELS = """
from llamacffi import DraftModel, GGUFFile, Model, SamplingParams, Sequence, fit_params, generate
"""


@pytest.fixture
def real(server: HubServer, child: Child, bigram: BigramModel, tmp_path: Path) -> Child:
    n = len(bigram.vocab)
    lora = write_lora(tmp_path / "lora.gguf", bigram_lora(n), alpha=1.0)
    server.repos["owner/tiny"] = {
        "sub/Tiny-Q8_0.gguf": bigram.path.read_bytes(),
        "lora/poet-F16.gguf": lora.read_bytes(),
    }
    return child


def bigram_lora(n_vocab: int) -> Any:
    from tests.models import bigram_pairs

    return bigram_pairs(n_vocab, {(1, 2): 3.0})


@pytest.mark.parametrize(
    "made",
    [
        "Model('hf:owner/tiny:Q8_0')",
        "Model('hf:owner/tiny:sub/Tiny-Q8_0.gguf', n_gpu_layers=0)",
        "Model.from_pretrained('owner/tiny', 'Q8_0', n_gpu_layers=0)",
        "Model.from_pretrained('owner/tiny', '*Q8_0.gguf', local_dir=folder, vocab_only=True)",
    ],
)
def test_a_model_by_its_name(real: Child, bigram: BigramModel, tmp_path: Path, made: str) -> None:
    program = f"{MODELS}\nwith {made} as model:\n    result = [model.vocab.n_tokens, model.path]"
    n_tokens, path = real.run(program, folder=str(tmp_path / "local"))
    assert n_tokens == len(bigram.vocab)
    assert Path(path).read_bytes() == bigram.path.read_bytes()


def test_an_adapter_and_a_draft_by_their_names(real: Child) -> None:
    program = f"""{MODELS}
with Model("hf:owner/tiny:Q8_0") as model, Model("hf:owner/tiny:Q8_0") as small:
    adapter = model.adapter("hf:owner/tiny:lora/poet-F16.gguf")
    with model.context(n_ctx=64) as context, DraftModel(small, n_ctx=64) as draft:
        completion = generate(Sequence(context), "One", SamplingParams(temperature=0, max_tokens=8), predictor=draft)
    result = [adapter.path.name, small.path.name, completion.usage.completion_tokens]
    result.append(fit_params("hf:owner/tiny:Q8_0").fits)
with GGUFFile("hf:owner/tiny:Q8_0") as file:
    result.append(file.metadata["general.architecture"])
"""
    assert real.run(program) == ["poet-F16.gguf", "Tiny-Q8_0.gguf", 8, True, "llama"]


def test_unknown_options_are_refused(real: Child) -> None:
    program = f"{MODELS}\nModel.from_pretrained('owner/tiny', 'Q8_0', n_gpu_layer=1)"
    kind, text = real.error(program)
    assert kind == "TypeError"
    assert "n_gpu_layers" in text


def test_the_command_line_takes_names(real: Child) -> None:
    program = """
from typer.testing import CliRunner
from llamacffi.cli.app import app
run = CliRunner().invoke(app, ["generate", "-m", "hf:owner/tiny:Q8_0", "--ctx", "64", "-n", "4", "One"])
result = [run.exit_code, run.stdout]
"""
    code, output = real.run(program)
    assert code == 0
    assert output.startswith("One")
