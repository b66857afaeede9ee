#include "log.h"

#include "compat.h"
#include "log_hook.hpp"

#include "ggml.h"
#include "llama.h"
#include "mtmd-helper.h"

#include "common/log.h"

#include <atomic>
#include <cstddef>
#include <cstring>
#include <deque>
#include <string>

namespace {

constexpr std::size_t max_errors = 8;

std::atomic<lcffi_log_line_t> line_sink{nullptr};

// Lines come in pieces: a message may hold several, and one of level CONT goes on where the last one stopped.
struct thread_log {
    std::string             line;
    ggml_log_level          level = GGML_LOG_LEVEL_INFO;
    std::deque<std::string> errors;
    std::string             joined;

    void finish_line() {
        if (!line.empty() && line.back() == '\r') {
            line.pop_back();
        }
        if (line.empty()) {
            return;
        }
        if (level == GGML_LOG_LEVEL_ERROR) {
            errors.push_back(line);
            if (errors.size() > max_errors) {
                errors.pop_front();
            }
        }
        if (const lcffi_log_line_t sink = line_sink.load()) {
            sink(level, line.c_str());
        }
        line.clear();
    }

    void add(ggml_log_level new_level, const char * text) {
        if (new_level != GGML_LOG_LEVEL_CONT) {
            finish_line();
            level = new_level;
        }
        while (const char * end = std::strchr(text, '\n')) {
            line.append(text, end);
            finish_line();
            text = end + 1;
        }
        line.append(text);
    }
};

thread_log & this_thread() {
    static thread_local thread_log log;
    return log;
}

void on_log(ggml_log_level level, const char * text, void *) {
    if (const lcffi::log_hook_t hook = lcffi::this_threads_log_hook()) {
        hook(text);
    }
    this_thread().add(level, text);
}

} // namespace

lcffi::log_hook_t & lcffi::this_threads_log_hook() {
    static thread_local log_hook_t hook = nullptr;
    return hook;
}

extern "C" {

void lcffi_log_install(lcffi_log_line_t line) {
    line_sink.store(line);
    llama_log_set(on_log, nullptr);       // ggml's too
    mtmd_helper_log_set(on_log, nullptr); // mtmd's too
    common_log_set_verbosity_thold(-1);   // llama-common has a logger of its own, with a thread and a colour scheme
}

void lcffi_log_clear(void) {
    this_thread().errors.clear();
}

const char * lcffi_log_errors(void) {
    thread_log & log = this_thread();
    log.finish_line();
    log.joined.clear();
    for (const std::string & error : log.errors) {
        if (!log.joined.empty()) {
            log.joined += '\n';
        }
        log.joined += error;
    }
    return log.joined.c_str();
}

} // extern "C"
