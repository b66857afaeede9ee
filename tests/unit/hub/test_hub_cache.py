"""What the Hub's cache holds: listed, verified, freed, by the functions and by the command line."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.hub.child import Child, started
from tests.unit.hub.hub_server import COMMIT, HubServer, served

DATA = bytes(range(256)) * 400
SPLIT = [f"parts/Big-Q8_0-{i:05}-of-00002.gguf" for i in (1, 2)]
FILES = {
    "config.json": b"{}",
    "Tiny-Q4_K_M.gguf": b"a" + DATA,
    "Tiny-Q8_0.gguf": b"b" + DATA,
    **{name: name.encode() + DATA for name in SPLIT},
}
COMMAND = """
from typer.testing import CliRunner
from llamacffi.cli.app import app
run = CliRunner().invoke(app, ["models", *arguments])
result = [run.exit_code, run.stdout, run.stderr]
"""


@pytest.fixture(scope="module")
def hub_server() -> Iterator[HubServer]:
    pytest.importorskip("huggingface_hub")
    with served({"owner/tiny": dict(FILES)}) as server:
        yield server


@pytest.fixture(scope="module")
def child_and_home(hub_server: HubServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Child, Path]]:
    home = tmp_path_factory.mktemp("hf")
    settings = {"HF_ENDPOINT": hub_server.url, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1", "HF_TOKEN": ""}
    with started(**settings, LLAMACFFI_CACHE=str(home / "ours"), LLAMACFFI_CONFIG=str(home)) as child:
        yield child, home


@pytest.fixture
def home(child_and_home: tuple[Child, Path], hub_server: HubServer) -> Path:
    home = child_and_home[1]
    shutil.rmtree(home / "hub", ignore_errors=True)
    (home / "models.toml").unlink(missing_ok=True)
    hub_server.commit = COMMIT
    hub_server.repos["owner/tiny"] = dict(FILES)
    return home


@pytest.fixture
def child(child_and_home: tuple[Child, Path], home: Path) -> Child:
    return child_and_home[0]


def command(child: Child, *arguments: str) -> tuple[int, str, str]:
    code, output, errors = child.run(COMMAND, arguments=arguments)
    return code, output, errors


def pull(child: Child, name: str) -> Path:
    return Path(child.run("result = hub.resolve(name)", name=name))


def bytes_of(home: Path) -> int:
    """What the cache takes of the disk."""
    return sum(path.stat().st_size for path in home.glob("hub/models--*/blobs/*"))


def test_nothing_is_there(child: Child) -> None:
    assert child.run("result = hub.cached()") == []
    assert command(child, "verify") == (0, "", "")
    assert not child.run("result = hub.remove('hf:owner/tiny')")


def test_what_is_there_is_listed(child: Child) -> None:
    one, two = pull(child, "hf:owner/tiny:Q4_K_M"), pull(child, "hf:owner/tiny:parts/*")
    program = "result = [[model.name, model.size, list(map(str, model.files))] for model in hub.cached()]"
    sizes = [len(FILES[name]) for name in ("Tiny-Q4_K_M.gguf", *SPLIT)]
    assert child.run(program) == [
        ["hf:owner/tiny:Tiny-Q4_K_M.gguf", sizes[0], [str(one)]],
        [f"hf:owner/tiny:{SPLIT[0]}", sizes[1] + sizes[2], [str(two), str(two).replace("00001-of", "00002-of")]],
    ]
    # Each name leads to its file.
    assert pull(child, f"hf:owner/tiny:{SPLIT[0]}") == two


def test_the_list_of_the_command(child: Child, home: Path) -> None:
    (home / "models.toml").write_text('mine = "hf:owner/tiny:Q8_0"', encoding="utf-8")
    pull(child, "hf:owner/tiny:parts/*")
    for arguments in ((), ("list",)):
        code, output, _ = command(child, *arguments)
        lines = [line.split() for line in output.splitlines()]
        assert code == 0
        assert lines[0][:3] == ["name", "size", "licence"]
        assert lines[1][0] == "smollm2-135m-instruct"
        assert lines[2] == ["mine", "your", "own", "hf:owner/tiny:Q8_0"]
        assert lines[3] == [f"hf:owner/tiny:{SPLIT[0]}", "0", "MB", "in", "the", "Hub's", "cache", "2", "files"]


def test_ones_own_names_are_pulled(child: Child, home: Path) -> None:
    (home / "models.toml").write_text('mine = "hf:owner/tiny:Tiny-Q8_0.gguf"', encoding="utf-8")
    assert command(child, "path", "mine")[0] == 1
    code, output, errors = command(child, "pull", "mine")
    assert (code, errors) == (0, "")
    assert (code, Path(output.strip()).read_bytes()) == (0, FILES["Tiny-Q8_0.gguf"])
    assert command(child, "path", "mine") == (0, output, "")
    assert command(child, "verify", "mine") == (0, "mine: whole\n", "")
    assert command(child, "remove", "mine") == (0, "removed mine\n", "")
    assert bytes_of(home) == 0


def test_one_of_two_models_is_removed(child: Child, home: Path) -> None:
    one, two = pull(child, "hf:owner/tiny:Q4_K_M"), pull(child, "hf:owner/tiny:Tiny-Q8_0.gguf")
    code, _, errors = command(child, "remove", "hf:owner/tiny")
    assert code == 1
    assert "the cache has several models of it, name one: Tiny-Q4_K_M.gguf, Tiny-Q8_0.gguf" in errors
    assert command(child, "remove", "hf:owner/tiny:Tiny-Q8_0.gguf")[1] == "removed hf:owner/tiny:Tiny-Q8_0.gguf\n"
    assert one.read_bytes() == FILES["Tiny-Q4_K_M.gguf"]
    assert not two.exists()
    assert bytes_of(home) == len(FILES["Tiny-Q4_K_M.gguf"])
    assert command(child, "remove", "hf:owner/tiny:Q8_0")[1] == "hf:owner/tiny:Q8_0 is not in the cache\n"
    assert command(child, "remove", "hf:owner/tiny")[0] == 0
    assert not (home / "hub" / "models--owner--tiny" / "snapshots" / COMMIT).exists()


def test_all_parts_are_removed(child: Child, home: Path) -> None:
    pull(child, "hf:owner/tiny:parts/*")
    assert bytes_of(home) == sum(len(FILES[name]) for name in SPLIT)
    assert command(child, "remove", f"hf:owner/tiny:{SPLIT[1]}")[0] == 0
    assert bytes_of(home) == 0


def test_what_another_revision_has_too(child: Child, home: Path, hub_server: HubServer) -> None:
    old = pull(child, "hf:owner/tiny:Q4_K_M")
    hub_server.commit = "f" * 40
    hub_server.repos["owner/tiny"]["Tiny-Q8_0.gguf"] = b"new" + DATA
    new = pull(child, "hf:owner/tiny:Q4_K_M")
    assert new != old
    assert new.resolve() == old.resolve()
    names = child.run("result = [model.name for model in hub.cached()]")
    assert names == ["hf:owner/tiny:Tiny-Q4_K_M.gguf", f"hf:owner/tiny@{COMMIT}:Tiny-Q4_K_M.gguf"]
    assert command(child, "remove", names[1])[0] == 0
    assert new.read_bytes() == FILES["Tiny-Q4_K_M.gguf"]
    pull(child, names[1])
    assert command(child, "remove", names[0])[0] == 0
    assert bytes_of(home) == 0


def test_damage_is_found(child: Child) -> None:
    pull(child, "hf:owner/tiny:Q4_K_M")
    path = pull(child, "hf:owner/tiny:parts/*")
    code, output, errors = command(child, "verify")
    assert (code, errors) == (0, "")
    assert output == f"hf:owner/tiny:Tiny-Q4_K_M.gguf: whole\nhf:owner/tiny:{SPLIT[0]}: whole\n"
    second = path.with_name(path.name.replace("00001-of", "00002-of"))
    blob = second.resolve()
    data = bytearray(blob.read_bytes())
    data[1000] ^= 1
    blob.write_bytes(data)
    code, output, errors = command(child, "verify")
    assert code == 1
    assert output.splitlines()[1].startswith(f"hf:owner/tiny:{SPLIT[0]}: damaged: {second}: sha256 ")
    assert output.endswith(f"expected {blob.name}\n")
    assert "llamacffi models pull --verify NAME" in errors
    assert command(child, "verify", "hf:owner/tiny:Q4_K_M")[0] == 0
    assert command(child, "verify", "hf:owner/tiny:parts/*")[0] == 1
    code, _, errors = command(child, "verify", "hf:owner/tiny:Q2_K")
    assert (code, "it is not in the Hub's cache: no file is 'Q2_K'" in errors) == (1, True)


def test_what_is_damaged_comes_again(child: Child, hub_server: HubServer) -> None:
    hub_server.damages = 1  # nothing looks at it: the size is right
    path = pull(child, "hf:owner/tiny:Q4_K_M")
    assert path.read_bytes() != FILES["Tiny-Q4_K_M.gguf"]
    assert pull(child, "hf:owner/tiny:Q4_K_M") == path
    kind, text = child.error("hub.resolve('hf:owner/tiny:Q4_K_M', verify=True, offline=True)")
    assert (kind, "it is damaged: sha256" in text) == ("ModelLoadError", True)
    assert command(child, "pull", "--verify", "hf:owner/tiny:Q4_K_M") == (0, f"{path}\n", "")
    assert path.read_bytes() == FILES["Tiny-Q4_K_M.gguf"]
    path.resolve().write_bytes(b"GGUF")
    hub_server.damages = 1
    code, _, errors = command(child, "pull", "--verify", "hf:owner/tiny:Q4_K_M")
    assert code == 1
    assert "it is damaged after a second download too" in errors


def test_files_of_git(child: Child, hub_server: HubServer) -> None:
    hub_server.repos["owner/tiny"] = {"Small-Q8_0.gguf": b"GGUF"}
    hub_server.etags["Small-Q8_0.gguf"] = "53b7dcdfb2702f3512ca9b967b2a138fcfe9bea9"  # `git hash-object` says so
    path = pull(child, "hf:owner/tiny")
    assert command(child, "verify", "hf:owner/tiny")[:2] == (0, "hf:owner/tiny: whole\n")
    path.resolve().write_bytes(b"GGUG")
    code, output, _ = command(child, "verify", "hf:owner/tiny")
    assert (code, "git's sha1" in output) == (1, True)


def test_the_catalogue_is_verified(child: Child, home: Path) -> None:
    name = "smollm2-135m-instruct"
    program = "result = [[entry.file, entry.size] for entry, _ in hub.models()][0]"
    file, size = child.run(program)
    path = home / "ours" / "models" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    code, _, errors = command(child, "verify", name)
    assert (code, f"llamacffi models pull {name}" in errors) == (1, True)
    path.write_bytes(b"GGUF")
    assert command(child, "verify")[:2] == (1, f"{name}: damaged: {path}: 4 bytes, expected {size}\n")
    path.unlink()


def test_a_file_of_ones_own_has_no_hash(child: Child, tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    name = str(tmp_path / "m.gguf")
    assert command(child, "verify", name) == (0, f"{name}: not checked, as no hash of it is known\n", "")
