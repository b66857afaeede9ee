"""models.toml: names of the user's own, and what they stand for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from llamacffi import Model, hub
from llamacffi.errors import ModelLoadError
from tests.models import BigramModel
from tests.unit.hub.shop import Shop


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LLAMACFFI_CONFIG", str(tmp_path / "config"))
    (tmp_path / "config").mkdir()
    return tmp_path / "config"


def write(config: Path, text: str) -> None:
    (config / "models.toml").write_text(text, encoding="utf-8")


def test_without_a_file_there_are_none(config: Path) -> None:
    assert hub.names() == {}
    assert hub.names_file() == config / "models.toml"


@pytest.mark.skipif(sys.platform != "linux", reason="the XDG convention")
def test_the_platforms_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMACFFI_CONFIG", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert hub.names_file() == tmp_path / "llamacffi" / "models.toml"


def test_a_path(config: Path, bigram: BigramModel) -> None:
    write(config, f"mine = '{bigram.path}'\n\"Also.Mine\" = '{bigram.path}'")
    assert hub.resolve("mine") == hub.resolve("also.mine") == bigram.path
    with Model("mine") as model:
        assert model.vocab.n_tokens == len(bigram.vocab)


def test_a_path_beside_the_file(config: Path) -> None:
    write(config, 'mine = "deep/m.gguf"')
    (config / "deep").mkdir()
    (config / "deep" / "m.gguf").write_bytes(b"GGUF")
    assert hub.resolve("mine") == config / "deep" / "m.gguf"


def test_a_path_in_the_search_path_and_at_home(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("home", "models"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{folder}.gguf").write_bytes(b"GGUF")
    monkeypatch.setenv("LLAMACFFI_MODELS", os.pathsep.join((str(tmp_path / "none"), str(tmp_path / "models"))))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    write(config, 'one = "~/home.gguf"\ntwo = "models"')
    assert hub.resolve("one") == tmp_path / "home" / "home.gguf"
    assert hub.resolve("two") == tmp_path / "models" / "models.gguf"


def test_a_name_of_the_catalogue(config: Path, shop: Shop) -> None:
    write(config, 'mine = "tiny"\ntiny = "nothing.gguf"')
    with pytest.raises(ModelLoadError, match="it is not in the cache; `llamacffi models pull tiny` gets it"):
        hub.resolve("mine", offline=True)
    assert hub.resolve("mine") == shop.target
    # One's own names come first, and no name leads to another of one's own.
    with pytest.raises(ModelLoadError, match="'tiny'.* stands for 'nothing.gguf' in .*models.toml"):
        hub.resolve("tiny")
    assert hub.remove("mine")
    assert not shop.target.exists()


def test_a_file_goes_before_a_name(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(config, 'mine = "other.gguf"')
    monkeypatch.chdir(config)
    Path("mine").write_bytes(b"GGUF")
    assert hub.resolve("mine") == Path("mine")


def test_a_name_that_is_nearly_one(config: Path) -> None:
    write(config, 'my-model = "a.gguf"')
    with pytest.raises(ModelLoadError, match="did you mean 'my-model'"):
        hub.resolve("my-modle")


def test_files_of_ones_own_are_not_removed(config: Path, bigram: BigramModel) -> None:
    write(config, f"mine = '{bigram.path}'")
    with pytest.raises(ModelLoadError, match="a file of your own"):
        hub.remove("mine")
    assert bigram.path.exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("mine =", "the names of models in it cannot be read"),
        ("mine = 3", "mine must stand for a path or a name, as in mine = .*, not for 3"),
        ('qwen2.5 = "hf:a/b"', "qwen2 must stand for .*a name with a dot in it needs quotation marks"),
        ('mine = ""', "mine must stand for a path or a name"),
    ],
)
def test_what_cannot_be_read(config: Path, text: str, reason: str) -> None:
    write(config, text)
    with pytest.raises(ModelLoadError, match=reason) as caught:
        hub.resolve("mine")
    assert str(config / "models.toml") in str(caught.value)


def test_what_is_no_text(config: Path) -> None:
    (config / "models.toml").write_bytes(b"mine = '\xff'")
    with pytest.raises(ModelLoadError, match="cannot be read"):
        hub.names()
