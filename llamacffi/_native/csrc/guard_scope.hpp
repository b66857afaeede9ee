// What the generated guards use (bindgen/emit_guard.py writes them).
#pragma once

#include "guard.h"
#include "pending.h"

namespace lcffi {

// Marks this thread as inside a guard: assertions throw instead of ending the process. Scopes nest, because a callback
// into Python may call lib again.
class guard_scope {
public:
    guard_scope() {
        if (lcffi_depth++ == 0) {
            lcffi_pending = 0; // an error that a raw function pointer left behind belongs to nobody any more
        }
    }
    ~guard_scope() { --lcffi_depth; }
    guard_scope(const guard_scope &) = delete;
    guard_scope & operator=(const guard_scope &) = delete;

    static bool active() { return lcffi_depth > 0; }
};

// Turn the exception that is being handled into this thread's pending error. Call it in a catch block only.
void caught(const char * function) noexcept;

// The address of a function that lives in a plug-in backend; throws when the plug-in or the function is not there.
void * plugin_symbol(const char * backend, const char * function);

// Throws: the function is one of ours that this build leaves out.
[[noreturn]] void left_out(const char * function, const char * header);

} // namespace lcffi
