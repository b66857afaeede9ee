// Looking at what a decode computes.
#pragma once

#include "ggml.h"

#ifdef __cplusplus
extern "C" {
#endif

// A ggml_backend_sched_eval_callback; a name of our own, so that that callback stays free for users of `lib`.
typedef bool (*lcffi_eval_t)(struct ggml_tensor * tensor, bool ask, void * user_data);

#ifdef __cplusplus
}
#endif
