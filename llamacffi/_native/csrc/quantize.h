// Quantizing, with a way to follow and to stop it.
#pragma once

#include "interrupt.h"
#include "llama.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// llama_model_quantize, which tells nothing but log lines: the one that begins each tensor gives the progress to
// lcffi_interrupt_progress, and ends the work when that says so. Returns what llama_model_quantize does.
uint32_t lcffi_quantize(const char * source, const char * target, const struct llama_model_quantize_params * params,
                        struct lcffi_interrupt * interrupt);

// What the last lcffi_quantize logged on this thread; with dry_run that is all that it does. Valid until the next.
const char * lcffi_quantize_said(void);

#ifdef __cplusplus
}
#endif
