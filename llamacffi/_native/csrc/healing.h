// Holding the first tokens of an answer to bytes that the prompt ended in.
#pragma once

#include "llama.h"

#ifdef __cplusplus
extern "C" {
#endif

// A sampler that is in one of `n_states` states, at first in 0, and drops the candidates that the state does not allow.
// State s allows tokens[begins[s]] to tokens[begins[s + 1] - 1], in rising order; each leads to the state of the same place
// in `next`. From state `n_states` on, and after a token that was not allowed, everything is. Nothing is borrowed.
struct llama_sampler * lcffi_sampler_healing(int32_t n_states, const int32_t * begins, const llama_token * tokens,
                                             const int32_t * next);

#ifdef __cplusplus
}
#endif
