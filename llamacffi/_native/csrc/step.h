// One step of generation in one call: decode, then for each row sample, accept and spell the token.
#pragma once

#include "llama.h"
#include "logprobs.h"
#include "sampler.h"

#ifdef __cplusplus
extern "C" {
#endif

struct lcffi_row {
    int32_t                output;  // in: which output of the batch, as llama_get_logits_ith takes it
    struct llama_sampler * sampler; // in
    struct lcffi_lazy *    lazy;    // in: as lcffi_sampler_sample takes it
    struct lcffi_logprob * logprobs; // in: room for what lcffi_logprobs tells of the token, or NULL; out: its token is LLAMA_TOKEN_NULL when the output has no logits
    int32_t                n_top;   // in: of how many of the best tokens too
    int32_t                after;   // in: the row before this one in a draft, whose index is smaller; -1 for none
    llama_token            expected; // in: with `after`, the token that row must have chosen for this one to be sampled
    bool                   skipped; // out: it was not sampled, because that row chose another token, or none
    llama_token            token;   // out
    bool                   eog;     // out: the token ends the generation
    int32_t                piece;   // out: where its bytes begin in `pieces`
    int32_t                n_piece; // out: how many bytes; 0 for a control token
    char                   error[LCFFI_SAMPLER_ERROR]; // out: empty, or why the sampler failed: no token then
};

// Returns what llama_decode returned; the rows are filled only when that is 0. A sampler that fails spoils its row only,
// and those that were to come after it. A sampler that several rows of a draft share has seen, afterwards, what was
// chosen and nothing else: as if each token had been decoded by itself.
// The bytes that the tokens spell go to `pieces`, of capacity `n_pieces`; when they do not fit, -100 is returned after
// the rows' tokens were sampled, with n_piece = -needed in the row that did not fit.
int32_t lcffi_step(struct llama_context * ctx, struct llama_batch batch,
                   struct lcffi_row * rows, int32_t n_rows, char * pieces, int32_t n_pieces);

#ifdef __cplusplus
}
#endif
