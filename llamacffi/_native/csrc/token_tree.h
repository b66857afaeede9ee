// The tokens of a vocabulary by what they begin with, so that a grammar need not be asked about each of them.
#pragma once

#include "llama.h"

#ifdef __cplusplus
extern "C" {
#endif

struct lcffi_token_tree;

// A tree in which a token stands under the longest other token that it begins with. It holds nothing of the vocabulary.
struct lcffi_token_tree * lcffi_token_tree_init(const struct llama_vocab * vocab);

void lcffi_token_tree_free(struct lcffi_token_tree * tree);

// Find the tokens that `text` begins with, those that spell it, and those that begin with it: their numbers go to `counts`,
// in this order, and the tokens, as far as there is `room`, to `tokens`, each of the three in rising order. Tokens that
// spell nothing and those that end a generation are none of them. Returns how many there are; `vocab` is the tree's.
int32_t lcffi_token_tree_match(const struct lcffi_token_tree * tree, const struct llama_vocab * vocab,
                               const char * text, int32_t n_text, llama_token * tokens, int32_t room, int32_t * counts);

// How many bytes the longest token spells.
int32_t lcffi_token_tree_longest(const struct lcffi_token_tree * tree);

#ifdef __cplusplus
}
#endif
