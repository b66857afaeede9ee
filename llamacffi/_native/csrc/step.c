#include "step.h"

int32_t lcffi_step(struct llama_context * ctx, struct llama_batch batch,
                   struct lcffi_row * rows, int32_t n_rows, char * pieces, int32_t n_pieces) {
    const int32_t status = llama_decode(ctx, batch);
    if (status != 0) {
        return status;
    }
    const struct llama_vocab * vocab = llama_model_get_vocab(llama_get_model(ctx));
    int32_t used = 0;
    bool    full = false;
    for (int32_t i = 0; i < n_rows; i++) {
        struct lcffi_row * row = &rows[i];
        row->piece   = used;
        row->skipped = row->after >= 0 && (rows[row->after].token != row->expected || rows[row->after].eog);
        if (row->skipped) {
            row->error[0] = '\0';
        }
        if (row->skipped ||
            !lcffi_sampler_sample(row->sampler, row->lazy, ctx, row->output, &row->token, row->error)) {
            row->token   = LLAMA_TOKEN_NULL;
            row->eog     = false;
            row->n_piece = 0;
            continue;
        }
        row->eog = llama_vocab_is_eog(vocab, row->token);
        if (row->logprobs != NULL &&
            !lcffi_logprobs_outputs(ctx, row->output, 1, &row->token, row->n_top, row->logprobs)) {
            row->logprobs[0].token = LLAMA_TOKEN_NULL;
        }
        row->n_piece = llama_token_to_piece(vocab, row->token, pieces + used, n_pieces - used, 0, false);
        if (row->n_piece < 0) {
            full = true;
        } else {
            used += row->n_piece;
        }
    }
    return full ? -100 : 0;
}
