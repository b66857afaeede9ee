"""What a GGUF file says about itself, without loading its weights: `python read_gguf.py [FILE]`."""

from __future__ import annotations

import sys

from llamacffi import ffi, hub, lib


def value(gguf: ffi.CData, key: int) -> object:
    """The value of one key, as Python knows it; of an array, its length."""
    kind = lib.gguf_get_kv_type(gguf, key)
    if kind == lib.GGUF_TYPE_ARRAY:
        return f"[{lib.gguf_get_arr_n(gguf, key)} values]"
    if kind == lib.GGUF_TYPE_STRING:
        return ffi.string(lib.gguf_get_val_str(gguf, key)).decode(errors="replace").partition("\n")[0][:60]
    name = ffi.string(lib.gguf_type_name(kind)).decode()  # u32, f32, bool, …: the getters are named after it
    return getattr(lib, f"gguf_get_val_{name}")(gguf, key)


def main(path: str) -> None:
    # no_alloc: the tensors' names and shapes, not their data
    params = ffi.new("struct gguf_init_params *", {"no_alloc": True, "ctx": ffi.NULL})
    gguf = lib.gguf_init_from_file(path.encode(), params[0])
    if gguf == ffi.NULL:
        sys.exit(f"{path} is not a GGUF file")

    for key in range(lib.gguf_get_n_kv(gguf)):
        print(f"{ffi.string(lib.gguf_get_key(gguf, key)).decode()} = {value(gguf, key)}")

    n_tensors = lib.gguf_get_n_tensors(gguf)
    size = sum(lib.gguf_get_tensor_size(gguf, i) for i in range(n_tensors))
    print(f"{n_tensors} tensors, {size} bytes")

    lib.gguf_free(gguf)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(hub.resolve("smollm2-135m-instruct")))
