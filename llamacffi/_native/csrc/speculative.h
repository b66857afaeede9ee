// Drafts from what a model computes anyway: llama-common's EAGLE-3 and MTP, which read the target's hidden states.
#pragma once

#include "llama.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LCFFI_SPECULATIVE_ERROR 512

enum lcffi_speculative_kind {
    LCFFI_SPECULATIVE_EAGLE3, // a small model that was trained for the target
    LCFFI_SPECULATIVE_MTP,    // layers of the model itself, or of a file of their own, that predict further tokens
};

struct lcffi_speculative_params {
    int32_t n_max; // tokens of a draft at most
    int32_t n_min; // a shorter draft is none
    float   p_min; // a draft ends before the first token that is less probable
};

// What one sequence's draft begins with, and the draft.
struct lcffi_draft {
    llama_seq_id  seq_id;
    llama_token   last;     // in: the token that was sampled last and not decoded yet
    llama_pos     pos;      // in: its position; those before it are what the target has accepted
    int32_t       n_max;    // in: how many tokens there is room for
    llama_token * tokens;   // out
    int32_t       n_tokens; // out: 0 when there is nothing to go on from
};

struct lcffi_speculative;

// llama-common's own.
struct lcffi_speculative_params lcffi_speculative_default_params(void);

// Draft for `target` with `draft`, a context of the same batches and sequences, made with ctx_other = target (and for
// MTP ctx_type = LLAMA_CONTEXT_TYPE_MTP). From the next decode on the target puts out the hidden states that are read.
// Both contexts must outlive it. Returns NULL with the reason in `error`, of LCFFI_SPECULATIVE_ERROR bytes.
struct lcffi_speculative * lcffi_speculative_init(enum lcffi_speculative_kind kind, struct llama_context * target,
                                                  struct llama_context * draft,
                                                  struct lcffi_speculative_params params, char * error);

// The target is left as it is; lcffi_speculative_detach, before, makes it put out no more than it did at first.
void lcffi_speculative_free(struct lcffi_speculative * speculative);
void lcffi_speculative_detach(struct lcffi_speculative * speculative);

// Tokens of a draft at most: no more than the MTP layers there are, where each predicts one.
int32_t lcffi_speculative_n_max(const struct lcffi_speculative * speculative);

// How many floats the target's output buffer holds beside the outputs.
size_t lcffi_speculative_n_floats(const struct lcffi_speculative * speculative);

// After each decode of the target, with the same batch: take up its hidden states. False when it could not: there are
// no drafts for the batch's sequences then until the next decode.
bool lcffi_speculative_process(struct lcffi_speculative * speculative, struct llama_batch batch);

// Draft for each of the sequences, each of which may be there once. A sequence whose last token was not decoded, with
// what came before it, in the last batch that it was in gets none.
void lcffi_speculative_draft(struct lcffi_speculative * speculative, struct lcffi_draft * drafts, int32_t n_drafts);

#ifdef __cplusplus
}
#endif
