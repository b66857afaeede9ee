// The few candidates that matter, found without a list of all.
#pragma once

#include "llama.h"

#include <vector>

namespace lcffi {

// Fill `candidates` with tokens of the row `logits` in the vocabulary's order, among them the `n_best` of highest logit and
// all that are their equals; those that are forbidden are left out. Returns false, when that would be no gain or some
// logit is +inf or no number.
bool shortlist(std::vector<llama_token_data> & candidates, const float * logits, int32_t n_vocab, int32_t n_best);

} // namespace lcffi
