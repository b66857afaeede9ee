// A sampler that forbids the end of a generation for a while.
#pragma once

#include "llama.h"

#ifdef __cplusplus
extern "C" {
#endif

// `ends` are forbidden until `n_min` tokens were accepted; a prompt's do not count.
struct llama_sampler * lcffi_sampler_min_tokens(const llama_token * ends, int32_t n_ends, int32_t n_min);

#ifdef __cplusplus
}
#endif
