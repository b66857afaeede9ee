#include "deep_stack.hpp"

#include "guard_scope.hpp"

#include <cstdint>
#include <exception>
#include <new>

#if defined(_WIN32)
#    define WIN32_LEAN_AND_MEAN
#    include <windows.h>
#else
#    include <pthread.h>
#    include <sys/mman.h>
#    include <unistd.h>
#endif

namespace {

struct job {
    const std::function<void()> & work;
    std::exception_ptr            error;

    void run() noexcept {
        const lcffi::guard_scope scope; // assertions on the new thread throw too
        try {
            work();
        } catch (...) {
            error = std::current_exception();
        }
    }
};

// The lowest address of this thread's stack; 0 when the system does not tell.
std::uintptr_t stack_bottom() {
#if defined(_WIN32)
    ULONG_PTR low = 0, high = 0;
    GetCurrentThreadStackLimits(&low, &high);
    return low;
#elif defined(__APPLE__)
    const pthread_t self = pthread_self();
    return reinterpret_cast<std::uintptr_t>(pthread_get_stackaddr_np(self)) - pthread_get_stacksize_np(self);
#elif defined(__linux__)
    std::uintptr_t bottom = 0;
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        void *      low  = nullptr;
        std::size_t size = 0;
        if (pthread_attr_getstack(&attributes, &low, &size) == 0) {
            bottom = reinterpret_cast<std::uintptr_t>(low);
        }
        pthread_attr_destroy(&attributes);
    }
    return bottom;
#else
    return 0;
#endif
}

#if defined(_WIN32)

DWORD WINAPI enter(void * argument) {
    static_cast<job *>(argument)->run();
    return 0;
}

void run_on_thread(std::size_t n_bytes, job & job) {
    const HANDLE thread = CreateThread(nullptr, n_bytes, enter, &job, STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr);
    if (thread == nullptr) {
        throw std::bad_alloc();
    }
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

#else

void * enter(void * argument) {
    static_cast<job *>(argument)->run();
    return nullptr;
}

// Address space for a stack. The C library would ask for memory that counts as used, and be refused sooner.
struct stack_space {
    explicit stack_space(std::size_t n_bytes) : size(n_bytes) {
        int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
#    if defined(MAP_STACK)
        flags |= MAP_STACK;
#    endif
        address = mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, -1, 0);
        if (address == MAP_FAILED) {
            throw std::bad_alloc();
        }
        mprotect(address, sysconf(_SC_PAGESIZE), PROT_NONE); // running over the end is a fault, not a corruption
    }
    ~stack_space() { munmap(address, size); }
    stack_space(const stack_space &) = delete;
    stack_space & operator=(const stack_space &) = delete;

    std::size_t size;
    void *      address;
};

void run_on_thread(std::size_t n_bytes, job & job) {
    const std::size_t page = sysconf(_SC_PAGESIZE);
    const stack_space stack((n_bytes + page - 1) / page * page + page);
    pthread_attr_t    attributes;
    if (pthread_attr_init(&attributes) != 0) {
        throw std::bad_alloc();
    }
    pthread_t thread;
    const bool started = pthread_attr_setstack(&attributes, stack.address, stack.size) == 0 &&
                         pthread_create(&thread, &attributes, enter, &job) == 0;
    pthread_attr_destroy(&attributes);
    if (!started) {
        throw std::bad_alloc();
    }
    pthread_join(thread, nullptr);
}

#endif

} // namespace

namespace lcffi {

std::size_t stack_left() {
    static thread_local const std::uintptr_t bottom = stack_bottom(); // Linux reads a file to find it
    const char           here    = 0;
    const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(&here);
    return bottom == 0 || bottom > address ? 128 * 1024 : address - bottom; // no system gives a thread less
}

std::size_t machine_memory() {
#if defined(_WIN32)
    MEMORYSTATUSEX status;
    status.dwLength = sizeof status;
    return GlobalMemoryStatusEx(&status) ? static_cast<std::size_t>(status.ullTotalPhys) : std::size_t(1) << 30;
#else
    const long pages = sysconf(_SC_PHYS_PAGES);
    return pages > 0 ? static_cast<std::size_t>(pages) * sysconf(_SC_PAGESIZE) : std::size_t(1) << 30;
#endif
}

void run_with_stack(std::size_t n_bytes, const std::function<void()> & work) {
    job job{work, nullptr};
    run_on_thread(n_bytes, job);
    if (job.error) {
        std::rethrow_exception(job.error);
    }
}

} // namespace lcffi
