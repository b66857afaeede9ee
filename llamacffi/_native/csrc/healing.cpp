#include "healing.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

namespace {

struct healing {
    std::vector<int32_t>     begins;
    std::vector<llama_token> tokens;
    std::vector<int32_t>     next;
    int32_t                  state = 0;

    bool done() const {
        return state + 1 >= static_cast<int32_t>(begins.size());
    }

    // Where `token` is among those that the state allows, or -1.
    int32_t place(llama_token token) const {
        const auto begin = tokens.begin() + begins[state], end = tokens.begin() + begins[state + 1];
        const auto found = std::lower_bound(begin, end, token);
        return found == end || *found != token ? -1 : static_cast<int32_t>(found - tokens.begin());
    }
};

healing * of(const llama_sampler * sampler) {
    return static_cast<healing *>(sampler->ctx);
}

const char * name(const llama_sampler *) {
    return "healing"; // sampler.cpp knows it by this
}

void accept(llama_sampler * sampler, llama_token token) {
    healing * self = of(sampler);
    if (!self->done()) {
        const int32_t place = self->place(token);
        self->state = place < 0 ? static_cast<int32_t>(self->begins.size()) - 1 : self->next[place];
    }
}

void apply(llama_sampler * sampler, llama_token_data_array * candidates) {
    const healing * self = of(sampler);
    if (self->done()) {
        return;
    }
    llama_token_data * end = candidates->data + candidates->size;
    // Dropped, not forbidden by -inf: llama.cpp's entropy would not be a number.
    end = std::remove_if(candidates->data, end, [&](const llama_token_data & each) { return self->place(each.id) < 0; });
    if (end == candidates->data) {
        throw std::runtime_error("no token is left: none continues what the prompt ended in");
    }
    candidates->size     = end - candidates->data;
    candidates->selected = -1;
}

void reset(llama_sampler * sampler) {
    of(sampler)->state = 0;
}

llama_sampler * clone(const llama_sampler * sampler);

void release(llama_sampler * sampler) {
    delete of(sampler);
}

llama_sampler_i * functions() {
    static llama_sampler_i made_once = [] {
        llama_sampler_i made = {};
        made.name   = name;
        made.accept = accept;
        made.apply  = apply;
        made.reset  = reset;
        made.clone  = clone;
        made.free   = release;
        return made;
    }();
    return &made_once;
}

llama_sampler * clone(const llama_sampler * sampler) {
    return llama_sampler_init(functions(), new healing(*of(sampler)));
}

} // namespace

extern "C" struct llama_sampler * lcffi_sampler_healing(int32_t n_states, const int32_t * begins,
                                                        const llama_token * tokens, const int32_t * next) {
    auto made = std::make_unique<healing>();
    made->begins.assign(begins, begins + n_states + 1);
    made->tokens.assign(tokens, tokens + begins[n_states]);
    made->next.assign(next, next + begins[n_states]);
    return llama_sampler_init(functions(), made.release());
}
