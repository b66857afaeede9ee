// Asking a grammar by the tree.
#pragma once

#include "token_tree.h"

#include <vector>

struct lcffi_token_tree {
    std::vector<llama_token> order;  // the children of one token side by side, the roots first
    std::vector<int32_t>     begins; // for each token, where its children begin in `order`; and one more
    int32_t                  n_roots = 0;
    int32_t                  longest = 0; // bytes that a token spells at most
};

namespace lcffi {

// Reduce `candidates`, the whole vocabulary in its order, to those that `grammar` allows. A token is only asked about
// when the one above it is allowed: so this is for grammars that look at a token's text, not at its number. Returns
// false, with nothing changed, when there is no such tree or most would have to be asked about anyway.
bool keep_allowed(const lcffi_token_tree * tree, llama_sampler * grammar, std::vector<llama_token_data> & candidates);

} // namespace lcffi
