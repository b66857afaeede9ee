#include "vocab.h"

int32_t lcffi_vocab_eog(const struct llama_vocab * vocab, llama_token * tokens, int32_t n_max) {
    const int32_t n_tokens = llama_vocab_n_tokens(vocab);
    int32_t n = 0;
    for (llama_token token = 0; token < n_tokens; token++) {
        if (llama_vocab_is_eog(vocab, token)) {
            if (n < n_max) {
                tokens[n] = token;
            }
            n++;
        }
    }
    return n;
}
