// What older llama.cpp lacks and our C calls, as what it amounts to there. Each block names the release of
// llama-cpp-python from which on it can go.
#pragma once

#include "lcffi_has.h"
#include "llama.h"

#include <stddef.h>

#if !defined(LCFFI_HAS_llama_get_sampled_token_ith) // 0.3.20: samplers inside the graph; before, none ran there
static inline llama_token llama_get_sampled_token_ith(struct llama_context * ctx, int32_t i) {
    (void) ctx, (void) i;
    return LLAMA_TOKEN_NULL;
}
static inline float * llama_get_sampled_logits_ith(struct llama_context * ctx, int32_t i) {
    (void) ctx, (void) i;
    return NULL;
}
static inline uint32_t llama_get_sampled_logits_count_ith(struct llama_context * ctx, int32_t i) {
    (void) ctx, (void) i;
    return 0;
}
static inline uint32_t llama_get_sampled_candidates_count_ith(struct llama_context * ctx, int32_t i) {
    (void) ctx, (void) i;
    return 0;
}
static inline llama_token * llama_get_sampled_candidates_ith(struct llama_context * ctx, int32_t i) {
    (void) ctx, (void) i;
    return NULL;
}
#endif

#if !defined(LCFFI_HAS_mtmd_helper_log_set) // 0.3.20: mtmd's messages; before, they went to stderr
static inline void mtmd_helper_log_set(ggml_log_callback callback, void * user_data) {
    (void) callback, (void) user_data;
}
#endif
