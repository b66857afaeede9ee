"""Two prompts, one decode: a batch's tokens each say whose they are. `python batched_decode.py [MODEL]`."""

from __future__ import annotations

import sys

from llamacffi import ffi, hub, lib

PROMPTS = ("The capital of France is", "The opposite of hot is")


def main(path: str) -> None:
    model = lib.llama_model_load_from_file(path.encode(), lib.llama_model_default_params())
    if model == ffi.NULL:
        sys.exit(f"llama.cpp could not load {path}")
    vocab = lib.llama_model_get_vocab(model)
    params = lib.llama_context_default_params()
    params.n_ctx = 512
    params.n_seq_max = len(PROMPTS)
    ctx = lib.llama_init_from_model(model, params)

    batch = lib.llama_batch_init(256, 0, 1)
    tokens = ffi.new("llama_token[]", 256)
    last = []  # where each prompt's last token lies in the batch: only there are logits wanted
    for seq_id, prompt in enumerate(PROMPTS):
        text = prompt.encode()
        for pos in range(lib.llama_tokenize(vocab, text, len(text), tokens, len(tokens), False, False)):
            i = batch.n_tokens
            batch.token[i], batch.pos[i] = tokens[pos], pos
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, seq_id
            batch.logits[i] = False
            batch.n_tokens += 1
        last.append(batch.n_tokens - 1)
        batch.logits[last[-1]] = True

    status = lib.llama_decode(ctx, batch)
    if status != 0:
        sys.exit(f"llama_decode returned {status}")

    greedy = lib.llama_sampler_init_greedy()
    piece = ffi.new("char[]", 64)
    for prompt, i in zip(PROMPTS, last, strict=True):
        token = lib.llama_sampler_sample(greedy, ctx, i)
        length = lib.llama_token_to_piece(vocab, token, piece, len(piece), 0, True)
        print(f"{token:>6} {prompt}{ffi.buffer(piece, length)[:].decode(errors='replace')}")

    lib.llama_sampler_free(greedy)
    lib.llama_batch_free(batch)
    lib.llama_free(ctx)  # the context before its model
    lib.llama_model_free(model)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(hub.resolve("smollm2-135m-instruct")))
