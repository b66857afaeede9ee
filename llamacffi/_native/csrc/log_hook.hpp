// A look at the log lines of one thread while they are written.
#pragma once

namespace lcffi {

// Called with each piece of text that this thread logs, before it is noted. It may throw through the code that logs, as
// long as that is C++ which expects exceptions.
using log_hook_t = void (*)(const char * text);

log_hook_t & this_threads_log_hook();

} // namespace lcffi
