// What a chat template may use up while llama.cpp's own engine runs it.
//
// The engine has no limits: a macro that calls itself ends the process, a loop in loops never ends. These functions are
// compiled into llama-common and called from the engine's own source, through the macros of template_hooks.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lcffi {

struct template_limits {
    std::int64_t n_steps; // expressions evaluated, values made and looked at
    std::int64_t n_bytes; // of all values made, also of those that are gone
    double       seconds;
    std::size_t  n_stack; // bytes that the engine may take of this thread's stack, from here on
};

// Hold what this thread runs to `limits`, until template_limits_end(). Past them the engine throws std::runtime_error.
void template_limits_begin(const template_limits & limits);
void template_limits_end();

void template_step();
void template_bytes(std::size_t n_bytes);

} // namespace lcffi
