// How an error inside C or C++ becomes a Python exception.
//
// Every function of `lib` is called through a generated guard (bindgen/emit_guard.py): a C++ try/catch that turns a
// thrown exception, and an assertion of ggml on this thread, into a pending error. The wrapper that cffi generated looks
// for it on its way back into Python and raises it there (raise.h).
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Make ggml's assertions throw while a guard is on this thread's stack; elsewhere they still end the process.
void lcffi_guard_install(void);

// Remember the shared library that holds the functions of a plug-in backend ("cpu", "rpc"), already loaded from `path`.
// Returns NULL, or why it could not be opened; the text is valid until this thread's next call.
const char * lcffi_plugin_open(const char * backend, const char * path);

// The llama.cpp commit that the plug-in file at `path` says it was built from, read without initialising the backend.
// NULL when it says nothing; a file that cannot be opened at all gives "!" and the loader's reason.
const char * lcffi_plugin_commit(const char * path);

// What the plug-in's `ggml_backend_score` says of this machine, read without initialising the backend: 0 when the CPU
// lacks what it was compiled for, else the more of the machine's features it uses, the higher. -1 when it does not say.
int32_t lcffi_plugin_score(const char * path);

// For those who call a function of `lib` by its address, past the wrapper that would have raised its error: the
// addresses of two functions without a guard. `flag` is `int32_t * (*)(void)`, this thread's flag of a pending error,
// valid as long as the thread lives; `take` is lcffi_take_pending (pending.h).
void lcffi_pending_functions(void ** flag, void ** take);

#ifdef __cplusplus
}
#endif
