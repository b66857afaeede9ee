"""A package index made of files: for each backend a folder of wheels becomes pages that pip reads (PEP 503)."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import zipfile
from dataclasses import dataclass
from email.parser import HeaderParser
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from bindgen.files import write_if_changed

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Wheel", "WheelIndexError", "write"]

_FILE_NAME = re.compile(r"([^-]+)-([^-]+)(-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl")

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="pypi:repository-version" content="1.0">
<title>{title}</title>
</head>
<body>
<h1>{title}</h1>
{links}
</body>
</html>
"""


class WheelIndexError(RuntimeError):
    """The wheels cannot be made an index."""


@dataclass(frozen=True)
class Wheel:
    """What an index says of one wheel."""

    path: Path
    project: str  # normalised: lower case, one hyphen for each run of -, _ and .
    requires_python: str
    sha256: str
    metadata: bytes

    @classmethod
    def read(cls, path: Path) -> Wheel:
        """Read a wheel's own metadata; WheelIndexError when it is no wheel or calls itself something else."""
        name = _FILE_NAME.fullmatch(path.name)
        if name is None:
            raise WheelIndexError(f"{path} is not named as a wheel is: NAME-VERSION-PYTHON-ABI-PLATFORM.whl")
        try:
            with zipfile.ZipFile(path) as archive:
                metadata = archive.read(f"{name[1]}-{name[2]}.dist-info/METADATA")
        except (zipfile.BadZipFile, KeyError) as error:
            raise WheelIndexError(f"{path} is not a whole wheel ({error}); build it again") from error
        headers = HeaderParser().parsestr(metadata.decode("utf-8"))
        project = _normalised(name[1])
        if _normalised(headers.get("Name", "")) != project:
            raise WheelIndexError(f"{path} says in its metadata that it is {headers.get('Name')!r}")
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        return cls(path, project, headers.get("Requires-Python", ""), sha256, metadata)


def write(wheels: Path, out: Path, *, url: str | None = None) -> list[Path]:
    """Write an index, `out`/BACKEND, for each folder `wheels`/BACKEND that holds wheels, and return where they are.

    Once it is served, pip takes `out`/BACKEND as its `--index-url` or `--extra-index-url`. The wheels are put beside
    the pages or, with `url`, are linked as `url`/BACKEND/FILE. The same wheels always give the same pages. Raises
    WheelIndexError, before anything is written, when there is no wheel or one that is not whole.
    """
    if not wheels.is_dir():
        raise WheelIndexError(f"there is no folder {wheels}")
    backends = {
        folder: [Wheel.read(file) for file in sorted(folder.glob("*.whl"))]
        for folder in sorted(wheels.iterdir())
        if folder.is_dir()
    }
    written = [out / folder.name for folder, found in backends.items() if found]
    if not written:
        raise WheelIndexError(
            f"no wheel in a folder below {wheels}; it must hold one for each backend, such as {wheels / 'cpu'}"
        )
    for folder, found in backends.items():
        if found:
            _write_backend(out / folder.name, found, f"{url}/{folder.name}" if url else None)
    _write_page(out, "Wheels of llamacffi for each backend", (_link(f"{page.name}/", page.name) for page in written))
    return written


def _write_backend(out: Path, wheels: list[Wheel], url: str | None) -> None:
    projects: dict[str, list[Wheel]] = {}
    for wheel in wheels:
        projects.setdefault(wheel.project, []).append(wheel)
    _write_page(out, f"Packages for {out.name}", (_link(f"{name}/", name) for name in sorted(projects)))
    for name, group in projects.items():
        folder = out / name
        links = []
        for wheel in group:
            attributes = {"data-requires-python": wheel.requires_python}
            if url is None:
                _put(wheel, folder)
                attributes["data-core-metadata"] = f"sha256={hashlib.sha256(wheel.metadata).hexdigest()}"
            place = f"{url}/" if url else ""
            links.append(_link(f"{place}{quote(wheel.path.name)}#sha256={wheel.sha256}", wheel.path.name, attributes))
        _write_page(folder, f"Links for {name}", links)


def _put(wheel: Wheel, folder: Path) -> None:
    """The wheel, and beside it the metadata alone: pip then fetches a kilobyte to see what a wheel needs (PEP 658)."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / wheel.path.name
    target.unlink(missing_ok=True)
    try:
        os.link(wheel.path, target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(wheel.path, target)
    (folder / f"{wheel.path.name}.metadata").write_bytes(wheel.metadata)


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _link(href: str, text: str, attributes: dict[str, str] | None = None) -> str:
    more = "".join(f' {name}="{escape(value)}"' for name, value in (attributes or {}).items() if value)
    return f'<a href="{escape(href)}"{more}>{escape(text)}</a><br>'


def _write_page(folder: Path, title: str, links: Iterable[str]) -> None:
    write_if_changed(folder / "index.html", _PAGE.format(title=escape(title), links="\n".join(links)))
