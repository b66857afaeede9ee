"""An assertion or a C++ exception inside llama.cpp becomes a Python exception, also through bare `lib`."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from llamacffi import NativeError, ffi, lib


def test_an_assertion_raises_with_its_place_and_its_condition() -> None:
    # ggml_backend_dev_get asserts index < count; the count is llama.cpp's own.
    count = lib.ggml_backend_dev_count()
    expected = r"ggml_backend_dev_get: .*ggml-backend-reg\.cpp:\d+: GGML_ASSERT.*index"
    with pytest.raises(NativeError, match=expected) as caught:
        lib.ggml_backend_dev_get(count)
    assert isinstance(caught.value, RuntimeError)


def test_the_next_call_works_as_if_nothing_had_happened() -> None:
    for _ in range(100):
        with pytest.raises(NativeError):
            lib.ggml_backend_reg_get(lib.ggml_backend_reg_count())
    assert lib.ggml_type_size(lib.GGML_TYPE_F32) == 4


def test_an_assertion_on_another_python_thread_raises_there() -> None:
    caught: list[BaseException] = []

    def work() -> None:
        try:
            lib.ggml_backend_reg_get(10_000)
        except NativeError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(caught) == 1


def test_an_error_inside_a_callback_stays_inside_it() -> None:
    """A guarded call from a Python callback nests in the guard of the call that runs the callback."""
    seen: list[str] = []

    @ffi.callback("ggml_custom1_op_t")
    def fail(_dst: object, _a: object, _ith: int, _nth: int, _data: object) -> None:
        try:
            lib.ggml_backend_reg_get(10_000)
        except NativeError as error:
            seen.append(str(error))

    parameters = ffi.new("struct ggml_init_params *", {"mem_size": 1 << 20})
    context = lib.ggml_init(parameters[0])
    try:
        source = lib.ggml_new_tensor_1d(context, lib.GGML_TYPE_F32, 8)
        result = lib.ggml_map_custom1(context, source, fail, 1, ffi.NULL)
        graph = lib.ggml_new_graph(context)
        lib.ggml_build_forward_expand(graph, result)
        assert lib.ggml_graph_compute_with_ctx(context, graph, 1) == lib.GGML_STATUS_SUCCESS
    finally:
        lib.ggml_free(context)
    assert len(seen) == 1
    assert "ggml_backend_reg_get" in seen[0]


def test_a_function_of_a_plugin_that_is_not_loaded_names_the_plugin() -> None:
    program = "from llamacffi._native import lib; lib.ggml_cpu_has_avx2()"  # nothing has started the backends
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "llamacffi.errors.BackendError: ggml_cpu_has_avx2 is a function of the cpu backend" in result.stderr


def test_an_assertion_in_a_function_that_keeps_the_gil() -> None:
    context = lib.gguf_init_empty()
    try:
        with pytest.raises(NativeError, match="gguf_get_key: .*key_id >= 0 && key_id < gguf_get_n_kv"):
            lib.gguf_get_key(context, 0)
    finally:
        lib.gguf_free(context)


def test_a_callback_into_python_from_a_function_that_keeps_the_gil() -> None:
    """llama_sampler_name asks the sampler's own `name`, which may be Python."""
    name = ffi.new("char[]", b"from Python")

    @ffi.callback("const char *(*)(const struct llama_sampler *)")
    def give_name(_sampler: object) -> object:
        return name

    interface = ffi.new("struct llama_sampler_i *", {"name": give_name})
    sampler = lib.llama_sampler_init(interface, ffi.NULL)
    assert ffi.string(lib.llama_sampler_name(sampler)) == b"from Python"
    lib.llama_sampler_free(sampler)
