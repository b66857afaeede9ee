"""Which comment belongs to which declaration."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindgen import model
from bindgen.declarations import Api
from bindgen.headers import Header

HEADER = """\
// The file's own comment,
// which belongs to nothing.

#define DEPRECATED(func, hint) func

//
// A banner
//
int under_a_banner(void);

// Loads a thing.
//   * indented
// Returns NULL on failure.
int above(int x);

// Speaks for the run.
int run_first(void);
int run_second(int a); // and its own
int run_third(
    int a,  // the first one
            // goes on
    int b,  /* the second one */
    int c);

int alone(void);

/** A block
 *  comment. */
int block(void);

int only_behind(void); // behind it
DEPRECATED(int old(int a, int b),
        "use above");
// after a macro of two lines
int after_a_macro(void);

#define LIMIT 3 // at most
// As a string.
#define TEXT "x // no comment"

// A record.
struct record {
    // above the field
    int a;
    int b;      // behind it
                // and below
    int c;

    // a group of two
    int d;      // its own
    int e;      ///< doxygen's way
    char f, g;  // both
};

enum kind { // open
    KIND_A, // the first
    // KIND_GONE = 1, // removed
    KIND_B,
    // above
    KIND_C = 5,
};

typedef int (*callback)(int a); // called often
typedef struct { int x; } tiny; // one line
"""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Api:
    path = tmp_path_factory.mktemp("comments") / "x.h"
    path.write_text(HEADER)
    return model.load([Header("x.h", path)], [path.parent])


@pytest.mark.parametrize(
    ("name", "doc"),
    [
        ("under_a_banner", ""),
        ("above", "Loads a thing.\n  * indented\nReturns NULL on failure."),
        ("run_first", "Speaks for the run."),
        ("run_second", "Speaks for the run.\nand its own"),
        ("run_third", "Speaks for the run."),
        ("alone", ""),
        ("block", "A block\n comment."),
        ("only_behind", "behind it"),
        ("after_a_macro", "after a macro of two lines"),
    ],
)
def test_functions(api: Api, name: str, doc: str) -> None:
    assert api.functions[name].doc == doc


def test_parameters(api: Api) -> None:
    docs = [p.doc for p in api.functions["run_third"].parameters]
    assert docs == ["the first one goes on", "the second one", ""]


def test_lines_are_the_headers_own_behind_a_macro_of_several_lines(api: Api) -> None:
    lines = HEADER.split("\n")
    assert lines[api.functions["after_a_macro"].line - 1] == "int after_a_macro(void);"
    assert lines[api.functions["old"].line - 1].startswith("DEPRECATED(")
    assert lines[api.records["record"].line - 1] == "struct record {"


def test_macros(api: Api) -> None:
    assert api.constants["LIMIT"].doc == "at most"
    assert api.constants["TEXT"].doc == "As a string."
    assert api.constants["TEXT"].value == "x // no comment"


def test_fields(api: Api) -> None:
    record = api.records["record"]
    assert record.doc == "A record."
    assert {field.name: field.doc for field in record.fields or ()} == {
        "a": "above the field",
        "b": "behind it\nand below",
        "c": "",
        "d": "its own",
        "e": "doxygen's way",
        "f": "both",
        "g": "both",
    }


def test_enumerators(api: Api) -> None:
    (kind,) = api.enums
    assert {member.name: member.doc for member in kind.members} == {
        "KIND_A": "the first",
        "KIND_B": "",
        "KIND_C": "above",
    }


def test_a_declaration_of_one_line_keeps_its_comment_to_itself(api: Api) -> None:
    assert api.typedefs["callback"].doc == "called often"
    assert api.records["tiny"].doc == "one line"
    assert [field.doc for field in api.records["tiny"].fields or ()] == [""]


def test_the_pinned_headers(llama_api: Api, llama_cpp: Path) -> None:
    doc = llama_api.functions["llama_model_load_from_file"].doc
    assert doc.startswith("Load a model from a file\n")
    assert all(line in (llama_cpp / "include" / "llama.h").read_text(encoding="utf-8") for line in doc.split("\n"))
    fields = {f.name: f.doc for f in llama_api.records["llama_context_params"].fields or ()}
    assert fields["n_ctx"] == "text context, 0 = from model"
    documented = sum(bool(f.doc) for f in llama_api.functions.values() if f.header == "llama.h")
    assert documented > sum(f.header == "llama.h" for f in llama_api.functions.values()) / 2
