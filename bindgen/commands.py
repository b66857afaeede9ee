"""What build_ffi.py's commands do with the API of a llama.cpp tree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from bindgen import emit_c, emit_ctypes, emit_guard, emit_options, emit_stub, headers, model, probe
from bindgen.declarations import Api
from bindgen.diff import compare
from bindgen.files import holds, write_if_changed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["diff", "emit", "generate", "generated", "load"]


def include_dirs(tree: Path, native: Path) -> list[Path]:
    """Where llama.cpp's public headers and ours are; `native` is the folder of llamacffi/_native."""
    return [tree / "include", tree / "ggml" / "include", tree / "tools" / "mtmd", native / "csrc"]


def load(tree: Path, native: Path) -> Api:
    """The API of a llama.cpp tree together with that of our csrc headers."""
    wanted = [*headers.public_headers(tree), *headers.csrc_headers(native / "csrc")]
    return model.load(wanted, include_dirs(tree, native))


def generate(tree: Path, native: Path, *, check: bool = False) -> list[Path]:
    """Write the generated files that live in the repository; returns those that were not what the headers give.

    With `check` nothing is written.
    """
    files = generated(load(tree, native))
    stale = [native / name for name, text in files.items() if not holds(native / name, text)]
    if not check:
        for path in stale:
            path.write_text(files[path.name], encoding="utf-8")
    return stale


def generated(api: Api) -> dict[str, str]:
    """The texts of the generated files that live in the repository, by name."""
    return {
        "_llama.pyi": emit_stub.emit(api),
        "options.py": emit_options.emit(api),
        **emit_ctypes.emit(api),
        "api.json": api.to_json(),
    }


def diff(old: Path, new: Path, native: Path) -> tuple[str, bool]:
    """What changed between two llama.cpp folders or api.json files, and whether it breaks users of the old one."""

    def read(path: Path) -> Api:
        return load(path, native) if path.is_dir() else Api.from_json(path.read_text(encoding="utf-8"))

    changes = compare(read(old), read(new))
    return changes.render(), changes.breaking


def emit(
    tree: Path,
    native: Path,
    output: Path,
    info: Path,
    *,
    compiler: str,
    linker: str,
    libraries: Sequence[Path],
    plugins: Mapping[str, str],
    left_out: Sequence[str] = (),
) -> None:
    """Write into `output` what CMake compiles into the extension, once the libraries to link against are there.

    `info` holds facts of the build as JSON; with what the link probe and cffi found they become _build_info.json.
    `left_out` names headers of ours whose functions this build does not have.
    """
    api = load(tree, native)
    missing = probe.undefined(
        api,
        cc=[compiler],
        linker=[linker],
        include_dirs=include_dirs(tree, native),
        libraries=libraries,
        # Variants of the CPU backend, such as ggml-cpu-haswell, define the same functions: one of them is asked.
        plugins={name.split("-")[1]: Path(path) for name, path in plugins.items()},
    )
    refused = emit_c.write_module(api, output / "_llama.c", missing)
    write_if_changed(output / "guards.cpp", emit_guard.emit(api, missing, left_out))
    write_if_changed(output / "lcffi_has.h", emit_guard.features(api, missing))
    facts = json.loads(info.read_text(encoding="utf-8"))
    facts |= {"undefined": list(missing), "refused": [list(row) for row in refused], "left_out": list(left_out)}
    write_if_changed(output / "_build_info.json", json.dumps(facts, indent=2) + "\n")
