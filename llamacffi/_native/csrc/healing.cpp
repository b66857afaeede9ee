#include "healing.h"

#include "stage.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

namespace {

struct healing {
    static constexpr const char * name = "healing"; // sampler.cpp knows it by this

    std::vector<int32_t>     begins;
    std::vector<llama_token> tokens;
    std::vector<int32_t>     next;
    int32_t                  state = 0;

    void accept(llama_token token) {
        if (!done()) {
            const int32_t found = place(token);
            state = found < 0 ? static_cast<int32_t>(begins.size()) - 1 : next[found];
        }
    }

    void apply(llama_token_data_array * candidates) const {
        if (done()) {
            return;
        }
        llama_token_data * end = candidates->data + candidates->size;
        // Dropped, not forbidden by -inf: llama.cpp's entropy would not be a number.
        end = std::remove_if(candidates->data, end, [&](const llama_token_data & each) { return place(each.id) < 0; });
        if (end == candidates->data) {
            throw std::runtime_error("no token is left: none continues what the prompt ended in");
        }
        candidates->size     = end - candidates->data;
        candidates->selected = -1;
    }

    void reset() { state = 0; }

    bool done() const { return state + 1 >= static_cast<int32_t>(begins.size()); }

    // Where `token` is among those that the state allows, or -1.
    int32_t place(llama_token token) const {
        const auto begin = tokens.begin() + begins[state], end = tokens.begin() + begins[state + 1];
        const auto found = std::lower_bound(begin, end, token);
        return found == end || *found != token ? -1 : static_cast<int32_t>(found - tokens.begin());
    }
};

} // namespace

extern "C" struct llama_sampler * lcffi_sampler_healing(int32_t n_states, const int32_t * begins,
                                                        const llama_token * tokens, const int32_t * next) {
    healing made;
    made.begins.assign(begins, begins + n_states + 1);
    made.tokens.assign(tokens, tokens + begins[n_states]);
    made.next.assign(next, next + begins[n_states]);
    return lcffi::stage<healing>::make(std::move(made));
}
