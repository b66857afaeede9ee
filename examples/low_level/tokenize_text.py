"""A text to tokens and back, with llama.cpp's own functions: `python tokenize_text.py [MODEL]`."""

from __future__ import annotations

import sys

from llamacffi import ffi, hub, lib

TEXT = "Hello, world!"


def main(path: str) -> None:
    params = lib.llama_model_default_params()
    params.vocab_only = True  # no weights: milliseconds instead of a load
    model = lib.llama_model_load_from_file(path.encode(), params)
    if model == ffi.NULL:
        sys.exit(f"llama.cpp could not load {path}")
    vocab = lib.llama_model_get_vocab(model)

    # With no room given, llama_tokenize answers how much it needs, as a negative number.
    text = TEXT.encode()
    size = -lib.llama_tokenize(vocab, text, len(text), ffi.NULL, 0, False, False)
    tokens = ffi.new("llama_token[]", size)
    lib.llama_tokenize(vocab, text, len(text), tokens, size, False, False)

    piece = ffi.new("char[]", 64)
    for token in tokens:
        length = lib.llama_token_to_piece(vocab, token, piece, len(piece), 0, True)
        print(f"{token:>6} {ffi.buffer(piece, length)[:]!r}")

    back = ffi.new("char[]", 4 * len(text))
    length = lib.llama_detokenize(vocab, tokens, size, back, len(back), True, False)
    print(ffi.buffer(back, length)[:].decode())

    lib.llama_model_free(model)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(hub.resolve("smollm2-135m-instruct")))
