"""What a type checker must know of `ffi` and `lib`. mypy reads this file; nothing runs it."""

from __future__ import annotations

from llamacffi import ffi, lib


def pointers_know_what_they_point_to(path: bytes) -> None:
    params = lib.llama_model_default_params()
    params.n_gpu_layers = 0
    model = lib.llama_model_load_from_file(path, params)
    vocab = lib.llama_model_get_vocab(model)
    n: int = lib.llama_vocab_n_tokens(vocab)
    eog: bool = lib.llama_vocab_is_eog(vocab, n - 1)
    lib.llama_vocab_is_eog(vocab, "token")  # type: ignore[arg-type]
    lib.llama_vocab_n_tokens(model)  # type: ignore[arg-type]
    lib.llama_model_free(3)  # type: ignore[arg-type]
    lib.llama_model_freee(model)  # type: ignore[attr-defined]
    print(eog)


def constants() -> None:
    kind: int = lib.GGML_TYPE_Q4_1
    seed: int = lib.LLAMA_DEFAULT_SEED
    lib.GGML_TYPE_Q4_11  # type: ignore[attr-defined]  # noqa: B018
    print(kind, seed, ffi.NULL)


def what_llama_cpp_has_given_up(vocab_only: bytes) -> None:
    lib.llama_load_model_from_file(vocab_only, lib.llama_model_default_params())  # type: ignore[deprecated]
