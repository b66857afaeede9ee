"""What a chain of samplers leaves of a model's logits, and what it picks: `python sampler_chain.py [MODEL]`."""

from __future__ import annotations

import sys

from llamacffi import ffi, hub, lib

PROMPT = b"The capital of France is"


def main(path: str) -> None:
    model = lib.llama_model_load_from_file(path.encode(), lib.llama_model_default_params())
    if model == ffi.NULL:
        sys.exit(f"llama.cpp could not load {path}")
    vocab = lib.llama_model_get_vocab(model)
    params = lib.llama_context_default_params()
    params.n_ctx = 256
    ctx = lib.llama_init_from_model(model, params)

    tokens = ffi.new("llama_token[]", 64)
    n_tokens = lib.llama_tokenize(vocab, PROMPT, len(PROMPT), tokens, len(tokens), False, False)
    lib.llama_decode(ctx, lib.llama_batch_get_one(tokens, n_tokens))
    logits = lib.llama_get_logits_ith(ctx, -1)

    # The chain owns its stages: only the chain is freed.
    chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
    lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_top_k(5))
    lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_temp(0.5))
    lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_dist(1234))

    # `data` must outlive the array that points to it, so it has a name of its own.
    data = ffi.new("llama_token_data[]", [(i, logits[i], 0.0) for i in range(lib.llama_vocab_n_tokens(vocab))])
    candidates = ffi.new("llama_token_data_array *", {"data": data, "size": len(data), "selected": -1})
    lib.llama_sampler_apply(chain, candidates)

    for i in range(candidates.size):
        candidate = candidates.data[i]
        print(f"{candidate.id:>6} {candidate.p:.4f}{' *' if i == candidates.selected else ''}")

    lib.llama_sampler_free(chain)
    lib.llama_free(ctx)
    lib.llama_model_free(model)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(hub.resolve("smollm2-135m-instruct")))
