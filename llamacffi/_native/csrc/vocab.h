// Questions about a whole vocabulary, answered by one call.
#pragma once

#include "llama.h"

#ifdef __cplusplus
extern "C" {
#endif

// Write the tokens that end a generation to `tokens`, at most `n_max` of them; returns how many there are.
int32_t lcffi_vocab_eog(const struct llama_vocab * vocab, llama_token * tokens, int32_t n_max);

#ifdef __cplusplus
}
#endif
