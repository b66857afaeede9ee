// Samplers whose failure stays with them.
//
// A grammar throws when it is given a token that it forbids, a stage asserts on candidates that an earlier one emptied.
// Through a guard that would be an error of the whole call, and so of the context that was decoding; here it is an answer.
#pragma once

#include "interrupt.h"
#include "llama.h"
#include "token_tree.h"

#ifdef __cplusplus
extern "C" {
#endif

// How many bytes the text of a failure may take, with the NUL that ends it.
#define LCFFI_SAMPLER_ERROR 256

// What there is to know of a chain that its stages do not tell; all may be 0.
struct lcffi_lazy {
    const struct llama_vocab *      vocab;  // when it looks for patterns in the text: std::regex takes stack for each byte of it
    int64_t                         n_text; // bytes accepted so far
    const struct lcffi_token_tree * tree;   // when it comes first and looks at the tokens' text only: see token_tree.h
    int32_t                         budget; // which stage counts thoughts, when the first is a grammar that waits for its
                                            // trigger: it does not look for it there. 0 for none
    int32_t                         n_best; // of how many of the highest logits the stages behind the constraints choose one;
                                            // 0 when it may be any
};

// llama_sampler_sample, which also refuses logits that are not numbers and the choice of a forbidden token. On failure returns false, and `error` says why; nothing was accepted, or not by every stage.
// `lazy` may be NULL. Constraints that the chain begins with, a grammar or our own, are asked
// about the token that the stages behind them choose, and about all tokens only when they refuse that one, as long as
// these stages can choose twice.
bool lcffi_sampler_sample(struct llama_sampler * chain, struct lcffi_lazy * lazy, struct llama_context * ctx,
                          int32_t output, llama_token * token, char * error);

// llama_sampler_apply, failing as lcffi_sampler_sample does.
bool lcffi_sampler_apply(struct llama_sampler * chain, llama_token_data_array * candidates, char * error);

// llama_sampler_accept of `n_tokens` tokens; not by grammars, reasoning budgets and healing when `grammar` is false,
// because a prompt is not part of what a grammar describes, nor of the thoughts that are counted.
bool lcffi_sampler_accept(struct llama_sampler * chain, struct lcffi_lazy * lazy, const llama_token * tokens,
                          int32_t n_tokens, bool grammar, char * error);

// llama_sampler_init_grammar, or llama_sampler_init_grammar_lazy_patterns when `lazy`, with the stack that a deeply
// nested grammar needs. Returns NULL when it is refused; the reasons are in `error`, a line each.
struct llama_sampler * lcffi_sampler_grammar(const struct llama_vocab * vocab, const char * grammar, const char * root,
                                             bool lazy, const char ** patterns, int32_t n_patterns,
                                             const llama_token * tokens, int32_t n_tokens, char * error);

// From now on a grammar that takes long to go on calls `poll(user_data)` every 20 ms, and true stops it. After some seconds
// it is stopped in any case, and whatever it was asked for fails.
void lcffi_grammar_poll(lcffi_poll_t poll, void * user_data);

// llama_sampler_reset, which parses grammars again: `n_grammar` is the length of the longest.
void lcffi_sampler_reset(struct llama_sampler * chain, int32_t n_grammar);

// The functions of a sampler written in Python, as llama_sampler_i has them; names of our own, so that the callbacks
// of that struct stay free for users of `lib`.
typedef const char *           (*lcffi_sampler_name_t)  (const struct llama_sampler * sampler);
typedef void                   (*lcffi_sampler_accept_t)(struct llama_sampler * sampler, llama_token token);
typedef void                   (*lcffi_sampler_apply_t) (struct llama_sampler * sampler, llama_token_data_array * candidates);
typedef void                   (*lcffi_sampler_reset_t) (struct llama_sampler * sampler);
typedef struct llama_sampler * (*lcffi_sampler_clone_t) (const struct llama_sampler * sampler);
typedef void                   (*lcffi_sampler_free_t)  (struct llama_sampler * sampler);

#ifdef __cplusplus
}
#endif
