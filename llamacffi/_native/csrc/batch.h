// Filling a llama_batch by one call.
#pragma once

#include "llama.h"

#ifdef __cplusplus
extern "C" {
#endif

// Append `n_tokens` consecutive tokens of one sequence, at pos0, pos0 + 1, …, to a batch that has room for them.
// `output`: 0 asks for no output, 1 for the last token's, 2 for every token's.
void lcffi_batch_extend(struct llama_batch * batch, const llama_token * tokens, int32_t n_tokens,
                        llama_pos pos0, llama_seq_id seq_id, int32_t output);

// Append `n_rows` consecutive positions of one sequence to a batch of embeddings, rows of `n_embd` floats in place of tokens.
void lcffi_batch_extend_embeddings(struct llama_batch * batch, const float * rows, int32_t n_rows, int32_t n_embd,
                                   llama_pos pos0, llama_seq_id seq_id, int32_t output);

// Append one token that belongs to `n_seq_ids` sequences.
void lcffi_batch_add(struct llama_batch * batch, llama_token token, llama_pos pos,
                     const llama_seq_id * seq_ids, int32_t n_seq_ids, bool output);

#ifdef __cplusplus
}
#endif
