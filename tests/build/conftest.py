"""The API of the pinned llama.cpp, and a small header with every construct that a generator can stumble over."""

from __future__ import annotations

import os
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bindgen import headers, model
from bindgen.headers import Header
from bindgen.model import Api
from tests.build.pinned import FILE, Pin

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
CSRC = ROOT / "llamacffi" / "_native" / "csrc"

TORTURE = r"""
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
#define T_RESTRICT __restrict
#define T_NORETURN [[noreturn]]
#include <string>
extern "C" {
#else
#define T_RESTRICT restrict
#define T_NORETURN _Noreturn
#endif
#ifdef __GNUC__
#define T_API __attribute__((visibility("default")))
#define T_DEPRECATED(func, hint) func __attribute__((deprecated(hint)))
#else
#define T_API
#define T_DEPRECATED(func, hint) func
#endif

#define T_SIZE 4           // how many
#define T_MASK ((1u << 5) | 0x3)
#define T_OCTAL 017
#define T_NAME "tor" "ture"
#define T_RATIO -0.5f
#define T_NEGATIVE (-T_SIZE)
#define T_LAST_COLOR T_LAST
#define T_CHAR 'A'
#define T_WIDTH sizeof(struct t_flags)
#define T_CAST ((uint8_t) 300)
#define T_CALL(x) ((x) + 1)
#define T_STATEMENT do { } while (0)
#define T_ALIAS t_add

enum t_color {
    T_RED,                  // the first
    T_GREEN = T_SIZE << 1,
    T_BLUE,
    T_LAST = T_BLUE,
};
enum { T_ANONYMOUS = 7 };
typedef enum { T_ON = 1, T_OFF = -1 } t_switch;

struct t_flags { unsigned a : 3; unsigned : 2; unsigned b : 5; signed c : 4; };

struct t_value {
    enum t_color tag;
    union {
        int64_t i;
        double  d;
        struct { int16_t lo, hi; };
    };
    struct { int x; } inner[2];
};

struct t_matrix {
    float cells[2][T_SIZE];
    char  name[sizeof(int64_t) * 2];
    char  tail[sizeof(struct t_flags)];
};

typedef struct { uint16_t bits; } t_half;
typedef int (*t_binary)(int a, int b);
typedef void t_plain(void * user);
struct t_ops {
    int (*apply)(struct t_ops * self, int x);
    t_binary binary;
};
struct t_opaque;

static inline int t_twice(int x) { return 2 * x; }

T_API int (*t_pick(int which))(int a, int b);
T_API t_half t_make(int bits);
T_API void t_copy(float * T_RESTRICT dst, const float * T_RESTRICT src, size_t n);
T_API float t_sum(const float m[][T_SIZE], int rows);
T_API int t_apply(struct t_ops * ops, int x);
T_API int t_log(const char * fmt, ...);
T_API int t_vlog(const char * fmt, va_list args);
T_API int t_add(int a, int b);
T_DEPRECATED(T_API int t_old(int lambda,
                             int),
             "use t_add: (\"the new one\")");
T_API double t_value_double(struct t_value value);
struct t_same { int x; };
T_API struct t_same t_same(int x);
T_API T_NORETURN void t_throw(const char * what);
T_API struct t_opaque * t_fail(void);
T_API extern const int t_table[3];
static const int t_fixed = 11;

#ifdef __cplusplus
}
std::string t_only_cxx(const std::string & text);
#endif
"""

TORTURE_CODE = r"""
#include "torture.h"
#include <new>
#include <stdexcept>
static int add(int a, int b) { return a + b; }
static int multiply(int a, int b) { return a * b; }
extern "C" {
int (*t_pick(int which))(int, int) { return which ? multiply : add; }
t_half t_make(int bits) { return { (uint16_t) bits }; }
void t_copy(float * dst, const float * src, size_t n) { for (size_t i = 0; i < n; i++) dst[i] = src[i]; }
float t_sum(const float m[][4], int rows) {
    float sum = 0;
    for (int i = 0; i < rows * 4; i++) sum += m[i / 4][i % 4];
    return sum;
}
int t_apply(struct t_ops * ops, int x) { return ops->apply(ops, x) + ops->binary(x, 1); }
int t_log(const char *, ...) { return 42; }
int t_vlog(const char *, va_list) { return 43; }
int t_add(int a, int b) { return add(a, b); }
int t_old(int a, int b) { return add(a, b); }
double t_value_double(struct t_value value) { return value.d; }
struct t_same t_same(int x) { return { x }; }
void t_throw(const char * what) { throw std::runtime_error(what); }
struct t_opaque * t_fail(void) { throw std::bad_alloc(); }
extern const int t_table[3] = { 5, 6, 7 };
}
"""


@pytest.fixture(scope="session")
def llama_includes(llama_cpp: Path) -> list[Path]:
    """Where the pinned tree's public headers and our own are."""
    return [*(llama_cpp / folder for folder in ("include", "ggml/include", "tools/mtmd")), CSRC]


@pytest.fixture(scope="session")
def llama_api(llama_cpp: Path, llama_includes: list[Path]) -> Api:
    """The API of the pinned tree, with our own headers."""
    return model.load([*headers.public_headers(llama_cpp), *headers.csrc_headers(CSRC)], llama_includes)


@pytest.fixture(scope="session")
def torture_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with torture.h and its code."""
    folder = tmp_path_factory.mktemp("torture")
    (folder / "torture.h").write_text(TORTURE)
    (folder / "torture.cpp").write_text(TORTURE_CODE)
    return folder


@pytest.fixture(scope="session")
def torture(torture_dir: Path) -> Api:
    return model.load([Header("torture.h", torture_dir / "torture.h")], [torture_dir])


@pytest.fixture(scope="session")
def cc() -> str:
    """A C compiler."""
    return shutil.which("cc") or pytest.skip("no C compiler: apt-get install gcc")


@pytest.fixture(scope="session")
def cxx() -> str:
    """A C++ compiler."""
    return shutil.which("c++") or pytest.skip("no C++ compiler: apt-get install g++")


@pytest.fixture
def pin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pin:
    """A root with a lock, and a pip that knows no index but a folder."""
    made = Pin(tmp_path / "root", tmp_path / "index", tmp_path / "backend-ran")
    (made.root / "vendor").mkdir(parents=True)
    made.index.mkdir()
    for name in ("LLAMACFFI_LLAMA_CPP_DIR", "LLAMACFFI_LLAMA_CPP_VERIFY", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(made.index))
    monkeypatch.setenv("LLAMACFFI_LLAMA_CPP_SOURCE", "pypi")
    monkeypatch.setenv("BACKEND_TRACE", str(made.trace))
    return made


@pytest.fixture
def served(pin: Pin, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pin]:
    """The same over HTTP, as the real index is."""
    pin.archive()
    simple = pin.index / "simple" / "llama-cpp-python"
    simple.mkdir(parents=True)
    (simple / "index.html").write_text(f'<!DOCTYPE html><html><body><a href="/{FILE}">{FILE}</a></body></html>')

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(pin.index)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    yield pin
    server.shutdown()
    server.server_close()
