// What the guards keep for each thread: how deep it is inside them, and the error that a wrapper is about to raise.
#pragma once

#include <stdint.h> // on Linux it says whose C library this is

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_MSC_VER)
#    define LCFFI_THREAD_LOCAL __declspec(thread)
#elif defined(__GLIBC__)
// Every call of lib reads these: in glibc's reserved space they are one instruction away, not a function call.
#    define LCFFI_THREAD_LOCAL __attribute__((tls_model("initial-exec"))) __thread
#else
#    define LCFFI_THREAD_LOCAL __thread // one spelling that C and C++ share, without C++'s lazy initialisation
#endif

extern LCFFI_THREAD_LOCAL int32_t lcffi_depth;
extern LCFFI_THREAD_LOCAL int32_t lcffi_pending;

// Take the pending error: the name of its class in llamacffi.errors ("MemoryError" is Python's own), and its text.
// Both stay valid until this thread's next error.
void lcffi_take_pending(const char ** error_class, const char ** message);

#ifdef __cplusplus
}
#endif
