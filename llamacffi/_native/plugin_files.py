"""Where the plug-in files of the backends are: in the package, added by the user, or in a package of their own."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "ENTRY_POINTS",
    "added_folder",
    "build_info",
    "data_dir",
    "folders",
    "packaged_folders",
    "plugins",
    "shared_library",
]

ENTRY_POINTS = "llamacffi.backends"
"""The group in which a package names itself that carries a plug-in, in its folder `lib`."""

_PACKAGE = Path(__file__).parent
_OUR_LIBRARIES = "-lcffi"  # ends the names of the libraries beside the plug-ins: libggml-base-lcffi.so and the like


@cache
def build_info() -> Mapping[str, Any]:
    """What the build wrote down: llama_commit, llama_version, backends, cmake_args, undefined and more."""
    import json

    try:
        info: dict[str, Any] = json.loads((_PACKAGE / "_build_info.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return info


def data_dir() -> Path:
    """Where what the user adds is kept, which need not exist: LLAMACFFI_DATA, else the platform's place for data."""
    named = os.environ.get("LLAMACFFI_DATA")
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("llamacffi", appauthor=False))


def added_folder(commit: str | None = None) -> Path:
    """Where `llamacffi backend add` puts plug-ins, a folder for each: by default those of this package's llama.cpp."""
    return data_dir() / "backends" / (commit or build_info().get("llama_commit", "unknown"))


def folders() -> tuple[Path, ...]:
    """Where plug-ins are looked for, in order; never the working directory, where ggml itself would look too.

    Of two files that are equally good the first is loaded: what the user added comes before what was installed.
    """
    try:
        added = sorted(path for path in added_folder().iterdir() if not path.name.startswith("."))
    except OSError:  # there is none, or it is not ours to read
        added = []
    return (*added, *packaged_folders().values(), _PACKAGE / "lib")


def packaged_folders() -> dict[str, Path]:
    """The folders of the installed packages that carry a plug-in, by the name of the package; none is imported."""
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    found = {}
    for point in entry_points(group=ENTRY_POINTS):
        try:
            spec = find_spec(point.module)
        except (ImportError, ValueError):  # left behind by a package that is gone
            continue
        for place in (spec and spec.submodule_search_locations) or ():
            found[point.module] = Path(place) / "lib"
    return found


def plugins(where: Sequence[Path] | None = None) -> dict[str, list[Path]]:
    """The plug-in files by backend: libggml-cpu.so, and libggml-cpu-haswell.so too, belong to "cpu"."""
    found: dict[str, list[Path]] = {}
    for folder in folders() if where is None else where:
        for pattern in ("libggml-*.so", "libggml-*.dylib", "ggml-*.dll"):
            for path in sorted(folder.glob(pattern)):
                if not path.stem.endswith(_OUR_LIBRARIES):
                    backend = path.stem.partition("ggml-")[2].partition("-")[0]
                    found.setdefault(backend, []).append(path)
    return found


def shared_library(name: str) -> Path:
    """The file of one of our libraries, by the name that llama.cpp gives it: "llama", "ggml", "ggml-base" or "mtmd"."""
    for pattern in (
        f"lib{name}{_OUR_LIBRARIES}.so",
        f"lib{name}{_OUR_LIBRARIES}.dylib",
        f"*{name}{_OUR_LIBRARIES}.dll",
    ):
        for path in (_PACKAGE / "lib").glob(pattern):
            return path
    message = f"there is no library {name!r} in {_PACKAGE / 'lib'}"
    raise FileNotFoundError(message)
