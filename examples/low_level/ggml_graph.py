"""A model's weight through a ggml graph: its root mean square. `python ggml_graph.py [MODEL]`."""

from __future__ import annotations

import sys

from llamacffi import ffi, hub, lib

NAME = b"output_norm.weight"


def main(path: str) -> None:
    # The file's tensors, with their data, in a ggml context of their own.
    weights_out = ffi.new("struct ggml_context **")
    params = ffi.new("struct gguf_init_params *", {"no_alloc": False, "ctx": weights_out})
    gguf = lib.gguf_init_from_file(path.encode(), params[0])
    if gguf == ffi.NULL:
        sys.exit(f"{path} is not a GGUF file")
    weights = weights_out[0]
    weight = lib.ggml_get_tensor(weights, NAME)

    # A second context for what is computed; operations are noted here, nothing runs yet.
    sizes = ffi.new("struct ggml_init_params *", {"mem_size": 1 << 20, "mem_buffer": ffi.NULL, "no_alloc": False})
    ctx = lib.ggml_init(sizes[0])
    mean_square = lib.ggml_mean(ctx, lib.ggml_sqr(ctx, weight))
    result = lib.ggml_sqrt(ctx, mean_square)
    graph = lib.ggml_new_graph(ctx)
    lib.ggml_build_forward_expand(graph, result)

    # A function of the CPU plug-in, found there on its first call.
    status = lib.ggml_graph_compute_with_ctx(ctx, graph, 1)
    if status != lib.GGML_STATUS_SUCCESS:
        sys.exit(f"the graph failed: {ffi.string(lib.ggml_status_to_string(status)).decode()}")

    print(f"{NAME.decode()}: {weight.ne[0]} values, root mean square {ffi.cast('float *', result.data)[0]:.6f}")

    lib.ggml_free(ctx)
    lib.ggml_free(weights)
    lib.gguf_free(gguf)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(hub.resolve("smollm2-135m-instruct")))
