"""What changed between two headers."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindgen import diff, model
from bindgen.declarations import Api
from bindgen.headers import Header

OLD = """
#define LIMIT 3
#define MOVED 1
struct params { int a; float b; union { int u; float v; }; };
struct opaque;
enum kind { KIND_A, KIND_B };
typedef int number;
int kept(int first);
int changed(int x);
int made_const(char * text);
int32_t respelled(int32_t x);
int gone(void);
int going(void);
"""
SAME_FOR_CALLERS = """
#define LIMIT 4
struct params { float b; int a; union { int u; float v; }; int c; };
struct opaque { int x; };
struct fresh;
enum kind { KIND_NEW, KIND_A, KIND_B, MOVED };
typedef int number;
int kept(int renamed);
int changed(int x);
int made_const(const char * text);
int respelled(int x);
int gone(void);
#define DEPRECATED(func, hint) func
DEPRECATED(int going(void), "use kept");
int added(void);
"""


def api(folder: Path, text: str) -> Api:
    (folder / "x.h").write_text(text)
    return model.load([Header("x.h", folder / "x.h")], [folder])


@pytest.fixture
def old(tmp_path: Path) -> Api:
    return api(tmp_path, OLD)


def test_the_same_is_no_difference(old: Api) -> None:
    same = diff.compare(old, old)
    assert not same.breaking
    assert not any((k.added, k.removed, k.changed, k.noted) != ((), (), (), ()) for k in same.kinds)
    assert "Removed" not in same.render()


def test_what_callers_by_name_do_not_notice_is_not_breaking(old: Api, tmp_path: Path) -> None:
    changes = diff.compare(old, api(tmp_path, SAME_FOR_CALLERS))
    kinds = {kind.title: kind for kind in changes.kinds}
    assert not changes.breaking
    assert changes.deprecated == (("going", "use kept"),)
    assert kinds["function"].added == (("added", "int (void)"),)
    assert [name for name, _ in kinds["function"].noted] == ["made_const", "respelled"]
    assert dict(kinds["record"].noted) == {"params": "+ c: int", "opaque": "now with fields"}
    assert dict(kinds["constant"].noted) == {"LIMIT": "3 -> 4"}
    assert dict(kinds["enumerator"].noted) == {"KIND_A": "0 -> 1", "KIND_B": "1 -> 2"}
    assert not kinds["constant"].removed


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("int gone(void);", "", "function gone"),
        ("int changed(int x);", "int changed(int x, int y);", "function changed: int (int) -> int (int, int)"),
        ("int a; float b;", "float b;", "record params: - a"),
        ("int a; float b;", "long a; float b;", "record params: ~ a: int -> long"),
        ("int u; float v;", "float v;", "record params: - u"),
        ("struct opaque;", "", "record opaque"),
        ("KIND_A, KIND_B", "KIND_A", "enumerator KIND_B: 1"),
        ("typedef int number;", "typedef long number;", "typedef number: int -> long"),
        ("#define LIMIT 3", "", "constant LIMIT: 3"),
    ],
)
def test_what_breaks_callers(old: Api, tmp_path: Path, before: str, after: str, expected: str) -> None:
    assert before in OLD
    changes = diff.compare(old, api(tmp_path, OLD.replace(before, after)))
    assert changes.breaking
    assert f"  {expected}" in changes.render().split("\n")
    assert sum(len(kind.removed) + len(kind.changed) for kind in changes.kinds) == 1


def test_a_removed_function_says_that_it_was_deprecated(tmp_path: Path) -> None:
    before = api(tmp_path, '#define DEPRECATED(f, hint) f\nDEPRECATED(int going(void), "use kept");\n')
    changes = diff.compare(before, api(tmp_path, "int kept(void);\n"))
    assert "  function going: was deprecated: use kept" in changes.render().split("\n")
    assert changes.breaking


def test_each_name_has_its_places(old: Api, tmp_path: Path) -> None:
    text = OLD.replace("int gone(void);", "").replace("int a; float b;", "long a;")
    changes = diff.compare(old, api(tmp_path, text))
    assert changes.broken == ("gone",)
    assert changes.fields == {"params": ("a", "b")}
    report = changes.render({"gone": ["x.py:3", "x.py:7"], "params.b": ["y.py:1"], "kept": ["z.py:1"]})
    assert "  function gone\n      used in x.py:3\n      used in x.py:7\n" in report
    assert "      used in y.py:1 (params.b)" in report.split("\n")
    assert "z.py" not in report


def test_the_counts_head_the_report(old: Api, tmp_path: Path) -> None:
    report = diff.compare(old, api(tmp_path, SAME_FOR_CALLERS)).render().split("\n")
    assert report[1].split() == ["function", "6", "7", "1", "0", "2"]


def test_a_committed_api_compares_with_a_tree(llama_api: Api) -> None:
    committed = Path(__file__).parents[2] / "llamacffi" / "_native" / "api.json"
    assert not diff.compare(Api.from_json(committed.read_text(encoding="utf-8")), llama_api).breaking
