// Included before the two sources of llama.cpp's template engine (jinja/runtime.cpp, jinja/value.cpp), this makes them count
// what they do. Every header of theirs comes first, so that the macros meet nothing but the bodies of those files.
#pragma once

#include "template_values.hpp"

namespace jinja {

inline context & lcffi_stepped(context & ctx) {
    lcffi::template_step();
    return ctx;
}

// `amount`, a number of bytes or something that takes some, counted.
template <typename T> T && lcffi_counted(T && amount) {
    if constexpr (std::is_integral_v<std::decay_t<T>>) {
        lcffi::template_bytes(static_cast<std::size_t>(amount)); // a negative one is more than there is
    } else {
        lcffi::template_bytes(lcffi_size(amount));
    }
    lcffi::template_step();
    return std::forward<T>(amount);
}

} // namespace jinja

// A definition's parameter is written `context & ctx` or `context &`, the one call's argument `ctx`.
#define execute_impl(argument) execute_impl(LCFFI_##argument)
#define LCFFI_ctx lcffi_stepped(ctx)
#define LCFFI_context context

#define append(text) append(lcffi_counted(text))
#define reserve(n) reserve(lcffi_counted(n))
#define assign(n, character) assign(lcffi_counted(n), character)
#define replace(start, n, text) replace(start, n, lcffi_counted(text))
#define getline(stream, line) getline(stream, line) && (lcffi_counted(indent), true)
