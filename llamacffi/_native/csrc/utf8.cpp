#include "utf8.h"

#include "stage.hpp"

#include <cmath>
#include <cstdint>
#include <string>

namespace {

// What may follow: `n` more bytes of a character, the next of them from `low` to `high`.
struct position {
    uint8_t n    = 0;
    uint8_t low  = 0x80;
    uint8_t high = 0xBF;

    // Read a byte (table 3-7 of the Unicode standard); false when it cannot stand here.
    bool read(uint8_t byte) {
        if (n > 0) {
            if (byte < low || byte > high) {
                return false;
            }
            *this = {static_cast<uint8_t>(n - 1), 0x80, 0xBF};
            return true;
        }
        if (byte < 0x80) {
            return true;
        }
        if (byte < 0xC2 || byte > 0xF4) {
            return false;
        }
        n    = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
        low  = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
        high = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
        return true;
    }
};

struct utf8_sampler {
    static constexpr const char * name = "constraint";

    const llama_vocab * vocab;
    position            at;
    std::string         piece; // spare

    void accept(llama_token token) {
        position after = at;
        at = read(token, after) ? after : position();
    }

    void apply(llama_token_data_array * candidates) {
        for (size_t i = 0; i < candidates->size; i++) {
            llama_token_data & candidate = candidates->data[i];
            if (candidate.logit > -INFINITY) { // a grammar before it leaves few
                position after = at;
                if (!read(candidate.id, after)) {
                    candidate.logit = -INFINITY;
                }
            }
        }
    }

    void reset() { at = position(); }

    // Read a token's bytes from where the text is; false when they cannot stand there.
    bool read(llama_token token, position & from) {
        piece.resize(piece.capacity());
        int32_t n = llama_token_to_piece(vocab, token, &piece[0], static_cast<int32_t>(piece.size()), 0, true);
        if (n < 0) {
            piece.resize(-n);
            n = llama_token_to_piece(vocab, token, &piece[0], static_cast<int32_t>(piece.size()), 0, true);
        }
        if (n == 0 || llama_vocab_is_eog(vocab, token)) {
            return from.n == 0;
        }
        for (int32_t i = 0; i < n; i++) {
            if (!from.read(static_cast<uint8_t>(piece[i]))) {
                return false;
            }
        }
        return true;
    }
};

} // namespace

extern "C" struct llama_sampler * lcffi_sampler_utf8(const struct llama_vocab * vocab) {
    return lcffi::stage<utf8_sampler>::make({vocab, {}, std::string(64, '\0')});
}
