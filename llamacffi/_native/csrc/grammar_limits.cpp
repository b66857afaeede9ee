#include "grammar_limits.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::int64_t work_per_look   = 1 << 16; // a fraction of a millisecond
constexpr std::int64_t work_per_search = 1 << 24; // a hundred megabytes; of a schema's grammar it is thousands

constexpr std::chrono::seconds      longest{5};
constexpr std::chrono::milliseconds between_polls{20};

struct watch {
    int                    n_scopes;
    bool                   looked; // since the scope began
    clock_type::time_point begin;
    clock_type::time_point last_poll;
};

thread_local watch current = {};

std::atomic<bool (*)(void *)> poll{nullptr};
std::atomic<void *>           poll_data{nullptr};

} // namespace

namespace lcffi {

LCFFI_THREAD_LOCAL grammar_work grammar_left = {work_per_look, work_per_search};

grammar_scope::grammar_scope() {
    if (current.n_scopes++ == 0) {
        current.looked = false;
        grammar_left   = {work_per_look, work_per_search};
    }
}

grammar_scope::~grammar_scope() { --current.n_scopes; }

void grammar_poll(bool (*function)(void * user_data), void * user_data) {
    poll_data = user_data;
    poll      = function;
}

void grammar_begin_search() { grammar_left.in_search = work_per_search; }

void grammar_look() {
    if (grammar_left.in_search < 0) {
        grammar_begin_search();
        throw std::runtime_error("the grammar is too ambiguous: there are too many ways to go on");
    }
    grammar_left.until_look = work_per_look;
    if (current.n_scopes == 0) {
        return;
    }
    const clock_type::time_point now = clock_type::now();
    if (!current.looked) {
        current.looked = true;
        current.begin = current.last_poll = now;
    }
    if (now - current.begin > longest) {
        throw std::runtime_error("the grammar is too ambiguous: to find out how it can go on takes too long");
    }
    const auto function = poll.load();
    if (function != nullptr && now - current.last_poll > between_polls) {
        const bool stop = function(poll_data);
        current.last_poll = clock_type::now();
        if (stop) {
            throw std::runtime_error("interrupted");
        }
    }
}

} // namespace lcffi
