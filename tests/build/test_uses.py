"""The places that use a name of llama.cpp are found where they mean it, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindgen import model, uses
from bindgen.declarations import Api
from bindgen.headers import Header

HEADER = """
struct params { int n_ctx; int n_batch; };
struct other { int n_ctx; };
enum kind { KIND_A, KIND_B };
typedef int token;
struct params default_params(void);
struct other * other_new(void);
int gone(int x);
int kept(int x);
"""
NAMES = {"gone", "KIND_B", "token", "cb_log"}
FIELDS = {"params": ("n_ctx",)}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Api:
    folder = tmp_path_factory.mktemp("uses")
    (folder / "x.h").write_text(HEADER)
    return model.load([Header("x.h", folder / "x.h")], [folder])


def find(folder: Path, api: Api, text: str, name: str = "core/noun.py") -> dict[str, list[str]]:
    path = folder / "pack" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return {k: list(map(str, v)) for k, v in uses.find(folder / "pack", api, names=NAMES, fields=FIELDS).items()}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("lib.gone(1)", "gone"),
        ("self.call(lib.gone, 1)", "gone"),
        ("_native.lib.gone(1)", "gone"),
        ("getattr(lib, 'gone')(1)", "gone"),
        ("x = [lib.KIND_A, lib.KIND_B]", "KIND_B"),
        ("ffi.new('token[]', 3)", "token"),
        ("ffi.new(f'token[{n}]')", "token"),
        ("ffi.cast('const token *', p)", "token"),
        ("ffi.def_extern(name='cb_log')(f)", "cb_log"),
    ],
)
def test_a_use_of_a_name(api: Api, tmp_path: Path, line: str, name: str) -> None:
    assert find(tmp_path, api, f"\n{line}\n") == {name: ["pack/core/noun.py:2"]}


@pytest.mark.parametrize(
    "line",
    [
        "# lib.gone(1)",
        "'lib.gone(1)'",
        "def gone(x): ...",
        "self.gone(1)",
        "gone(1)",
        "token = 3",
        "print('token')",
        "lib.gone_too(1)",
        "ffi.new('tokens[]', 3)",
    ],
)
def test_a_word_that_is_not_llama_cpps(api: Api, tmp_path: Path, line: str) -> None:
    assert find(tmp_path, api, line + "\n") == {}


@pytest.mark.parametrize(
    "function",
    [
        "def f():\n    p = lib.default_params()\n    p.n_ctx = 3\n",
        "def f():\n    p = ffi.new('struct params *')\n    return p.n_ctx\n",
        "def f():\n    p = ffi.new('struct params[]', 2)\n    return p[0].n_ctx\n",
        "def f():\n    p: Any = check_ptr(lib.default_params())\n    return p.n_ctx\n",
        # What `x` is nobody says, but the function handles that record.
        "def f(x):\n    p = lib.default_params()\n    return x.n_ctx\n",
    ],
)
def test_a_use_of_a_field(api: Api, tmp_path: Path, function: str) -> None:
    line = 1 + next(i for i, text in enumerate(function.split("\n")) if "n_ctx" in text)
    assert find(tmp_path, api, function) == {"params.n_ctx": [f"pack/core/noun.py:{line}"]}


def test_a_field_of_self_that_another_method_sets(api: Api, tmp_path: Path) -> None:
    text = "class A:\n    def __init__(self):\n        self.p = lib.default_params()\n    def n(self):\n"
    assert find(tmp_path, api, text + "        return self.p.n_ctx\n") == {"params.n_ctx": ["pack/core/noun.py:5"]}


@pytest.mark.parametrize(
    "function",
    [
        "def f(context):\n    return context.n_ctx\n",
        "def f():\n    o = lib.other_new()\n    return o.n_ctx\n",
        "def f():\n    p = lib.default_params()\n    return p.n_batch\n",
        "def f():\n    p = lib.default_params()\ndef g(x):\n    return x.n_ctx\n",
    ],
)
def test_a_field_of_something_else(api: Api, tmp_path: Path, function: str) -> None:
    assert find(tmp_path, api, function) == {}


def test_c_has_its_places_too(api: Api, tmp_path: Path) -> None:
    text = '// gone(1)\nint f(struct params * p) {\n    return gone(p->n_ctx) + g("gone");\n}\n'
    expected = {"gone": ["pack/csrc/x.cpp:3"], "params.n_ctx": ["pack/csrc/x.cpp:3"]}
    assert find(tmp_path, api, text, "csrc/x.cpp") == expected
    (tmp_path / "pack" / "csrc" / "x.cpp").unlink()
    # A field of that name in a file that does not know the record is another's.
    assert find(tmp_path, api, "int f(struct other * p) { return p->n_ctx; }\n", "csrc/y.c") == {}


def test_what_asks_first_is_marked(api: Api, tmp_path: Path) -> None:
    assert find(tmp_path, api, "lib.gone(1)\n", "core/compat.py") == {"gone": ["pack/core/compat.py:1 (asks first)"]}


def test_the_package_itself_is_read(llama_api: Api) -> None:
    package = Path(__file__).parents[2] / "llamacffi"
    names = {"llama_decode", "llama_context_params", "llama_batch"}
    found = uses.find(package, llama_api, names=names, fields={"llama_batch": ["n_tokens"]})
    files = {name: {place.file for place in places} for name, places in found.items()}
    assert "llamacffi/_native/csrc/step.c" in files["llama_decode"]
    assert "llamacffi/core/context.py" in files["llama_decode"]
    assert not any(file.endswith("options.py") for places in files.values() for file in places)
