#include "tokenize.h"

#include "deep_stack.hpp"
#include "guard_scope.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t stack_per_byte = 1024;        // libstdc++ was seen to use 300 for a character of one byte
constexpr std::size_t stack_spare    = 1024 * 1024; // for what does not grow with the text
constexpr int32_t     short_text     = 8 * 1024;    // a thread would cost more than a few percent of the work
constexpr int64_t     work_per_thread = 32 * 1024;  // bytes of text that are worth a thread in a batch
constexpr int64_t     extra_room      = 16;         // tokens beside the text's: BOS and the like

// Whether tokenizing may recurse as deep as the text is long. Only byte-pair encoding splits with std::regex; of a type
// that is not known here nothing is known.
bool may_recurse(const llama_vocab * vocab) {
    switch (llama_vocab_type(vocab)) {
        case LLAMA_VOCAB_TYPE_SPM:
        case LLAMA_VOCAB_TYPE_WPM:
        case LLAMA_VOCAB_TYPE_UGM:
            return false;
        default:
            return true;
    }
}

// No match of a pre-tokenizer is longer than a line and the white space after it.
std::size_t longest_match(const char * text, int32_t n_text) {
    std::size_t line = 0, space = 0, longest_line = 0, longest_space = 0;
    for (int32_t i = 0; i < n_text; i++) {
        const char c = text[i];
        line  = c == '\n' ? 0 : line + 1;
        space = c == ' ' || (c >= '\t' && c <= '\r') || (c & 0x80) ? space + 1 : 0; // not ASCII: perhaps white space
        longest_line  = std::max(longest_line, line);
        longest_space = std::max(longest_space, space);
    }
    return longest_line + longest_space + 1;
}

int32_t tokenize(const llama_vocab * vocab, const char * text, int32_t n_text, llama_token * tokens, int32_t n_max,
                 bool add_special, bool parse_special) {
    const auto n = static_cast<std::size_t>(n_text);
    const bool fits = n_text <= short_text && lcffi::stack_left() > n * stack_per_byte / 2 + 64 * 1024;
    if (fits || !may_recurse(vocab)) {
        return llama_tokenize(vocab, text, n_text, tokens, n_max, add_special, parse_special);
    }
    const std::size_t limit = lcffi::machine_memory() / stack_per_byte;
    const std::size_t depth = n <= limit ? n : longest_match(text, n_text);
    if (depth > limit) {
        return LCFFI_TOO_DEEP;
    }
    int32_t n_tokens = 0;
    lcffi::run_with_stack(depth * stack_per_byte + stack_spare, [&] {
        n_tokens = llama_tokenize(vocab, text, n_text, tokens, n_max, add_special, parse_special);
    });
    return n_tokens;
}

// The first exception of several threads.
class first_error {
public:
    void keep() {
        const std::lock_guard<std::mutex> lock(mutex);
        if (!error) {
            error = std::current_exception();
        }
        seen = true;
    }
    void rethrow() const {
        if (error) {
            std::rethrow_exception(error);
        }
    }
    std::atomic<bool> seen{false};

private:
    std::mutex         mutex;
    std::exception_ptr error;
};

} // namespace

extern "C" {

int32_t lcffi_tokenize(const llama_vocab * vocab, const char * text, int32_t n_text, llama_token * tokens,
                       int32_t n_max, bool add_special, bool parse_special) {
    return tokenize(vocab, text, n_text, tokens, n_max, add_special, parse_special);
}

int64_t lcffi_tokenize_batch(const llama_vocab * vocab, const char * text, const int64_t * ends, int32_t n_texts,
                             llama_token * tokens, int32_t * counts, bool add_special, bool parse_special,
                             int32_t n_threads) {
    const auto begin = [&](int32_t i) { return i == 0 ? 0 : ends[i - 1]; };
    const auto room  = [&](int32_t i) { return tokens + begin(i) + extra_room * i; };

    std::atomic<int32_t> next{0};
    first_error          error;
    const auto           work = [&] {
        const lcffi::guard_scope scope;
        for (int32_t i; !error.seen && (i = next++) < n_texts;) {
            const auto n_text = static_cast<int32_t>(ends[i] - begin(i));
            const auto n_max  = static_cast<int32_t>(std::min<int64_t>(n_text + extra_room, INT32_MAX));
            try {
                counts[i] = tokenize(vocab, text + begin(i), n_text, room(i), n_max, add_special, parse_special);
            } catch (...) {
                error.keep();
            }
        }
    };

    const int64_t enough = std::min<int64_t>({n_threads, n_texts, n_texts == 0 ? 0 : ends[n_texts - 1] / work_per_thread});
    std::vector<std::thread> helpers;
    helpers.reserve(enough > 1 ? enough - 1 : 0); // nothing may throw past a thread that was not joined
    try {
        for (int64_t i = 1; i < enough; i++) {
            helpers.emplace_back(work);
        }
    } catch (const std::system_error &) { // no more threads to be had: those that there are do the work
    }
    work();
    for (std::thread & helper : helpers) {
        helper.join();
    }
    error.rethrow();

    int64_t n_tokens = 0;
    for (int32_t i = 0; i < n_texts; i++) {
        if (counts[i] > 0) {
            std::memmove(tokens + n_tokens, room(i), counts[i] * sizeof(llama_token));
            n_tokens += counts[i];
        }
    }
    return n_tokens;
}

int64_t lcffi_pieces(const llama_vocab * vocab, const llama_token * tokens, int64_t n_tokens, bool special,
                     char * bytes, int64_t n_room, int64_t * ends) {
    int64_t used = 0;
    for (int64_t i = 0; i < n_tokens; i++) {
        const int64_t left = std::max<int64_t>(n_room - used, 0);
        const int32_t n    = llama_token_to_piece(vocab, tokens[i], left == 0 ? nullptr : bytes + used,
                                                  static_cast<int32_t>(std::min<int64_t>(left, INT32_MAX)), 0, special);
        used += n < 0 ? -static_cast<int64_t>(n) : n;
        if (ends != nullptr) {
            ends[i] = used;
        }
    }
    return used;
}

} // extern "C"
