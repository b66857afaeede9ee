"""The headers as data: the torture header by hand, the pinned headers by the compiler and by counting."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from bindgen import ctype, headers, model
from bindgen.declarations import Api, Field, Parameter
from bindgen.headers import Header, HeaderError


def load(folder: Path, text: str) -> Api:
    path = folder / "x.h"
    path.write_text(text)
    return model.load([Header("x.h", path)], [folder])


def c_part(text: str) -> str:
    """A header without its comments, its directives and what only C++ sees."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    kept, cxx_depth, depth = [], 0, 0
    for line in text.replace("\\\n", " ").split("\n"):
        directive = re.match(r"\s*#\s*(if\w*|endif|else|elif)\b\s*(.*)", line)
        if directive:
            if directive.group(1).startswith("if"):
                depth += 1
                if (
                    not cxx_depth
                    and re.search(r"__cplusplus|__CUDACC__", directive.group(2))
                    and directive.group(1) != "ifndef"
                ):
                    cxx_depth = depth
            elif directive.group(1) == "endif":
                cxx_depth = 0 if cxx_depth == depth else cxx_depth
                depth -= 1
            elif cxx_depth == depth:
                cxx_depth = 0
        elif not cxx_depth and not line.lstrip().startswith("#"):
            kept.append(line)
    return "\n".join(kept)


# ---- the torture header ------------------------------------------------------------------------------------------


def test_every_kind_of_declaration_is_found(torture: Api) -> None:
    assert list(torture.functions) == [
        "t_twice", "t_pick", "t_make", "t_copy", "t_sum", "t_apply", "t_log", "t_vlog", "t_add", "t_old",
        "t_value_double", "t_same", "t_throw", "t_fail",
    ]  # fmt: skip
    assert set(torture.records) == {
        "t_flags", "t_value", "t_matrix", "t_half", "t_ops", "t_opaque", "t_same",
    }  # fmt: skip
    assert torture.records["t_opaque"].fields is None
    assert torture.variadic == ("t_log",)
    assert list(torture.callbacks) == ["cb_t_binary", "cb_t_plain", "cb_t_ops_apply"]
    assert {v.name: (v.type, v.static) for v in torture.variables.values()} == {
        "t_table": ("const int [3]", False),
        "t_fixed": ("const int", True),
    }


def test_values_follow_c(torture: Api) -> None:
    assert torture.enumerators == {
        "T_RED": 0, "T_GREEN": 8, "T_BLUE": 9, "T_LAST": 9, "T_ANONYMOUS": 7, "T_ON": 1, "T_OFF": -1,
    }  # fmt: skip
    assert {name: (c.type, c.value) for name, c in torture.constants.items()} == {
        "T_SIZE": ("int", 4),
        "T_MASK": ("int", 35),
        "T_OCTAL": ("int", 15),
        "T_NAME": ("str", "torture"),
        "T_RATIO": ("float", -0.5),
        "T_NEGATIVE": ("int", -4),
        "T_LAST_COLOR": ("int", 9),
        "T_CHAR": ("int", 65),
        "T_WIDTH": ("int", None),
        "T_CAST": ("int", None),
    }
    assert {"T_STATEMENT", "T_ALIAS"} <= {macro.name for macro in torture.skipped}


def test_records_keep_bit_fields_anonymous_members_and_dimensions(torture: Api) -> None:
    assert torture.records["t_flags"].fields == (
        Field("a", "unsigned", 3),
        Field("", "unsigned", 2),
        Field("b", "unsigned", 5),
        Field("c", "signed", 4),
    )
    tag, union, inner = torture.records["t_value"].fields or ()
    assert (tag.type, union.name, union.type) == ("enum t_color", "", "union {}")
    assert union.record is not None
    assert union.record.fields is not None
    assert [field.name for field in union.record.fields] == ["i", "d", ""]
    assert inner.type == "struct {} [2]"
    cells, name, tail = torture.records["t_matrix"].fields or ()
    assert (cells.type, name.type) == ("float [2][4]", "char [16]")
    assert tail.type == "char [sizeof(struct t_flags)]"


def test_functions_keep_their_shape(torture: Api) -> None:
    functions = torture.functions
    pick = functions["t_pick"]
    assert pick.returns == "int (*)(int, int)"
    assert ctype.prototype(pick.returns, pick.name, pick.parameters) == "int (*t_pick(int which))(int, int)"
    assert functions["t_copy"].parameters[0] == Parameter("dst", "float * restrict")
    assert functions["t_sum"].parameters[0] == Parameter("m", "const float [][4]")
    assert functions["t_fail"].parameters == ()
    assert functions["t_twice"].inline
    assert functions["t_old"].deprecated == 'use t_add: ("the new one")'
    assert [p.name for p in functions["t_old"].parameters] == ["lambda", ""]
    assert functions["t_add"].deprecated is None
    assert functions["t_throw"].returns == "void"


def test_a_tag_used_as_a_type_name_is_repaired(tmp_path: Path) -> None:
    api = load(tmp_path, "struct late { int x; };\nint get(late * a, const late * b);\nstruct late * make(void);\n")
    assert [(t.name, t.type, t.repair) for t in api.typedefs.values()] == [("late", "struct late", True)]
    assert api.functions["get"].parameters == (Parameter("a", "late *"), Parameter("b", "const late *"))


@pytest.mark.parametrize(
    "text",
    [
        "typedef struct late { int x; } late;\nint get(late * a);\n",
        "struct late;\ntypedef struct late late;\nint get(late * a);\n",
        "struct late { int x; };\nint late(struct late late);\n",
        "typedef struct late * late;\nint get(late a);\n",
    ],
)
def test_c_needs_no_repair(tmp_path: Path, text: str) -> None:
    assert not [t for t in load(tmp_path, text).typedefs.values() if t.repair]


def test_what_only_one_branch_declares_is_declared_once(tmp_path: Path) -> None:
    text = (
        "#if defined(_WIN32)\nint f(void);\n#else\nint g(void);\n#endif\nint g(void);\ntypedef int t;\ntypedef int t;\n"
    )
    api = load(tmp_path, text)
    assert list(api.functions) == ["g"]
    assert list(api.typedefs) == ["t"]


def test_json_gives_back_the_same_api(torture: Api) -> None:
    assert Api.from_json(torture.to_json()) == torture
    with pytest.raises(ValueError, match="build_ffi.py generate"):
        Api.from_json('{"format": 99}')
    with pytest.raises(ValueError, match=r"not an api\.json"):
        Api.from_json("nothing")


def test_a_header_that_is_not_c_is_named(tmp_path: Path) -> None:
    with pytest.raises(HeaderError, match="x.h:2"):
        load(tmp_path, "int f(void);\nint g(;\n")


def test_a_missing_include_is_named(tmp_path: Path) -> None:
    with pytest.raises(HeaderError, match='"gone.h"'):
        load(tmp_path, '#include "gone.h"\n')


def test_a_folder_without_llama_cpp_is_named(tmp_path: Path) -> None:
    with pytest.raises(HeaderError, match="not a llama.cpp source tree"):
        headers.public_headers(tmp_path)
    with pytest.raises(HeaderError, match="guard.h"):
        headers.csrc_headers(tmp_path)


# ---- the pinned headers ------------------------------------------------------------------------------------------


def test_as_many_functions_as_the_headers_mark(llama_api: Api, llama_cpp: Path) -> None:
    """Each function of llama.cpp's C API is marked by one macro: count those, in the part that C sees."""
    for header in headers.public_headers(llama_cpp):
        text = c_part(header.path.read_text(encoding="utf-8"))
        marks = len(re.findall(r"\b(?:LLAMA|GGML|GGML_BACKEND|MTMD)_API\b", text))
        found = [f.name for f in llama_api.functions.values() if f.header == header.name]
        assert len(found) == marks, header.name


def test_our_own_functions_are_marked_as_such(llama_api: Api) -> None:
    ours = {f.name for f in llama_api.functions.values() if llama_api.ours(f)}
    assert {"lcffi_step", "lcffi_batch_extend", "lcffi_interrupt_abort"} <= ours
    assert all(name.startswith("lcffi_") for name in ours)


def test_plugin_functions_are_those_of_the_two_plugin_headers(llama_api: Api) -> None:
    plugins = {f.header: llama_api.plugin(f) for f in llama_api.functions.values()}
    assert {header: plugin for header, plugin in plugins.items() if plugin} == {
        "ggml-cpu.h": "cpu",
        "ggml-rpc.h": "rpc",
    }


def test_each_constant_has_the_compilers_value(
    llama_api: Api, llama_includes: list[Path], cc: str, tmp_path: Path
) -> None:
    names = [*llama_api.enumerators, *(n for n, c in llama_api.constants.items() if c.type == "int")]
    includes = "".join(f'#include "{header.name}"\n' for header in llama_api.headers)
    prints = "".join(f'    printf("%lld\\n", (long long) ({name}));\n' for name in names)
    source = tmp_path / "values.c"
    source.write_text(f"#include <stdio.h>\n{includes}int main(void) {{\n{prints}    return 0;\n}}\n")
    folders = [f"-I{path}" for path in llama_includes]
    subprocess.run([cc, "-w", *folders, source, "-o", tmp_path / "values"], check=True)
    output = subprocess.run([tmp_path / "values"], capture_output=True, text=True, check=True).stdout
    theirs = dict(zip(names, map(int, output.split()), strict=True))
    values = {**llama_api.enumerators, **{name: c.value for name, c in llama_api.constants.items()}}
    assert {name: values[name] for name in names} == theirs


def test_each_line_number_points_at_the_declaration(llama_api: Api, llama_cpp: Path) -> None:
    lines = {h.name: h.path.read_text(encoding="utf-8").split("\n") for h in headers.public_headers(llama_cpp)}
    for function in llama_api.functions.values():
        if not llama_api.ours(function):
            statement = " ".join(lines[function.header][function.line - 1 : function.line + 5])
            assert re.search(rf"\b{function.name}\b", statement), (function.name, function.line)


def test_deprecated_functions_are_those_in_the_macro(llama_api: Api, llama_cpp: Path) -> None:
    marked = sum(
        len(re.findall(r"\b(?:GGML_)?DEPRECATED\s*\(", c_part(header.path.read_text(encoding="utf-8"))))
        for header in headers.public_headers(llama_cpp)
    )
    assert sum(f.deprecated is not None for f in llama_api.functions.values()) == marked
    assert llama_api.functions["llama_n_embd"].deprecated == "use llama_model_n_embd instead"


def test_the_pinned_headers_need_no_repair(llama_api: Api) -> None:
    assert not [t.name for t in llama_api.typedefs.values() if t.repair]


def test_the_committed_api_is_what_the_headers_give(llama_api: Api) -> None:
    committed = Path(__file__).parents[2] / "llamacffi" / "_native" / "api.json"
    assert Api.from_json(committed.read_text(encoding="utf-8")) == llama_api
