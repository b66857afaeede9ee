"""The link probe, over small libraries made here."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from bindgen import model, probe
from bindgen.declarations import Api
from bindgen.exports import ExportsError, exported, of_nm
from bindgen.headers import Header
from bindgen.probe import ProbeError

MAIN = """
#ifdef __cplusplus
extern "C" {
#endif
int here(int x);
int nowhere(void);
int elsewhere(void);
void variadic_nowhere(const char * format, ...);
static inline int inline_here(void) { return 1; }
#ifdef __cplusplus
}
#endif
"""
PLUGIN = "int in_plugin(void);\nint not_in_plugin(void);\n"


class Built:
    """An API with a library, a plug-in, and our own header."""

    def __init__(self, folder: Path, cc: str) -> None:
        self.folder = folder
        texts = {"main.h": MAIN, "plugin.h": PLUGIN, "ours.h": "void lcffi_ours(void);\n"}
        for name, text in texts.items():
            (folder / name).write_text(text)
        self.api: Api = model.load(
            [
                Header("main.h", folder / "main.h"),
                Header("plugin.h", folder / "plugin.h", plugin="cpu"),
                Header("ours.h", folder / "ours.h", ours=True),
            ],
            [folder],
        )
        self.main = self.library(cc, "libmain.so", "int here(int x) { return x; } int undefined_in_main(void);"
                                 " int uses(void) { return undefined_in_main(); }")  # fmt: skip
        self.other = self.library(cc, "libother.so", "int elsewhere(void) { return 2; }")
        self.plugin = self.library(cc, "libplugin.so", "int in_plugin(void) { return 3; }")

    def library(self, cc: str, name: str, code: str) -> Path:
        (self.folder / "code.c").write_text(code)
        path = self.folder / name
        subprocess.run([cc, "-w", "-shared", "-fPIC", "-o", path, self.folder / "code.c"], check=True)
        return path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, cc: str) -> Built:
    return Built(tmp_path_factory.mktemp("probe"), cc)


def undefined(built: Built, cc: str, cxx: str, libraries: list[Path], plugins: dict[str, Path]) -> tuple[str, ...]:
    return probe.undefined(
        built.api, cc=[cc], linker=[cxx], include_dirs=[built.folder], libraries=libraries, plugins=plugins
    )


def test_the_undefined_are_found_and_no_other(built: Built, cc: str, cxx: str) -> None:
    found = undefined(built, cc, cxx, [built.main, built.other], {"cpu": built.plugin})
    assert found == ("nowhere", "variadic_nowhere", "not_in_plugin")


def test_a_plugin_that_was_not_built_is_not_probed(built: Built, cc: str, cxx: str) -> None:
    assert undefined(built, cc, cxx, [built.main, built.other], {}) == ("nowhere", "variadic_nowhere")


def test_without_a_library_its_functions_are_undefined(built: Built, cc: str, cxx: str) -> None:
    assert undefined(built, cc, cxx, [built.main], {}) == ("nowhere", "elsewhere", "variadic_nowhere")


def test_none_when_all_are_defined(built: Built, cc: str, cxx: str) -> None:
    code = "int nowhere(void) { return 0; } void variadic_nowhere(const char * f, ...) {}"
    rest = built.library(cc, "librest.so", code)
    assert undefined(built, cc, cxx, [built.main, built.other, rest], {}) == ()


def test_many_are_found_in_spite_of_the_linkers_patience(cc: str, cxx: str, tmp_path: Path) -> None:
    names = [f"f{i}" for i in range(300)]
    (tmp_path / "x.h").write_text("".join(f"void {name}(void);\n" for name in names))
    api = model.load([Header("x.h", tmp_path / "x.h")], [tmp_path])
    found = probe.undefined(api, cc=[cc], linker=[cxx], include_dirs=[tmp_path], libraries=[], plugins={})
    assert list(found) == names


def test_another_failure_of_the_linker_is_an_error(built: Built, cc: str, cxx: str) -> None:
    with pytest.raises(ProbeError, match=r"does not link:\n.*gone\.so"):
        undefined(built, cc, cxx, [built.folder / "gone.so"], {})


def test_a_failure_of_the_compiler_is_an_error(built: Built, cc: str, cxx: str) -> None:
    with pytest.raises(ProbeError, match=r"does not compile:\n.*main\.h"):
        probe.undefined(built.api, cc=[cc], linker=[cxx], include_dirs=[], libraries=[], plugins={})


def test_a_compiler_that_is_not_there_is_named(built: Built, cxx: str) -> None:
    with pytest.raises(ProbeError, match="no-such-compiler does not start"):
        undefined(built, "no-such-compiler", cxx, [], {})


# ---- Windows and macOS -----------------------------------------------------------------------------------------------

CL = r"C:\Program Files\Microsoft Visual Studio\2022\BuildTools\VC\Tools\MSVC\14.44.35207\bin\Hostx64\x64\CL.exe"


@pytest.mark.parametrize("driver", [["cl"], [CL], ["ccache", "clang-cl.exe"]])
def test_microsofts_command_lines(driver: list[str]) -> None:
    source, object_, library, program = (Path(name) for name in ("p.c", "p.o", "llama-lcffi.lib", "p.exe"))
    assert probe.compile_command([*driver, "-Iinclude"], source, object_) == [
        *driver, "-Iinclude", "/nologo", "/w", "/c", "p.c", "/Fop.o",
    ]  # fmt: skip
    assert probe.link_command(driver, [object_, library], program) == [
        *driver, "/nologo", "p.o", "llama-lcffi.lib", "/Fep.exe",
    ]  # fmt: skip


@pytest.mark.parametrize("driver", ["gcc", "/usr/bin/clang++", r"C:\w64devkit\bin\gcc.exe", "clang"])
def test_other_compilers_are_not_taken_for_microsofts(driver: str) -> None:
    assert probe.compile_command([driver], Path("p.c"), Path("p.o"))[1:] == ["-w", "-c", "p.c", "-o", "p.o"]


FAKE_CL = """#!{python}
import pathlib, re, sys

known = {known!r}
sources = [word for word in sys.argv[1:] if word.endswith(".c")]
if sources:  # the object is the source
    (target,) = [word[3:] for word in sys.argv if word.startswith("/Fo")]
    pathlib.Path(target).write_text(pathlib.Path(sources[0]).read_text())
    sys.exit(0)
objects = [word for word in sys.argv[1:] if word.endswith(".o")]
names = re.findall(r"\\(probe_t\\) (\\w+)", pathlib.Path(objects[0]).read_text())
missing = [name for name in names if name not in known]
for i, name in enumerate(missing):
    code, where = (("LNK2001", ""), ("LNK2019", " referenced in function main"))[i % 2]
    what = ("unresolved external symbol", "Verweis auf nicht aufgelöstes externes Symbol")[i % 2]
    print(f"probe.o : error {{code}}: {{what}} {{name}}{{where}}")
if missing:
    print(f"probe.exe : fatal error LNK1120: {{len(missing)}} unresolved externals")
sys.exit(2 if missing else 0)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for cl is a script with a #! line")
def test_microsofts_linker_and_a_dll_for_a_plugin(built: Built, tmp_path: Path) -> None:
    cl = tmp_path / "cl"
    cl.write_text(FAKE_CL.format(python=sys.executable, known=["here", "elsewhere"]))
    cl.chmod(0o755)
    dll = tmp_path / "ggml-cpu.dll"
    dll.write_bytes(dll_with(["in_plugin", "something_else"]))
    found = undefined(built, str(cl), str(cl), [built.folder / "main.lib"], {"cpu": dll})
    assert found == ("nowhere", "variadic_nowhere", "not_in_plugin")


def dll_with(names: list[str]) -> bytes:
    """A DLL for 64 bits with nothing but an export table, loaded 0x1000 after where it lies in the file."""
    section, shift = 0x200, 0x1000
    strings, places = b"", []
    start = section + 40 + 4 * len(names)
    for name in names:
        places.append(start + len(strings) + shift)
        strings += name.encode() + b"\0"
    table = struct.pack("<6I3I4x", 0, 0, 0, 0, 1, len(names), len(names), 0, section + 40 + shift)
    table += struct.pack(f"<{len(places)}I", *places) + strings
    optional = struct.pack("<H110x2I", 0x20B, section + shift, len(table)).ljust(240, b"\0")
    coff = struct.pack("<4sHH12xHH", b"PE\0\0", 0x8664, 1, len(optional), 0x2022)
    header = struct.pack("<8s4I", b".edata", len(table), section + shift, len(table), section).ljust(40, b"\0")
    dos = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40)
    return (dos + coff + optional + header).ljust(section, b"\0") + table


def test_the_export_table_of_a_dll(tmp_path: Path) -> None:
    path = tmp_path / "plugin.dll"
    path.write_bytes(dll_with(["one", "two_three"]))
    assert exported(path) == {"one", "two_three"}
    path.write_bytes(dll_with(["one"])[:0x210])
    with pytest.raises(ExportsError, match=r"plugin\.dll is not a whole DLL"):
        exported(path)


@pytest.mark.skipif(sys.platform != "win32", reason="a DLL of Windows itself")
def test_the_export_table_of_windows() -> None:
    names = exported(Path(os.environ["SYSTEMROOT"], "System32", "kernel32.dll"))
    assert {"LoadLibraryExW", "GetProcAddress"} <= names
    assert "lcffi_built_from" not in names


def test_what_nm_prints_of_a_bundle() -> None:
    printed = "0000000000003f58 T _ggml_backend_init\n0000000000008000 S _lcffi_built_from\n\nplugin.so:\n"
    assert of_nm(printed) == {"ggml_backend_init", "lcffi_built_from"}
