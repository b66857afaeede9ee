// Texts to tokens, and tokens to bytes, with no limit that the caller has to know of.
#pragma once

#include "llama.h"

#ifdef __cplusplus
extern "C" {
#endif

// What the tokenizers return instead of a count when the text may need a deeper stack than this machine has memory.
#define LCFFI_TOO_DEEP (-2147483647)

// llama_tokenize for texts of any length. Several pre-tokenizers of byte-pair encoding match with std::regex, which
// recurses for each character of a match: a long text runs on a thread of its own, with a kilobyte of stack a byte.
int32_t lcffi_tokenize(const struct llama_vocab * vocab, const char * text, int32_t n_text,
                       llama_token * tokens, int32_t n_max, bool add_special, bool parse_special);

// Tokenize many texts, `n_threads` at once. Text i is the bytes from ends[i - 1] (0 for the first) to ends[i].
// `tokens` has room for each text's bytes and 16 more; what was found is moved together at its start, in order.
// counts[i] is what lcffi_tokenize returned; a negative one has left no tokens. Returns the sum of the others.
int64_t lcffi_tokenize_batch(const struct llama_vocab * vocab, const char * text, const int64_t * ends, int32_t n_texts,
                             llama_token * tokens, int32_t * counts, bool add_special, bool parse_special,
                             int32_t n_threads);

// Write the bytes of each token one after the other, as many as fit into `n_room`; ends[i], when `ends` is not NULL, is
// where token i's end. Returns how many bytes there are in all.
int64_t lcffi_pieces(const struct llama_vocab * vocab, const llama_token * tokens, int64_t n_tokens, bool special,
                     char * bytes, int64_t n_room, int64_t * ends);

#ifdef __cplusplus
}
#endif
