// Running a function with as much stack as it needs.
#pragma once

#include <cstddef>
#include <functional>

namespace lcffi {

// How much stack this thread has left, in bytes.
std::size_t stack_left();

// The machine's memory, in bytes: a stack of more than that is never wise.
std::size_t machine_memory();

// Run `work` on a new thread with `n_bytes` of stack and wait for it; memory is taken as the stack grows. What it throws,
// an assertion of ggml included, is thrown here. Throws std::bad_alloc when the system refuses the thread.
void run_with_stack(std::size_t n_bytes, const std::function<void()> & work);

} // namespace lcffi
