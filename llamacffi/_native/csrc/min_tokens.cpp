#include "min_tokens.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace {

struct min_tokens {
    std::vector<llama_token> ends; // in ascending order
    int32_t                  n_min;
    int32_t                  n_accepted;
};

min_tokens * of(const llama_sampler * sampler) {
    return static_cast<min_tokens *>(sampler->ctx);
}

const char * name(const llama_sampler *) {
    return "min-tokens";
}

void accept(llama_sampler * sampler, llama_token) {
    of(sampler)->n_accepted = std::min(of(sampler)->n_accepted + 1, of(sampler)->n_min);
}

void apply(llama_sampler * sampler, llama_token_data_array * candidates) {
    const min_tokens * self = of(sampler);
    if (self->n_accepted == self->n_min) {
        return;
    }
    const auto forbid = [](llama_token_data & candidate) { candidate.logit = -INFINITY; };
    bool in_place = true; // usually the whole vocabulary in its order
    for (const llama_token end : self->ends) {
        const size_t i = static_cast<size_t>(end);
        in_place = in_place && i < candidates->size && candidates->data[i].id == end;
        if (in_place) {
            forbid(candidates->data[i]);
        }
    }
    for (size_t i = 0; !in_place && i < candidates->size; i++) {
        if (std::binary_search(self->ends.begin(), self->ends.end(), candidates->data[i].id)) {
            forbid(candidates->data[i]);
        }
    }
    candidates->sorted = false;
}

void reset(llama_sampler * sampler) {
    of(sampler)->n_accepted = 0;
}

llama_sampler * clone(const llama_sampler * sampler);

void release(llama_sampler * sampler) {
    delete of(sampler);
}

llama_sampler_i & interface() {
    static llama_sampler_i functions = [] {
        llama_sampler_i made = {};
        made.name   = name;
        made.accept = accept;
        made.apply  = apply;
        made.reset  = reset;
        made.clone  = clone;
        made.free   = release;
        return made;
    }();
    return functions;
}

llama_sampler * clone(const llama_sampler * sampler) {
    return llama_sampler_init(&interface(), new min_tokens(*of(sampler)));
}

} // namespace

extern "C" struct llama_sampler * lcffi_sampler_min_tokens(const llama_token * ends, int32_t n_ends, int32_t n_min) {
    std::vector<llama_token> sorted(ends, ends + n_ends);
    std::sort(sorted.begin(), sorted.end());
    return llama_sampler_init(&interface(), new min_tokens{std::move(sorted), n_min, 0});
}
