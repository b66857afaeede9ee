#include "fit.h"

#include "log_hook.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <string>
#include <type_traits>
#include <vector>

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

template <typename Measure>
int32_t measure_with(Measure measure, const char * path, const llama_model_params * params,
                     const llama_context_params * context, ggml_backend_dev_t * devices, uint64_t * bytes,
                     int32_t room) {
    using found_devices = std::vector<ggml_backend_dev_t>;
    if constexpr (std::is_invocable_v<Measure, const char *, const llama_model_params *, const llama_context_params *,
                                      found_devices &, uint32_t &, uint32_t &, uint32_t &, ggml_log_level>) {
        found_devices found;
        uint32_t      n_layers = 0, n_ctx_train = 0, n_expert = 0;
        const auto    told =
            measure(path, params, context, found, n_layers, n_ctx_train, n_expert, GGML_LOG_LEVEL_ERROR);
        const auto n = std::min<int32_t>(room, static_cast<int32_t>(told.size()));
        for (int32_t i = 0; i < n; i++) {
            bytes[3 * i]     = told[i].model;
            bytes[3 * i + 1] = told[i].context;
            bytes[3 * i + 2] = told[i].compute;
            devices[i]       = i < static_cast<int32_t>(found.size()) ? found[i] : nullptr;
        }
        return n;
    } else {
        return LCFFI_FIT_MISSING;
    }
}
#endif

// llama-common changes the logger of the whole process while it works.
std::mutex & at_work() {
    static std::mutex mutex;
    return mutex;
}

} // namespace

extern "C" {

int32_t lcffi_fit_params(const char * path, llama_model_params * params, llama_context_params * context,
                         float * tensor_split, llama_model_tensor_buft_override * overrides, size_t * margins,
                         uint32_t n_ctx_min) {
#if defined(LCFFI_HAS_FIT)
    const std::lock_guard<std::mutex> lock(at_work());
    return fit_with(common_fit_params, path, params, context, tensor_split, overrides, margins, n_ctx_min);
#else
    (void) path, (void) params, (void) context, (void) tensor_split, (void) overrides, (void) margins, (void) n_ctx_min;
    return LCFFI_FIT_MISSING;
#endif
}

int32_t lcffi_memory_use(const char * path, const llama_model_params * params, const llama_context_params * context,
                         ggml_backend_dev_t * devices, uint64_t * bytes, int32_t room) {
#if defined(LCFFI_HAS_FIT)
    const std::lock_guard<std::mutex> lock(at_work());
    // Not named but called: a llama.cpp without the function compiles too.
    const auto measure = [](auto &&... args) -> decltype(common_get_device_memory_data(args...)) {
        return common_get_device_memory_data(args...);
    };
    return measure_with(measure, path, params, context, devices, bytes, room);
#else
    (void) path, (void) params, (void) context, (void) devices, (void) bytes, (void) room;
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
