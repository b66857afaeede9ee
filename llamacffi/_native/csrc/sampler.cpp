#include "sampler.h"

#include "compat.h"
#include "deep_stack.hpp"
#include "grammar_limits.hpp"
#include "log.h"
#include "reasoning.hpp"
#include "shortlist.hpp"
#include "token_tree.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <new>
#include <regex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr const char * nothing_left = "no token is left: all are forbidden";

constexpr std::size_t stack_per_byte = 1024;              // a parenthesis is a call, a character of a match a few
constexpr std::size_t stack_most     = std::size_t(1) << 30;
constexpr std::size_t stack_spare    = 16 * 1024 * 1024;  // for repetitions, which are rules that the text does not show

// Runs inside the guard of the lcffi_ function that Python called, and so assertions throw here too.
template <typename F> bool worked(char * error, F && work) {
    error[0] = '\0';
    try {
        const lcffi::grammar_scope limits;
        work();
        return true;
    } catch (const std::bad_alloc &) {
        std::snprintf(error, LCFFI_SAMPLER_ERROR, "out of memory");
    } catch (const std::exception & failure) {
        const char * text = failure.what();
        std::snprintf(error, LCFFI_SAMPLER_ERROR, "%s", *text ? text : "no reason given");
    } catch (...) {
        std::snprintf(error, LCFFI_SAMPLER_ERROR, "a C++ exception of an unknown type");
    }
    return false;
}

std::size_t most_stack() {
    return std::min(stack_most, lcffi::machine_memory() / 2);
}

// On a thread of its own, which has limits of its own.
void run_grammar(std::size_t n_stack, const std::function<void()> & work) {
    lcffi::run_with_stack(n_stack, [&] {
        const lcffi::grammar_scope limits;
        work();
    });
}

// Grammars up to a few hundred bytes are parsed on the stack that there is.
void with_stack_for_grammar(std::size_t n_grammar, const std::function<void()> & work) {
    if (n_grammar < 512 && lcffi::stack_left() > 512 * stack_per_byte) {
        work();
    } else {
        run_grammar(std::min(n_grammar * stack_per_byte + stack_spare, most_stack()), work);
    }
}

bool is_grammar(const llama_sampler * stage) {
    return std::strcmp(llama_sampler_name(stage), "grammar") == 0;
}

// A grammar, or a stage of ours that does as one: of tokens that it is asked about it forbids some, whatever others are
// there, and what it describes begins behind the prompt.
bool is_constraint(const llama_sampler * stage) {
    return is_grammar(stage) || std::strcmp(llama_sampler_name(stage), "constraint") == 0;
}

bool is_reasoning_budget(const llama_sampler * stage) {
    return std::strcmp(llama_sampler_name(stage), "reasoning-budget") == 0;
}

// The stage that counts thoughts while it does, when the grammar that the chain begins with is not to see them
// (grammar_should_apply of common/sampling.cpp).
const llama_sampler * thinking_stage(llama_sampler * chain, const lcffi_lazy * lazy) {
    if (lazy == nullptr || lazy->budget <= 0 || lcffi::is_thinking == nullptr) {
        return nullptr;
    }
    const llama_sampler * budget = llama_sampler_chain_get(chain, lazy->budget);
    return lcffi::is_thinking(budget) ? budget : nullptr;
}

// Whether a stage is about the answer alone, and not about the prompt.
bool is_of_answer(const llama_sampler * stage) {
    const char * name = llama_sampler_name(stage);
    return is_constraint(stage) || is_reasoning_budget(stage) || std::strcmp(name, "healing") == 0 ||
           std::strcmp(name, "min-tokens") == 0;
}

// Whether a stage may be asked twice about one step. Mirostat learns from each time, and a Python function may count.
bool can_repeat(const llama_sampler * stage) {
    const char * name = llama_sampler_name(stage);
    return std::strncmp(name, "mirostat", 8) != 0 && std::strcmp(name, "python") != 0;
}

// With how many constraints the chain begins.
int32_t n_constraints(llama_sampler * chain) {
    const int32_t n_stages = llama_sampler_chain_n(chain);
    int32_t n = 0;
    while (n < n_stages && is_constraint(llama_sampler_chain_get(chain, n))) {
        n++;
    }
    return n;
}

// Whether the stages from `begin` on can choose again.
bool can_choose_twice(llama_sampler * chain, int32_t begin) {
    for (int32_t i = begin; i < llama_sampler_chain_n(chain); i++) {
        if (!can_repeat(llama_sampler_chain_get(chain, i))) {
            return false;
        }
    }
    return true;
}

void apply(llama_sampler * chain, int32_t begin, int32_t end, llama_token_data_array * array) {
    for (int32_t i = begin; i < end; i++) {
        llama_sampler * stage = llama_sampler_chain_get(chain, i);
        if (stage->iface->apply != nullptr) {
            llama_sampler_apply(stage, array);
        }
    }
}

// Let the stages after the first `n` choose, and ask those from `begin` on about the choice alone; whether they allow it.
bool choose_freely(llama_sampler * chain, int32_t begin, int32_t n, llama_token_data_array * array) {
    apply(chain, n, llama_sampler_chain_n(chain), array);
    if (array->selected < 0 || !(array->data[array->selected].logit > -INFINITY)) {
        return false;
    }
    llama_token_data       chosen = {array->data[array->selected].id, 1.0f, 0.0f};
    llama_token_data_array alone  = {&chosen, 1, -1, false};
    apply(chain, begin, n, &alone);
    return alone.size == 1 && chosen.logit > -INFINITY;
}

// Count the token, and tell whether the text has become too long for the stack that there is.
bool needs_stack(lcffi_lazy * lazy, llama_token token) {
    if (lazy == nullptr || lazy->vocab == nullptr) {
        return false;
    }
    const int32_t n = llama_token_to_piece(lazy->vocab, token, nullptr, 0, 0, true);
    lazy->n_text += n < 0 ? -n : n;
    return static_cast<std::size_t>(lazy->n_text) * stack_per_byte > lcffi::stack_left() / 2;
}

void accept(llama_sampler * chain, lcffi_lazy * lazy, llama_token token, bool grammar) {
    const llama_sampler * thinking = grammar ? thinking_stage(chain, lazy) : nullptr;
    const bool            deep     = grammar && needs_stack(lazy, token);
    if (grammar && !deep && thinking == nullptr) {
        llama_sampler_accept(chain, token);
        return;
    }
    const int32_t n_stages = llama_sampler_chain_n(chain);
    for (int32_t i = thinking == nullptr ? 0 : 1; i < n_stages; i++) {
        llama_sampler * stage = llama_sampler_chain_get(chain, i);
        if (grammar && is_grammar(stage)) {
            run_grammar(most_stack(), [&] { llama_sampler_accept(stage, token); });
        } else if (grammar || !is_of_answer(stage)) {
            llama_sampler_accept(stage, token); // on this thread: it may be a Python function
        }
    }
    if (thinking == nullptr || lcffi::is_thinking(thinking)) {
        return;
    }
    if (const std::vector<llama_token> * end = lcffi::end_of_thoughts(thinking)) { // it may be what the grammar waits for
        llama_sampler * first = llama_sampler_chain_get(chain, 0);
        run_grammar(most_stack(), [&] {
            for (const llama_token each : *end) {
                llama_sampler_accept(first, each);
            }
        });
    }
}

// What there is to choose from at an output: what the stages that ran inside the graph left, or the row of logits.
// Returns whether it can be sorted.
bool collect(std::vector<llama_token_data> & candidates, llama_context * ctx, int32_t output) {
    const float *       logits = llama_get_sampled_logits_ith(ctx, output);
    const llama_token * ids    = nullptr;
    size_t              n      = 0;
    if (logits != nullptr) {
        n   = llama_get_sampled_logits_count_ith(ctx, output);
        ids = llama_get_sampled_candidates_ith(ctx, output); // the whole vocabulary when no stage chose among it
    } else {
        n      = llama_vocab_n_tokens(llama_model_get_vocab(llama_get_model(ctx)));
        logits = llama_get_logits_ith(ctx, output);
        GGML_ASSERT(logits != nullptr);
    }
    candidates.resize(n);
    bool sortable = true;
    for (size_t i = 0; i < n; i++) {
        candidates[i] = {ids == nullptr ? static_cast<llama_token>(i) : ids[i], logits[i], 0.0f};
        sortable &= logits[i] < INFINITY; // not so for NaN
    }
    if (ids != nullptr && sortable) {
        // What was chosen inside the graph comes in no order, and in another on another device. Outside it is sorted, and
        // the order decides which token a random number falls on.
        std::stable_sort(candidates.begin(), candidates.end(),
                         [](const llama_token_data & a, const llama_token_data & b) { return a.logit > b.logit; });
    }
    return sortable;
}

// The few candidates of which the stages behind the constraints choose one, when they look at no others.
bool collect_best(std::vector<llama_token_data> & candidates, const lcffi_lazy * lazy, llama_context * ctx,
                  int32_t output) {
    if (lazy == nullptr || lazy->n_best <= 0 || llama_get_sampled_logits_ith(ctx, output) != nullptr) {
        return false;
    }
    const float * logits = llama_get_logits_ith(ctx, output);
    GGML_ASSERT(logits != nullptr);
    const int32_t n_vocab = llama_vocab_n_tokens(llama_model_get_vocab(llama_get_model(ctx)));
    return lcffi::shortlist(candidates, logits, n_vocab, lazy->n_best);
}

// The token that the whole chain chose inside the graph, else LLAMA_TOKEN_NULL. Greedy leaves the place among the
// candidates there, and a token also when all are forbidden.
llama_token chosen_inside(llama_sampler * chain, llama_context * ctx, int32_t output) {
    const llama_token sampled = llama_get_sampled_token_ith(ctx, output);
    if (sampled == LLAMA_TOKEN_NULL) {
        return sampled;
    }
    const float * logits = llama_get_sampled_logits_ith(ctx, output);
    if (logits != nullptr) {
        const float * end = logits + llama_get_sampled_logits_count_ith(ctx, output);
        if (std::none_of(logits, end, [](float logit) { return logit > -INFINITY; })) {
            throw std::runtime_error(nothing_left);
        }
    }
    const llama_sampler * last = llama_sampler_chain_get(chain, llama_sampler_chain_n(chain) - 1);
    const auto n = static_cast<llama_token>(llama_get_sampled_candidates_count_ith(ctx, output));
    const bool is_place = n > 0 && std::strstr(llama_sampler_name(last), "greedy") != nullptr;
    GGML_ASSERT(!is_place || (sampled >= 0 && sampled < n));
    return is_place ? llama_get_sampled_candidates_ith(ctx, output)[sampled] : sampled;
}

// What llama_sampler_sample does, as llama.h describes it; refuses what cannot be sorted, and a choice of a token that
// is forbidden, which a grammar may let pass when the token spells nothing.
llama_token sample(llama_sampler * chain, lcffi_lazy * lazy, llama_context * ctx, int32_t output) {
    const llama_token sampled = chosen_inside(chain, ctx, output);
    if (sampled != LLAMA_TOKEN_NULL) { // the whole chain ran inside the graph
        accept(chain, lazy, sampled, true);
        return sampled;
    }
    static thread_local std::vector<llama_token_data> spare; // megabytes, which are slow to get each time
    std::vector<llama_token_data> candidates = std::move(spare); // a Python stage may sample with another chain meanwhile
    const int32_t n_first = n_constraints(chain);
    const bool    twice   = n_first > 0 && can_choose_twice(chain, n_first);
    const bool    few     = (n_first == 0 || twice) && collect_best(candidates, lazy, ctx, output);
    if (!few && !collect(candidates, ctx, output)) {
        throw std::runtime_error("the model's logits are not all numbers");
    }
    if (candidates.empty()) {
        throw std::runtime_error(nothing_left);
    }
    llama_token_data_array array = {candidates.data(), candidates.size(), -1, false};
    const int32_t begin   = thinking_stage(chain, lazy) == nullptr ? 0 : 1;
    if (!twice || !choose_freely(chain, begin, n_first, &array)) {
        if (twice) {
            collect(candidates, ctx, output);
        }
        // The array of an output whose samplers ran inside the graph is no vocabulary; its size tells.
        const bool kept = n_first > 0 && begin == 0 && lazy != nullptr &&
                          lcffi::keep_allowed(lazy->tree, llama_sampler_chain_get(chain, 0), candidates);
        if (candidates.empty()) {
            throw std::runtime_error(nothing_left);
        }
        array = {candidates.data(), candidates.size(), -1, false};
        if (n_first == 0) {
            llama_sampler_apply(chain, &array); // which leaves out what ran inside the graph, and takes the time
        } else {
            apply(chain, kept ? 1 : begin, llama_sampler_chain_n(chain), &array);
        }
    }
    if (array.selected < 0) { // as before 0.3.36 after a batch that was refused: the stages ran inside, on nothing
        throw std::runtime_error(nothing_left);
    }
    GGML_ASSERT(array.selected < static_cast<int64_t>(array.size));
    const llama_token_data chosen = array.data[array.selected];
    if (!(chosen.logit > -INFINITY)) {
        throw std::runtime_error(nothing_left);
    }
    spare = std::move(candidates);
    accept(chain, lazy, chosen.id, true);
    return chosen.id;
}

} // namespace

namespace lcffi {

bool (*is_thinking)(const llama_sampler *)                                = nullptr;
const std::vector<llama_token> * (*end_of_thoughts)(const llama_sampler *) = nullptr;

} // namespace lcffi

extern "C" {

bool lcffi_sampler_sample(struct llama_sampler * chain, struct lcffi_lazy * lazy, struct llama_context * ctx,
                          int32_t output, llama_token * token, char * error) {
    return worked(error, [&] { *token = sample(chain, lazy, ctx, output); });
}

bool lcffi_sampler_apply(struct llama_sampler * chain, llama_token_data_array * candidates, char * error) {
    return worked(error, [&] { llama_sampler_apply(chain, candidates); });
}

bool lcffi_sampler_accept(struct llama_sampler * chain, struct lcffi_lazy * lazy, const llama_token * tokens,
                          int32_t n_tokens, bool grammar, char * error) {
    return worked(error, [&] {
        for (int32_t i = 0; i < n_tokens; i++) {
            accept(chain, lazy, tokens[i], grammar);
        }
    });
}

struct llama_sampler * lcffi_sampler_grammar(const struct llama_vocab * vocab, const char * grammar, const char * root,
                                             bool lazy, const char ** patterns, int32_t n_patterns,
                                             const llama_token * tokens, int32_t n_tokens, char * error) {
    llama_sampler * sampler = nullptr;
    worked(error, [&] {
        with_stack_for_grammar(std::strlen(grammar), [&] {
            lcffi_log_clear();
            try {
                sampler = lazy ? llama_sampler_init_grammar_lazy_patterns(vocab, grammar, root, patterns, n_patterns,
                                                                          tokens, n_tokens)
                               : llama_sampler_init_grammar(vocab, grammar, root);
            } catch (const std::regex_error & failure) {
                throw std::runtime_error(std::string("trigger pattern: ") + failure.what());
            }
            std::snprintf(error, LCFFI_SAMPLER_ERROR, "%s", lcffi_log_errors()); // this thread's
            lcffi_log_clear();
        });
    });
    return sampler;
}

void lcffi_grammar_poll(lcffi_poll_t poll, void * user_data) { lcffi::grammar_poll(poll, user_data); }

void lcffi_sampler_reset(struct llama_sampler * chain, int32_t n_grammar) {
    if (n_grammar == 0) {
        llama_sampler_reset(chain);
        return;
    }
    const int32_t n_stages = llama_sampler_chain_n(chain);
    for (int32_t i = 0; i < n_stages; i++) {
        llama_sampler * stage = llama_sampler_chain_get(chain, i);
        if (is_grammar(stage)) {
            with_stack_for_grammar(n_grammar, [&] { llama_sampler_reset(stage); });
        } else {
            llama_sampler_reset(stage); // on this thread: it may be a Python function
        }
    }
}

} // extern "C"
