"""Another libllama.so.0 in the process, such as that of another binding, does no harm."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_FOREIGN = r"""
#include <stdlib.h>
void llama_backend_init(void) { abort(); }
long llama_max_devices(void) { abort(); }
void * ggml_backend_load(const char * path) { (void) path; abort(); }
int ggml_backend_reg_count(void) { abort(); }
void * ggml_init(void) { abort(); }
const char * ggml_version(void) { return "foreign"; }
"""

_PROGRAM = """
import ctypes, sys
foreign = ctypes.CDLL(sys.argv[1], mode=getattr(ctypes, sys.argv[2]))
foreign.ggml_version.restype = ctypes.c_char_p
assert foreign.ggml_version() == b"foreign"
from llamacffi import Model, ffi, lib
lib.llama_max_devices()
version = ffi.string(lib.ggml_version()).decode()
assert version != "foreign", version
with Model(sys.argv[3]) as model, model.context(n_ctx=256) as context:
    print(version, context.n_ctx)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="SONAMEs and RTLD_GLOBAL as Linux has them")
@pytest.mark.parametrize("mode", ["RTLD_LOCAL", "RTLD_GLOBAL"])
def test_a_foreign_libllama_is_not_bound(mode: str, tmp_path: Path, tiny_llama: Path) -> None:
    compiler = shutil.which("cc")
    assert compiler, "the tests of the build need a C compiler: apt-get install gcc"
    source = tmp_path / "foreign.c"
    source.write_text(_FOREIGN)
    foreign = tmp_path / "libllama.so.0"
    subprocess.run([compiler, "-shared", "-fPIC", "-Wl,-soname,libllama.so.0", "-o", foreign, source], check=True)

    result = subprocess.run(
        [sys.executable, "-c", _PROGRAM, foreign, mode, tiny_llama], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split()[1] == "256"
