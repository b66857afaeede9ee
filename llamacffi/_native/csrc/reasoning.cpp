#include "reasoning.h"

#include "common/reasoning-budget.h"

#include <vector>

extern "C" {

struct llama_sampler * lcffi_sampler_reasoning(const struct llama_vocab * vocab, const llama_token * start, int32_t n_start,
                                               const llama_token * ends, const int32_t * n_end, int32_t n_ends,
                                               const llama_token * forced, int32_t n_forced, int32_t budget,
                                               bool counting) {
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
