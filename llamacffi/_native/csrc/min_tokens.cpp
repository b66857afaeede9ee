#include "min_tokens.h"

#include "stage.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace {

struct min_tokens {
    static constexpr const char * name = "min-tokens";

    std::vector<llama_token> ends; // in ascending order
    int32_t                  n_min;
    int32_t                  n_accepted;

    void accept(llama_token) { n_accepted = std::min(n_accepted + 1, n_min); }

    void apply(llama_token_data_array * candidates) const {
        if (n_accepted == n_min) {
            return;
        }
        const auto forbid = [](llama_token_data & candidate) { candidate.logit = -INFINITY; };
        bool in_place = true; // usually the whole vocabulary in its order
        for (const llama_token end : ends) {
            const size_t i = static_cast<size_t>(end);
            in_place = in_place && i < candidates->size && candidates->data[i].id == end;
            if (in_place) {
                forbid(candidates->data[i]);
            }
        }
        for (size_t i = 0; !in_place && i < candidates->size; i++) {
            if (std::binary_search(ends.begin(), ends.end(), candidates->data[i].id)) {
                forbid(candidates->data[i]);
            }
        }
        candidates->sorted = false;
    }

    void reset() { n_accepted = 0; }
};

} // namespace

extern "C" struct llama_sampler * lcffi_sampler_min_tokens(const llama_token * ends, int32_t n_ends, int32_t n_min) {
    std::vector<llama_token> sorted(ends, ends + n_ends);
    std::sort(sorted.begin(), sorted.end());
    return lcffi::stage<min_tokens>::make({std::move(sorted), n_min, 0});
}
