// The error that a guard caught on this thread and that the wrapper is about to raise.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_MSC_VER)
#    define LCFFI_THREAD_LOCAL __declspec(thread)
#else
#    define LCFFI_THREAD_LOCAL __thread // one spelling that C and C++ share, without C++'s lazy initialisation
#endif

extern LCFFI_THREAD_LOCAL int lcffi_pending;

// Take the pending error: the name of its class in llamacffi.errors ("MemoryError" is Python's own), and its text.
// Both stay valid until this thread's next error.
void lcffi_take_pending(const char ** error_class, const char ** message);

#ifdef __cplusplus
}
#endif
