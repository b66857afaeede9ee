"""The link probe, over small libraries made here."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bindgen import model, probe
from bindgen.declarations import Api
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
