// What a grammar may use up while llama.cpp looks for the ways in which it can go on.
//
// It follows all of them at once: an ambiguous grammar ("a"* "a"* "a"* …) has more than there is time or memory for, and
// nothing in llama.cpp looks at signals meanwhile. These functions are compiled into llama and called from its
// llama-grammar.cpp, through the macros of grammar_hooks.hpp.
#pragma once

#include "llama.h"
#include "pending.h"

#include <cstdint>

namespace lcffi {

// While one lives on a thread, what the thread's grammars do ends after some seconds: they throw std::runtime_error.
class LLAMA_API grammar_scope {
public:
    grammar_scope();
    ~grammar_scope();
    grammar_scope(const grammar_scope &) = delete;
    grammar_scope & operator=(const grammar_scope &) = delete;
};

// From now on a grammar that takes long calls `poll(user_data)` every 20 ms, on any thread; true ends it.
LLAMA_API void grammar_poll(bool (*poll)(void * user_data), void * user_data);

// What follows is for the hooks alone.

struct grammar_work {
    std::int64_t until_look; // at the clock
    std::int64_t in_search;  // left of what one search for ways to go on may do
};

extern LCFFI_THREAD_LOCAL grammar_work grammar_left;

void grammar_look();
void grammar_begin_search();

inline void grammar_worked(std::int64_t amount) {
    grammar_left.until_look -= amount;
    grammar_left.in_search  -= amount;
    if (grammar_left.until_look < 0 || grammar_left.in_search < 0) {
        grammar_look();
    }
}

} // namespace lcffi
