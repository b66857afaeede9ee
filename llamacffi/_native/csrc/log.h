// One sink for the log lines of llama, ggml, mtmd and llama-common.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// One whole line, without its newline; `level` is a ggml_log_level, never CONT.
typedef void (*lcffi_log_line_t)(int32_t level, const char * text);

// Send every line to `line`, from whichever thread logs it. NULL drops them.
void lcffi_log_install(lcffi_log_line_t line);

// Forget the error lines that this thread has logged so far.
void lcffi_log_clear(void);

// The last error lines (at most 8) that this thread logged since lcffi_log_clear, joined by newlines; "" when none.
// Valid until this thread's next log line.
const char * lcffi_log_errors(void);

#ifdef __cplusplus
}
#endif
