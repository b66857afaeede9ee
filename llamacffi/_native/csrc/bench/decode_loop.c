// What llamacffi's generation is measured against (benchmarks/decode.py): the same steps in plain C, with nothing
// between them. Not part of the package.

#include "llama.h"

#if defined(_WIN32)
#    define LCFFI_EXPORT __declspec(dllexport)
#else
#    define LCFFI_EXPORT __attribute__((visibility("default")))
#endif

// Decode `first_token`, then sample, spell and decode again, `n` times in all, on pointers that the caller made.
// The pieces go to `text`. Returns their length in bytes, or -1 when `text` is too small, or -2 when a decode failed.
LCFFI_EXPORT int lcffi_bench_decode(void * ctx, void * sampler, void * vocab, int32_t first_token, int32_t n,
                                    char * text, int32_t n_text) {
    llama_token token = first_token;
    int32_t     used  = 0;
    for (int32_t i = 0; i < n; i++) {
        if (llama_decode(ctx, llama_batch_get_one(&token, 1)) != 0) {
            return -2;
        }
        token = llama_sampler_sample(sampler, ctx, -1);
        const int32_t length = llama_token_to_piece(vocab, token, text + used, n_text - used, 0, false);
        if (length < 0) {
            return -1;
        }
        used += length;
    }
    return used;
}
