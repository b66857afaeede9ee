// How long a model may think: llama-common's sampler for it.
#pragma once

#include "llama.h"

#ifdef __cplusplus
extern "C" {
#endif

// A sampler that counts the tokens after `start` and, when `budget` of them have passed and none of the `n_ends` ends has
// come, forces `forced` (common_reasoning_budget_init). `ends` holds their tokens one after another, `n_end` the length
// of each. `counting` when the prompt has begun the thinking already. The vocabulary must outlive it.
struct llama_sampler * lcffi_sampler_reasoning(const struct llama_vocab * vocab, const llama_token * start, int32_t n_start,
                                               const llama_token * ends, const int32_t * n_end, int32_t n_ends,
                                               const llama_token * forced, int32_t n_forced, int32_t budget,
                                               bool counting);

#ifdef __cplusplus
}
#endif
