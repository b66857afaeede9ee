#include "fit.h"

#include "log_hook.hpp"

#include <cstring>
#include <mutex>
#include <string>
#include <type_traits>

#if __has_include("common/fit.h")
#    include "common/fit.h"
#    define LCFFI_HAS_FIT
#endif

namespace {

std::string & layers() {
    static thread_local std::string names;
    return names;
}

void on_text(const char * text) {
    constexpr const char * before = " assigned to device ";
    const char * name = std::strstr(text, before);
    if (name == nullptr || std::strstr(text, "layer") == nullptr) {
        return;
    }
    name += std::strlen(before);
    layers().append(name, std::strcspn(name, ",\r\n"));
    layers() += '\n';
}

#if defined(LCFFI_HAS_FIT)
// A template: what does not fit this llama.cpp's function is then not compiled.
template <typename Fit>
int32_t fit_with(Fit fit, const char * path, llama_model_params * params, llama_context_params * context,
                 float * tensor_split, llama_model_tensor_buft_override * overrides, size_t * margins,
                 uint32_t n_ctx_min) {
    constexpr ggml_log_level level = GGML_LOG_LEVEL_ERROR;
    if constexpr (std::is_invocable_v<Fit, const char *, llama_model_params *, llama_context_params *, float *,
                                      llama_model_tensor_buft_override *, size_t *, uint32_t, std::nullptr_t,
                                      ggml_log_level>) {
        return static_cast<int32_t>(
            fit(path, params, context, tensor_split, overrides, margins, n_ctx_min, nullptr, level));
    } else if constexpr (std::is_invocable_v<Fit, const char *, llama_model_params *, llama_context_params *, float *,
                                             llama_model_tensor_buft_override *, size_t *, uint32_t, ggml_log_level>) {
        return static_cast<int32_t>(fit(path, params, context, tensor_split, overrides, margins, n_ctx_min, level));
    } else {
        return LCFFI_FIT_MISSING;
    }
}
#endif

} // namespace

extern "C" {

int32_t lcffi_fit_params(const char * path, llama_model_params * params, llama_context_params * context,
                         float * tensor_split, llama_model_tensor_buft_override * overrides, size_t * margins,
                         uint32_t n_ctx_min) {
#if defined(LCFFI_HAS_FIT)
    static std::mutex                 mutex;
    const std::lock_guard<std::mutex> lock(mutex);
    return fit_with(common_fit_params, path, params, context, tensor_split, overrides, margins, n_ctx_min);
#else
    (void) path, (void) params, (void) context, (void) tensor_split, (void) overrides, (void) margins, (void) n_ctx_min;
    return LCFFI_FIT_MISSING;
#endif
}

void lcffi_layers_watch(void) {
    layers().clear();
    lcffi::this_threads_log_hook() = on_text;
}

const char * lcffi_layers_seen(void) {
    lcffi::this_threads_log_hook() = nullptr;
    return layers().c_str();
}

} // extern "C"
