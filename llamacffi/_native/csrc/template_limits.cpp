#include "template_limits.hpp"

#include <chrono>
#include <stdexcept>

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::int64_t steps_per_look = 1024; // at the clock

struct usage {
    bool                    limited = false;
    std::int64_t            n_steps = 0; // left
    std::int64_t            n_bytes = 0; // left
    clock_type::time_point  end;
    std::uintptr_t          stack = 0; // the lowest address that may be used
};

thread_local usage left;

} // namespace

namespace lcffi {

void template_limits_begin(const template_limits & limits) {
    const char           here    = 0;
    const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(&here);
    left.limited = true;
    left.n_steps = limits.n_steps;
    left.n_bytes = limits.n_bytes;
    left.end     = clock_type::now() +
               std::chrono::duration_cast<clock_type::duration>(std::chrono::duration<double>(limits.seconds));
    left.stack   = address > limits.n_stack ? address - limits.n_stack : 0;
}

void template_limits_end() { left.limited = false; }

void template_step() {
    if (!left.limited) {
        return;
    }
    const char here = 0;
    if (reinterpret_cast<std::uintptr_t>(&here) < left.stack) {
        throw std::runtime_error("it calls itself too deeply");
    }
    if (--left.n_steps < 0) {
        throw std::runtime_error("it takes too many steps");
    }
    if (left.n_steps % steps_per_look == 0 && clock_type::now() > left.end) {
        throw std::runtime_error("it takes too long");
    }
}

void template_bytes(std::size_t n_bytes) {
    if (!left.limited) {
        return;
    }
    if (n_bytes > static_cast<std::uint64_t>(left.n_bytes)) {
        throw std::runtime_error("it makes too much text");
    }
    left.n_bytes -= static_cast<std::int64_t>(n_bytes);
}

} // namespace lcffi
