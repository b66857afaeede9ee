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

// How many tokens stand under no other.
int32_t lcffi_token_tree_n_roots(const struct lcffi_token_tree * tree);

#ifdef __cplusplus
}
#endif
