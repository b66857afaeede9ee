#include "quantize.h"

#include "log_hook.hpp"

#include <cstdio>
#include <stdexcept>
#include <string>

namespace {

thread_local lcffi_interrupt * active = nullptr;

std::string & said() {
    static thread_local std::string text;
    return text;
}

void on_text(const char * text) {
    said() += text;
    int i = 0;
    int n = 0;
    if (std::sscanf(text, "[%d/%d]", &i, &n) != 2 || n < 1 || i < 1) {
        return;
    }
    if (!lcffi_interrupt_progress(float(i - 1) / float(n), active)) {
        throw std::runtime_error("stopped");
    }
}

// Takes back what it set, also when an assertion is thrown through it.
struct scope {
    explicit scope(lcffi_interrupt * interrupt) {
        active = interrupt;
        said().clear();
        lcffi::this_threads_log_hook() = on_text;
    }
    ~scope() {
        lcffi::this_threads_log_hook() = nullptr;
        active = nullptr;
    }
};

} // namespace

extern "C" uint32_t lcffi_quantize(const char * source, const char * target, const llama_model_quantize_params * params,
                                   lcffi_interrupt * interrupt) {
    const scope hooked(interrupt);
    return llama_model_quantize(source, target, params);
}

extern "C" const char * lcffi_quantize_said(void) {
    return said().c_str();
}
