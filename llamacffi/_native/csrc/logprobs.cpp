#include "logprobs.h"

#include "shortlist.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

// So many numbers are worked on side by side, in loops that the compiler turns into vector instructions: too many for
// it to write them out one by one, few enough that a float holds their sum to its last digits.
constexpr int32_t block = 1024;
constexpr int32_t lanes = 64;

constexpr int32_t minus_87 = static_cast<int32_t>(0xC2AE0000); // -87.0f

// exp(x) for x <= 0 to 2e-7 of its value, 0 far below: what the compiler can compute for several numbers at once.
inline float exp_negative(float x) {
    int32_t exponent, bits;
    // Not below -87, by the bits: a comparison of floats is a branch to the compiler, and no vectors then.
    std::memcpy(&bits, &x, sizeof bits);
    bits = std::min(bits | INT32_MIN, minus_87);
    std::memcpy(&x, &bits, sizeof x);
    const float shifted = x * 1.44269504f + 12582912.0f; // to an integer, in the lowest bits
    const float n       = shifted - 12582912.0f;
    const float r       = (x - n * 0.693145752f) - n * 1.42860677e-6f; // x - n ln 2, |r| <= ln 2 / 2
    const float p       = 1.0f + r * (1.0f + r * (0.5f + r * (0.166666567f + r * (0.0416653530f +
                          r * (0.00836822651f + r * 0.00139357126f)))));
    std::memcpy(&exponent, &shifted, sizeof exponent);
    std::memcpy(&bits, &p, sizeof bits);
    bits += static_cast<int32_t>(static_cast<uint32_t>(exponent) << 23);
    float result;
    std::memcpy(&result, &bits, sizeof result);
    return result;
}

float largest(const float * logits, int32_t n) {
    float best[lanes];
    std::fill_n(best, lanes, -INFINITY);
    int32_t i = 0;
    for (; i + lanes <= n; i += lanes) {
        for (int32_t lane = 0; lane < lanes; lane++) {
            best[lane] = logits[i + lane] > best[lane] ? logits[i + lane] : best[lane];
        }
    }
    float top = *std::max_element(best, best + lanes);
    for (; i < n; i++) {
        top = std::max(top, logits[i]);
    }
    return top;
}

double sum_of_exp(const float * logits, int32_t n, float top) {
    float  terms[block];
    double sum = 0.0;
    int32_t i = 0;
    for (; i + block <= n; i += block) {
        for (int32_t k = 0; k < block; k++) {
            terms[k] = exp_negative(logits[i + k] - top);
        }
        for (int32_t half = block / 2; half > 0; half /= 2) {
            for (int32_t k = 0; k < half; k++) {
                terms[k] += terms[k + half];
            }
        }
        sum += terms[0];
    }
    for (; i < n; i++) {
        sum += exp_negative(logits[i] - top);
    }
    return sum;
}

bool better(const lcffi_logprob & a, const lcffi_logprob & b) {
    return a.logprob > b.logprob || (a.logprob == b.logprob && a.token < b.token);
}

// The `n_top` best of a row with their logits: a heap, the worst of them in front.
void select_top(const float * logits, int32_t n, int32_t n_top, lcffi_logprob * best) {
    for (llama_token token = 0; token < n_top; token++) {
        best[token] = {token, logits[token]};
    }
    std::make_heap(best, best + n_top, better);
    for (llama_token token = n_top; token < n; token++) {
        if (logits[token] > best[0].logprob) {
            std::pop_heap(best, best + n_top, better);
            best[n_top - 1] = {token, logits[token]};
            std::push_heap(best, best + n_top, better);
        }
    }
    std::sort_heap(best, best + n_top, better);
}

// The same of the few that come into question; the heap looks at each of the row.
void select_among(const std::vector<llama_token_data> & few, int32_t n_top, lcffi_logprob * best) {
    static thread_local std::vector<lcffi_logprob> sorted;
    sorted.clear();
    for (const llama_token_data & one : few) {
        sorted.push_back({one.id, one.logit});
    }
    std::partial_sort_copy(sorted.begin(), sorted.end(), best, best + n_top, better);
}

// Returns false for a row that is not all numbers, where it is seen.
bool tell(const float * logits, int32_t n_vocab, llama_token token, int32_t n_top, lcffi_logprob * result) {
    static thread_local std::vector<llama_token_data> few;
    float top;
    if (lcffi::shortlist(few, logits, n_vocab, n_top) && few.size() >= static_cast<std::size_t>(n_top)) {
        select_among(few, n_top, result + 1);
        top = result[1].logprob;
    } else {
        top = largest(logits, n_vocab);
        if (!(top < INFINITY)) {
            return false;
        }
        if (n_top > 0) {
            select_top(logits, n_vocab, n_top, result + 1);
        }
    }
    const float log_sum = top + static_cast<float>(std::log(sum_of_exp(logits, n_vocab, top)));
    result[0] = {token, logits[token]};
    for (int32_t i = 0; i <= n_top; i++) {
        result[i].logprob -= log_sum;
    }
    return true;
}

} // namespace

extern "C" {

void lcffi_logprobs(const float * logits, int32_t n_vocab, llama_token token, int32_t n_top,
                    struct lcffi_logprob * result) {
    tell(logits, n_vocab, token, n_top, result);
}

bool lcffi_logprobs_outputs(struct llama_context * ctx, int32_t output, int32_t n_rows, const llama_token * tokens,
                            int32_t n_top, struct lcffi_logprob * results) {
    const int32_t n_vocab = llama_vocab_n_tokens(llama_model_get_vocab(llama_get_model(ctx)));
    for (int32_t row = 0; row < n_rows; row++) {
        const float * logits = llama_get_logits_ith(ctx, output + row);
        lcffi_logprob * result = results + static_cast<int64_t>(row) * (1 + n_top);
        if (logits == nullptr || std::isnan(logits[tokens[row]]) || !tell(logits, n_vocab, tokens[row], n_top, result)) {
            return false;
        }
    }
    return true;
}

} // extern "C"
