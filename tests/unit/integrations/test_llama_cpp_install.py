"""`import llama_cpp` that gives this package: which names it has, and how it comes and goes."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import llamacffi
from llamacffi.integrations.llama_cpp import API_VERSION, install, installed, uninstall
from llamacffi.integrations.llama_cpp.surface import LEFT_OUT, MODULES
from tests.process import run_python
from tests.unit.integrations.llama_cpp_names import NAMES

# Names that are not here, each with the reason.
_CONVERTER = "a part of its converter of JSON Schemas; llama.cpp's own converts them here"
WITHOUT = {
    "llama_cpp._ctypes_extensions": {"F": "a type variable"},
    "llama_cpp.llama_grammar": dict.fromkeys(
        [
            "BuiltinRule",
            "DOT",
            "DOTALL",
            "ESCAPED_IN_REGEXPS_BUT_NOT_IN_LITERALS",
            "GRAMMAR_LITERAL_ESCAPES",
            "GRAMMAR_LITERAL_ESCAPE_RE",
            "INVALID_RULE_CHARS_RE",
            "NON_LITERAL_SET",
            "PRIMITIVE_RULES",
            "RESERVED_NAMES",
            "SPACE_RULE",
            "STRING_FORMAT_RULES",
            "SchemaConverter",
        ],
        _CONVERTER,
    ),
}


@pytest.fixture
def llama_cpp() -> Iterator[Any]:
    yield install()
    uninstall()


@pytest.mark.parametrize("module", [name for name in NAMES if name not in LEFT_OUT])
def test_every_public_name_is_there_or_left_out_with_a_reason(llama_cpp: Any, module: str) -> None:
    found = importlib.import_module(module)
    names = set(NAMES[module].split())
    missing = {name for name in names if not hasattr(found, name)}
    assert missing == set(WITHOUT.get(module, ()))
    assert names - missing <= set(dir(found)) | {"Llama3VisionAlpha"}


def test_every_module_is_there_or_left_out_with_a_reason() -> None:
    server = {"llama_cpp.server", "llama_cpp.server.app"}
    assert set(NAMES) | {"llama_cpp"} | server == set(MODULES) | set(LEFT_OUT)
    assert all(LEFT_OUT.values())


@pytest.mark.parametrize("module", sorted(LEFT_OUT))
def test_a_module_that_is_left_out_says_why(llama_cpp: Any, module: str) -> None:
    with pytest.raises(ModuleNotFoundError) as caught:
        importlib.import_module(module)
    assert str(caught.value).endswith(LEFT_OUT[module])


def test_the_server_in_each_way_of_importing_it(llama_cpp: Any) -> None:
    pytest.importorskip("fastapi")
    names: dict[str, Any] = {}
    exec(
        "import llama_cpp.server.app\nfrom llama_cpp import server\nfrom llama_cpp.server.app import create_app", names
    )
    from llamacffi.server.app import create_app
    from llamacffi.server.settings import ModelSettings

    assert names["create_app"] is create_app
    assert names["server"].ModelSettings is ModelSettings


def test_what_others_import(llama_cpp: Any) -> None:
    names: dict[str, Any] = {}
    exec(
        "from llama_cpp import Llama, LlamaGrammar, LlamaState, LogitsProcessorList, llama_decode, llama_chat_format\n"
        "from llama_cpp.llama import Llama as same, StoppingCriteriaList\n"
        "from llama_cpp.llama_speculative import LlamaPromptLookupDecoding\n"
        "import llama_cpp.llama_cpp as low\n"
        "from llama_cpp import llama_cpp as lower, llama_types\n",
        names,
    )
    assert names["Llama"] is names["same"] is llamacffi.Llama
    assert names["low"] is names["lower"]
    assert names["llama_decode"] is names["low"].llama_decode
    assert names["llama_types"].Completion is names["llama_types"].CreateCompletionResponse
    assert names["llama_chat_format"].__name__ == "llama_cpp.llama_chat_format"


def test_everything_with_a_star(llama_cpp: Any) -> None:
    names: dict[str, Any] = {}
    exec("from llama_cpp import *", names)
    assert {"Llama", "llama_decode", "LLAMA_DEFAULT_SEED", "CreateCompletionResponse", "llama_chat_format"} <= set(
        names
    )
    assert not [name for name in names if name.startswith("_") and name != "__builtins__"]


def test_the_version_is_that_of_the_api(llama_cpp: Any) -> None:
    assert llama_cpp.__version__ == API_VERSION == "0.3.36"
    for name in ("llama_cpp_python", "llama-cpp-python", "Llama.Cpp_Python"):
        assert importlib.metadata.version(name) == API_VERSION
    found = [found for found in importlib.metadata.distributions() if found.name == "llama-cpp-python"]
    assert [each.version for each in found][:1] == [API_VERSION]
    assert importlib.util.find_spec("llama_cpp") is not None
    assert importlib.util.find_spec("llama_cpp.llama_grammar") is not None
    assert importlib.util.find_spec("llama_cpp.nothing") is None


def test_an_unknown_name(llama_cpp: Any) -> None:
    with pytest.raises(AttributeError, match=r"module 'llama_cpp' of llamacffi has no attribute 'Lama'"):
        llama_cpp.Lama  # noqa: B018 - the access is what is tested
    with pytest.raises(ImportError, match="cannot import name 'Lama'"):
        exec("from llama_cpp import Lama", {})


def test_it_comes_once_and_goes() -> None:
    first = install()
    assert install() is first
    assert installed()
    uninstall()
    uninstall()
    assert not installed()
    assert not [name for name in sys.modules if name.startswith("llama_cpp")]


def test_another_llama_cpp_that_was_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    other = ModuleType("llama_cpp")
    other.__file__ = "/somewhere/llama_cpp/__init__.py"
    monkeypatch.setitem(sys.modules, "llama_cpp", other)
    monkeypatch.setitem(sys.modules, "llama_cpp.llama", ModuleType("llama_cpp.llama"))
    with pytest.raises(RuntimeError, match="imported already, from /somewhere/llama_cpp"):
        install()
    assert sys.modules["llama_cpp"] is other
    assert not installed()
    try:
        assert install(force=True).Llama is llamacffi.Llama
        assert importlib.import_module("llama_cpp.llama").Llama is llamacffi.Llama
    finally:
        uninstall()


def test_a_chat_format_by_its_function(llama_cpp: Any) -> None:
    """ChatML, word for word as its authors wrote it down."""
    from llama_cpp.llama_chat_format import format_chatml  # type: ignore[import-not-found,unused-ignore]

    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    told = format_chatml(messages=messages)
    system = "<|im_start|>system\nBe brief.<|im_end|>\n"
    assert told.prompt == f"{system}<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    assert told.stop == "<|im_end|>"


@pytest.mark.parametrize("name", ["Llava15ChatHandler", "MTMDChatHandler", "Qwen25VLChatHandler"])
def test_a_handler_of_pictures_wants_its_projector(llama_cpp: Any, name: str) -> None:
    handler = getattr(llama_cpp.llama_chat_format, name)
    assert handler is getattr(llamacffi.llama, name)
    with pytest.raises(ValueError, match=r"clip_model_path is 'mmproj\.gguf'.*no such file"):
        handler(clip_model_path="mmproj.gguf", verbose=False)


def test_the_logs_levels_are_ggmls(llama_cpp: Any) -> None:
    import logging

    levels = llama_cpp._logger.GGML_LOG_LEVEL_TO_LOGGING_LEVEL
    assert levels[llamacffi.lib.GGML_LOG_LEVEL_ERROR] == logging.ERROR
    assert levels[llamacffi.lib.GGML_LOG_LEVEL_WARN] == logging.WARNING
    assert levels[llamacffi.lib.GGML_LOG_LEVEL_INFO] == logging.INFO


def test_a_llama_alone_loads_no_ctypes() -> None:
    done = run_python(
        "import sys\n"
        "from llamacffi.integrations.llama_cpp import install\n"
        "install()\n"
        "from llama_cpp import Llama, LlamaGrammar\n"
        "print('llamacffi._native.ctypes_llama' in sys.modules)\n"
        "from llama_cpp import llama_decode\n"
        "print('llamacffi._native.ctypes_llama' in sys.modules)\n"
    )
    assert done.stdout.split() == ["False", "True"], done.stderr
