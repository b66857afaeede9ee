#include "guard_scope.hpp"

#include "ggml.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>

#if defined(_WIN32)
#    define WIN32_LEAN_AND_MEAN
#    include <windows.h>
#else
#    include <dlfcn.h>
#endif

LCFFI_THREAD_LOCAL int32_t lcffi_depth = 0;
LCFFI_THREAD_LOCAL int32_t lcffi_pending = 0;

namespace {

struct assertion : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct backend_missing : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct not_built : std::runtime_error {
    using std::runtime_error::runtime_error;
};

thread_local std::string pending_message;
thread_local const char * pending_class = "NativeError";

void set_pending(const char * error_class, std::string message) {
    pending_class = error_class;
    pending_message = std::move(message);
    lcffi_pending = 1;
}

// ggml calls this instead of printing; when it returns, ggml ends the process.
void on_assertion(const char * message) {
    if (lcffi::guard_scope::active()) {
        throw assertion(message);
    }
    std::fprintf(stderr, "%s\n", message);
}

#if defined(_WIN32)
using library_t = HMODULE;

library_t open_library(const char * path) {
    const int n = MultiByteToWideChar(CP_UTF8, 0, path, -1, nullptr, 0);
    std::wstring wide(n > 0 ? n : 1, L'\0');
    MultiByteToWideChar(CP_UTF8, 0, path, -1, &wide[0], n);
    return LoadLibraryExW(wide.c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
}
void close_library(library_t library) { FreeLibrary(library); }
void * find_symbol(library_t library, const char * name) {
    return reinterpret_cast<void *>(GetProcAddress(library, name));
}
std::string library_error() { return "Windows error " + std::to_string(GetLastError()); }
#else
using library_t = void *;

library_t open_library(const char * path) {
    int flags = RTLD_NOW | RTLD_LOCAL;
#    if defined(RTLD_DEEPBIND)
    // Ours are never global. When someone else's ggml is, a plug-in would be bound to that one.
    if (dlsym(RTLD_DEFAULT, "ggml_backend_load") != nullptr) {
        flags |= RTLD_DEEPBIND;
    }
#    endif
    return dlopen(path, flags);
}
void close_library(library_t library) { dlclose(library); }
void * find_symbol(library_t library, const char * name) { return dlsym(library, name); }
std::string library_error() {
    const char * text = dlerror();
    return text ? text : "unknown error";
}
#endif

std::mutex plugins_mutex;

std::map<std::string, library_t> & plugins() {
    static auto * const map = new std::map<std::string, library_t>(); // never destroyed: worker threads may outlive us
    return *map;
}

} // namespace

namespace lcffi {

void caught(const char * function) noexcept {
    try {
        const std::string where = std::string(function) + ": ";
        try {
            throw;
        } catch (const assertion & error) {
            set_pending("NativeError", where + error.what());
        } catch (const backend_missing & error) {
            set_pending("BackendError", error.what());
        } catch (const not_built & error) {
            set_pending("BuildError", error.what());
        } catch (const std::bad_alloc &) {
            set_pending("MemoryError", where + "out of memory");
        } catch (const std::exception & error) {
            set_pending("NativeError", where + "C++ exception: " + error.what());
        } catch (...) {
            set_pending("NativeError", where + "C++ exception of an unknown type");
        }
    } catch (...) { // building the text failed
        pending_class = "MemoryError";
        pending_message.clear();
        lcffi_pending = 1;
    }
}

void * plugin_symbol(const char * backend, const char * function) {
    const std::lock_guard<std::mutex> lock(plugins_mutex);
    const auto found = plugins().find(backend);
    if (found == plugins().end()) {
        throw backend_missing(std::string(function) + " is a function of the " + backend +
            " backend, which is not loaded; `llamacffi backend list` shows those that are installed, and"
            " `llamacffi backend add " + backend + "` adds it");
    }
    void * symbol = find_symbol(found->second, function);
    if (symbol == nullptr) {
        throw backend_missing(std::string(function) + " is declared by llama.cpp, but the " + backend +
            " backend that is installed does not define it");
    }
    return symbol;
}

void left_out(const char * function, const char * header) {
    throw not_built(std::string(function) + " is not in this build: what csrc/" + header +
        " declares does not fit the llama.cpp that llamacffi was built from; build it from the pinned one");
}

} // namespace lcffi

extern "C" {

void lcffi_take_pending(const char ** error_class, const char ** message) {
    *error_class = pending_class;
    *message = pending_message.c_str();
    lcffi_pending = 0;
}

void lcffi_guard_install(void) {
    ggml_set_abort_callback(on_assertion);
}

static int32_t * pending_flag(void) {
    return &lcffi_pending;
}

void lcffi_pending_functions(void ** flag, void ** take) {
    *flag = reinterpret_cast<void *>(pending_flag);
    *take = reinterpret_cast<void *>(lcffi_take_pending);
}

const char * lcffi_plugin_open(const char * backend, const char * path) {
    static thread_local std::string reason;
    library_t library = open_library(path);
    if (library == nullptr) {
        reason = library_error();
        return reason.c_str();
    }
    const std::lock_guard<std::mutex> lock(plugins_mutex);
    plugins()[backend] = library;
    return nullptr;
}

const char * lcffi_plugin_commit(const char * path) {
    static thread_local std::string commit;
    library_t library = open_library(path);
    if (library == nullptr) {
        commit = "!" + library_error();
        return commit.c_str();
    }
    const auto * text = static_cast<const char *>(find_symbol(library, "lcffi_built_from"));
    commit = text ? text : "";
    close_library(library);
    return text ? commit.c_str() : nullptr;
}

int32_t lcffi_plugin_score(const char * path) {
    library_t library = open_library(path);
    if (library == nullptr) {
        return -1;
    }
    const auto score = reinterpret_cast<int (*)(void)>(find_symbol(library, "ggml_backend_score"));
    const int32_t found = score ? score() : -1;
    close_library(library);
    return found;
}

} // extern "C"
