"""Every function and constant of llama.cpp's headers is in `lib`, counted by tools that know nothing of bindgen."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from llamacffi import _native, ffi, lib
from llamacffi.errors import BuildError

_NATIVE = Path(_native.__file__).parent
_HEADERS = (
    "ggml/include/ggml.h",
    "ggml/include/ggml-alloc.h",
    "ggml/include/ggml-backend.h",
    "ggml/include/ggml-cpu.h",
    "ggml/include/ggml-opt.h",
    "ggml/include/gguf.h",
    "ggml/include/ggml-rpc.h",
    "include/llama.h",
    "tools/mtmd/mtmd.h",
    "tools/mtmd/mtmd-helper.h",
)


def _tool(*names: str) -> str:
    for name in names:
        if path := shutil.which(name):
            return path
    pytest.fail(f"these tests compare with what a compiler says: install {names[0]} (apt-get install gcc binutils)")


@pytest.fixture(scope="module")
def api() -> list[dict[str, Any]]:
    declarations: list[dict[str, Any]] = json.loads((_NATIVE / "api.json").read_text(encoding="utf-8"))["declarations"]
    return declarations


@pytest.fixture(scope="module")
def headers(llama_cpp: Path) -> dict[str, str]:
    """Each header's text without comments and preprocessor lines."""
    return {name: _strip((llama_cpp / name).read_text(encoding="utf-8")) for name in _HEADERS}


def _strip(text: str) -> str:
    # What only C++ sees is not part of the C API.
    text = re.sub(r"#ifdef __cplusplus\n(?!extern).*?#endif", "", text, flags=re.DOTALL)
    text = re.sub(r"//[^\n]*|/\*.*?\*/|\b\w*DEPRECATED\s*\(", "", text, flags=re.DOTALL)
    return re.sub(r"^\s*#.*(?:\\\n.*)*$", "", text, flags=re.MULTILINE)


def _declared(headers: dict[str, str]) -> set[str]:
    """The functions that the headers mark as their API, by the macro before them."""
    marked = re.compile(r"\b(?:GGML_API|GGML_BACKEND_API|LLAMA_API|MTMD_API)\b[^;{}]*?\b(\w+)\s*\(")
    return {name for text in headers.values() for name in marked.findall(text)}


def _exported() -> set[str]:
    """What the built libraries and plug-ins define, as nm lists it."""
    names: set[str] = set()
    for library in (_NATIVE / "lib").iterdir():
        listing = subprocess.run(
            [_tool("nm"), "-D", "--defined-only", library], capture_output=True, text=True, check=True
        )
        names |= {line.split()[-1] for line in listing.stdout.splitlines() if line.split()[-2] in "TW"}
    return names


def test_every_function_that_is_defined_is_in_lib(headers: dict[str, str]) -> None:
    declared, exported = _declared(headers), _exported()
    assert len(declared) > 800  # of any llama.cpp that this package compiles with
    assert sorted(declared & exported - set(dir(lib))) == []
    # And lib has nothing that would fail when it is called because nothing defines it.
    assert sorted((declared & set(dir(lib))) - exported) == []


def test_what_is_missing_is_what_the_link_probe_found(headers: dict[str, str]) -> None:
    assert sorted(_declared(headers) - set(dir(lib))) == sorted(_native.build_info()["undefined"])


def test_the_committed_api_has_each_declared_function(headers: dict[str, str], api: list[dict[str, Any]]) -> None:
    functions = {row["name"] for row in api if row["declaration"] == "function"}
    assert _declared(headers) <= functions


def test_cffi_refused_nothing() -> None:
    assert _native.build_info()["refused"] == []


def test_no_shim_was_left_out(other_llama_cpp: bool, api: list[dict[str, Any]]) -> None:  # noqa: FBT001
    left_out = _native.build_info()["left_out"]
    assert other_llama_cpp or left_out == []
    theirs = [row["name"] for row in api if row["declaration"] == "function" and row["header"] in left_out]
    assert bool(theirs) == bool(left_out)
    for name in theirs:
        function = getattr(lib, name)
        nothing = [ffi.NULL if argument.kind == "pointer" else 0 for argument in ffi.typeof(function).args]
        with pytest.raises(BuildError, match=rf"{name} is not in this build: what csrc/\w+\.h declares does not fit"):
            function(*nothing)


def test_constants_have_the_compilers_values(api: list[dict[str, Any]], llama_cpp: Path, tmp_path: Path) -> None:
    """A C program prints every enumerator and #define; lib must agree, and so must api.json where it has a value."""
    names = {Path(name).name for name in _HEADERS}
    theirs = [row for row in api if row["header"] in names]  # not those of llamacffi's own C
    enumerators = [
        (row["name"], row.get("value")) for e in theirs if e["declaration"] == "enum" for row in e["members"]
    ]
    constants = [row for row in theirs if row["declaration"] == "constant"]
    known = dict(enumerators) | {row["name"]: row.get("value") for row in constants}
    formats = {"int": '"%lld"', "float": '"%.17g"', "str": '"%s"'}
    casts = {"int": "(long long) ", "float": "(double) ", "str": ""}
    kinds = dict.fromkeys((name for name, _ in enumerators), "int") | {row["name"]: row["type"] for row in constants}
    lines = [f'    printf("{name} " {formats[kind]} "\\n", {casts[kind]}{name});' for name, kind in kinds.items()]
    source = tmp_path / "constants.c"
    includes = "".join(f'#include "{Path(name).name}"\n' for name in _HEADERS)
    source.write_text(f"#include <stdio.h>\n{includes}int main(void) {{\n" + "\n".join(lines) + "\n    return 0;\n}\n")
    folders = sorted({(llama_cpp / name).parent for name in _HEADERS})
    program = tmp_path / "constants"
    flags = [f"-I{folder}" for folder in folders]
    subprocess.run([_tool("cc", "gcc", "clang"), *flags, "-o", program, source], check=True)
    printed = subprocess.run([program], capture_output=True, text=True, check=True).stdout

    values = dict(line.split(" ", 1) for line in printed.splitlines())
    assert len(values) == len(kinds) > 350
    parsers = {"int": int, "float": float, "str": str}
    for name, text in values.items():
        expected = parsers[kinds[name]](text)
        found = getattr(lib, name)
        assert (ffi.string(found).decode() if kinds[name] == "str" else found) == expected, name
        assert known[name] in (None, expected), name
