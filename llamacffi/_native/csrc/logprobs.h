// Log-probabilities of tokens, from a row of logits.
#pragma once

#include "llama.h"

#ifdef __cplusplus
extern "C" {
#endif

struct lcffi_logprob {
    llama_token token;
    float       logprob;
};

// The log-softmax of a row at `token`, written to result[0], and at the `n_top` tokens of highest logit, the best first,
// written after it; of equal ones the lower token comes first. No logit may be +inf or not a number.
void lcffi_logprobs(const float * logits, int32_t n_vocab, llama_token token, int32_t n_top,
                    struct lcffi_logprob * result);

// The same for `n_rows` outputs of the last batch, from that of token `output` on, into 1 + n_top results each. Returns
// false when an output has no logits, or some that are not numbers.
bool lcffi_logprobs_outputs(struct llama_context * ctx, int32_t output, int32_t n_rows, const llama_token * tokens,
                            int32_t n_top, struct lcffi_logprob * results);

#ifdef __cplusplus
}
#endif
