// Included before llama-grammar.cpp, this makes it count what it does. Every header of that file comes first, so that the
// macros meet nothing but its body. Where a later llama.cpp words it otherwise less is counted, and nothing else changes.
#pragma once

#include "grammar_limits.hpp"

#include "llama-grammar.h"
#include "llama-impl.h"
#include "llama-vocab.h"
#if __has_include("llama-sampler.h")
#    include "llama-sampler.h"
#elif __has_include("llama-sampling.h")
#    include "llama-sampling.h"
#endif

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lcffi {

// Each way to go on is a stack that is copied once and moved about.
inline llama_grammar_stack & grammar_moved(llama_grammar_stack & stack) {
    grammar_worked(static_cast<std::int64_t>(stack.size()) + 8);
    return stack;
}
template <typename T> T & grammar_moved(T & value) { return value; }

// Room is made for tokens that are then looked at one by one.
inline std::size_t grammar_tokens(std::size_t n) {
    grammar_worked(static_cast<std::int64_t>(n));
    return n;
}

// Those that were found are kept until the search is over, in a set called `seen`.
template <typename T> const T & grammar_searching(const T & order) {
    grammar_begin_search();
    return order;
}

// Behind an argument `grammar_element()` is a value, which counts; behind a parameter it is the type of one more, a function
// that returns this, to whose address the value converts. So one macro does for the calls and for the definition.
struct grammar_element {
    using function = grammar_element (*)();
    grammar_element() { grammar_worked(1); }
    operator function() const { return nullptr; }
};

} // namespace lcffi

#define llama_grammar_is_end_of_sequence(position) llama_grammar_is_end_of_sequence(position, lcffi::grammar_element())
#define move(value) move(lcffi::grammar_moved(value))
#define reserve(n) reserve(lcffi::grammar_tokens(n))
#define seen(order) seen(lcffi::grammar_searching(order))
