#include "shortlist.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>

namespace {

constexpr std::size_t block = 64; // logits, of which the highest is noted
constexpr std::size_t lanes = 8;  // side by side, so that the compiler takes several at once
constexpr int32_t     most  = 512;

// The highest of a block; NaN for one with something in it that cannot be sorted. Two loops, which compilers turn into
// vector instructions; in one they do not.
float highest(const float * logits) {
    float best[lanes];
    std::copy_n(logits, lanes, best);
    for (std::size_t i = lanes; i < block; i += lanes) {
        for (std::size_t j = 0; j < lanes; j++) {
            best[j] = logits[i + j] > best[j] ? logits[i + j] : best[j];
        }
    }
    int32_t wrong = 0;
    for (std::size_t i = 0; i < block; i++) {
        wrong |= !(logits[i] < INFINITY);
    }
    return wrong ? NAN : *std::max_element(best, best + lanes);
}

} // namespace

namespace lcffi {

bool shortlist(std::vector<llama_token_data> & candidates, const float * logits, int32_t n_vocab, int32_t n_best) {
    const std::size_t n = n_vocab, n_blocks = n / block;
    if (n_best <= 0 || n_best > most || static_cast<std::size_t>(n_best) > n_blocks / 2) {
        return false;
    }
    static thread_local std::vector<float> of_blocks, sorted;
    of_blocks.resize(n_blocks);
    for (std::size_t i = 0; i < n_blocks; i++) {
        of_blocks[i] = highest(logits + i * block);
        if (std::isnan(of_blocks[i])) {
            return false;
        }
    }
    // As many logits are at least as high as the last of the best blocks' highest.
    sorted = of_blocks;
    std::nth_element(sorted.begin(), sorted.begin() + (n_best - 1), sorted.end(), std::greater<float>());
    const float least = sorted[n_best - 1];

    candidates.clear();
    const auto take = [&](std::size_t i) {
        if (logits[i] >= least && logits[i] > -INFINITY) {
            candidates.push_back({static_cast<llama_token>(i), logits[i], 0.0f});
        }
    };
    for (std::size_t b = 0; b < n_blocks; b++) {
        if (of_blocks[b] >= least) {
            for (std::size_t i = b * block; i < (b + 1) * block; i++) {
                take(i);
            }
        }
    }
    for (std::size_t i = n_blocks * block; i < n; i++) {
        if (!(logits[i] < INFINITY)) {
            return false;
        }
        take(i);
    }
    return true;
}

} // namespace lcffi
