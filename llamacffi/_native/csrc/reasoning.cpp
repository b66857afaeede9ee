#include "reasoning.h"
#include "reasoning.hpp"

#include "common/reasoning-budget.h"

#include <vector>

namespace {

bool thinks(const llama_sampler * budget) {
    const common_reasoning_budget_state state = common_reasoning_budget_get_state(budget);
    return state != REASONING_BUDGET_IDLE && state != REASONING_BUDGET_DONE;
}

} // namespace

extern "C" {

struct llama_sampler * lcffi_sampler_reasoning(const struct llama_vocab * vocab, const llama_token * start, int32_t n_start,
                                               const llama_token * ends, const int32_t * n_end, int32_t n_ends,
                                               const llama_token * forced, int32_t n_forced, int32_t budget,
                                               bool counting) {
    static const bool told = [] {
        lcffi::is_thinking     = thinks;
        lcffi::end_of_thoughts = common_reasoning_budget_get_end_match;
        return true;
    }();
    (void) told;
    std::vector<llama_tokens> end_sequences;
    for (int32_t i = 0; i < n_ends; i++) {
        end_sequences.emplace_back(ends, ends + n_end[i]);
        ends += n_end[i];
    }
    common_reasoning_budget_state state = REASONING_BUDGET_IDLE;
    if (counting) {
        state = budget > 0 ? REASONING_BUDGET_COUNTING : REASONING_BUDGET_FORCING;
    }
    return common_reasoning_budget_init(vocab, {llama_tokens(start, start + n_start)}, end_sequences,
                                        llama_tokens(forced, forced + n_forced), budget, state);
}

} // extern "C"
