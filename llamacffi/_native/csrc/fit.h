// How much of a model fits in the memory of the devices, and where a model's layers went.
#pragma once

#include "llama.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What lcffi_fit_params returns beside the values of common_params_fit_status: this llama.cpp has no such function, or
// one with other parameters.
#define LCFFI_FIT_MISSING (-1)

// common_fit_params of llama-common, one call at a time. It loads the model without its weights, several times, and
// sets n_gpu_layers, n_ctx (when 0), and the two tables, which `params` then points to: `tensor_split` has
// llama_max_devices() numbers and `overrides` llama_max_tensor_buft_overrides() entries. `margins` is the memory, in
// bytes, that is to stay free on each device. Returns 0 when everything fits, 1 when it does not, 2 for an error.
int32_t lcffi_fit_params(const char * path, struct llama_model_params * params, struct llama_context_params * context,
                         float * tensor_split, struct llama_model_tensor_buft_override * overrides, size_t * margins,
                         uint32_t n_ctx_min);

// What a model and a context take of memory (common_get_device_memory_data of llama-common), which loads the model without
// its weights. Of device i the bytes of weights, of the cache, and of computing are in `bytes` at 3 * i; the last one is
// the host. Returns how many there are, at most `room`, of which `devices` gets those but the host, or LCFFI_FIT_MISSING.
int32_t lcffi_memory_use(const char * path, const struct llama_model_params * params,
                         const struct llama_context_params * context, ggml_backend_dev_t * devices, uint64_t * bytes,
                         int32_t room);

// Note, from now on, what llama.cpp says on this thread of where the layers of a model that it loads go.
void lcffi_layers_watch(void);

// End that, and return the names of the devices, each with a newline, in the order of the layers; the last one holds
// the output. "" when llama.cpp said nothing. Valid until this thread's next lcffi_layers_watch.
const char * lcffi_layers_seen(void);

#ifdef __cplusplus
}
#endif
