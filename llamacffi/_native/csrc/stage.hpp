// A stage of a sampler chain that is ours: what llama.cpp wants of a `llama_sampler_i`, made of a class.
#pragma once

#include "llama.h"

#include <utility>

namespace lcffi {

// A sampler whose state is a `T`, copied and freed with it. `T` has a `name` and the methods that are called here.
template <typename T> struct stage {
    static llama_sampler * make(T state) { return llama_sampler_init(functions(), new T(std::move(state))); }

private:
    static T * of(const llama_sampler * sampler) { return static_cast<T *>(sampler->ctx); }

    static llama_sampler_i * functions() {
        static llama_sampler_i made_once = [] {
            llama_sampler_i made = {};
            made.name   = [](const llama_sampler *) { return T::name; };
            made.accept = [](llama_sampler * sampler, llama_token token) { of(sampler)->accept(token); };
            made.apply  = [](llama_sampler * sampler, llama_token_data_array * candidates) { of(sampler)->apply(candidates); };
            made.reset  = [](llama_sampler * sampler) { of(sampler)->reset(); };
            made.clone  = [](const llama_sampler * sampler) { return make(*of(sampler)); };
            made.free   = [](llama_sampler * sampler) { delete of(sampler); };
            return made;
        }();
        return &made_once;
    }
};

} // namespace lcffi
