#include "batch.h"

#include <string.h>

static void extend(struct llama_batch * batch, int32_t n, llama_pos pos0, llama_seq_id seq_id, int32_t output) {
    const int32_t begin = batch->n_tokens;
    for (int32_t i = 0; i < n; i++) {
        batch->pos[begin + i]       = pos0 + i;
        batch->n_seq_id[begin + i]  = 1;
        batch->seq_id[begin + i][0] = seq_id;
        batch->logits[begin + i]    = output == 2 || (output == 1 && i == n - 1);
    }
    batch->n_tokens = begin + n;
}

void lcffi_batch_extend(struct llama_batch * batch, const llama_token * tokens, int32_t n_tokens,
                        llama_pos pos0, llama_seq_id seq_id, int32_t output) {
    memcpy(batch->token + batch->n_tokens, tokens, (size_t) n_tokens * sizeof(llama_token));
    extend(batch, n_tokens, pos0, seq_id, output);
}

void lcffi_batch_extend_embeddings(struct llama_batch * batch, const float * rows, int32_t n_rows, int32_t n_embd,
                                   llama_pos pos0, llama_seq_id seq_id, int32_t output) {
    const size_t width = (size_t) n_embd;
    memcpy(batch->embd + (size_t) batch->n_tokens * width, rows, (size_t) n_rows * width * sizeof(float));
    extend(batch, n_rows, pos0, seq_id, output);
}

void lcffi_batch_add(struct llama_batch * batch, llama_token token, llama_pos pos,
                     const llama_seq_id * seq_ids, int32_t n_seq_ids, bool output) {
    const int32_t i = batch->n_tokens++;
    batch->token[i]    = token;
    batch->pos[i]      = pos;
    batch->n_seq_id[i] = n_seq_ids;
    for (int32_t k = 0; k < n_seq_ids; k++) {
        batch->seq_id[i][k] = seq_ids[k];
    }
    batch->logits[i] = output;
}
