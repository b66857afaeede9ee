#include "token_tree.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace {

std::string spelt(const llama_vocab * vocab, llama_token token) {
    std::string text(64, '\0');
    int32_t n = llama_token_to_piece(vocab, token, &text[0], static_cast<int32_t>(text.size()), 0, true);
    if (n < 0) {
        text.resize(-n);
        n = llama_token_to_piece(vocab, token, &text[0], static_cast<int32_t>(text.size()), 0, true);
    }
    text.resize(std::max(n, 0));
    return text;
}

bool begins_with(const std::string & text, const std::string & prefix) {
    return text.compare(0, prefix.size(), prefix) == 0;
}

} // namespace

namespace lcffi {

bool keep_allowed(const lcffi_token_tree * tree, llama_sampler * grammar, std::vector<llama_token_data> & candidates) {
    if (tree == nullptr || tree->begins.size() != candidates.size() + 1) {
        return false;
    }
    std::vector<llama_token_data> asked, kept;
    const auto ask = [&](int32_t begin, int32_t end) {
        for (int32_t i = begin; i < end; i++) {
            asked.push_back({tree->order[i], 0.0f, 0.0f});
        }
    };
    ask(0, tree->n_roots);
    while (!asked.empty()) {
        llama_token_data_array array = {asked.data(), asked.size(), -1, false};
        llama_sampler_apply(grammar, &array);
        const std::vector<llama_token_data> answers = std::move(asked);
        asked.clear();
        const size_t before = kept.size();
        for (const llama_token_data & answer : answers) {
            if (candidates[answer.id].id != answer.id) { // not in the vocabulary's order
                return false;
            }
            if (answer.logit > -INFINITY) {
                kept.push_back(candidates[answer.id]);
                ask(tree->begins[answer.id], tree->begins[answer.id + 1]);
            }
        }
        if (before == 0 && kept.size() == answers.size()) { // a grammar that waits for its trigger
            return false;
        }
    }
    candidates = std::move(kept);
    return true;
}

} // namespace lcffi

extern "C" {

struct lcffi_token_tree * lcffi_token_tree_init(const struct llama_vocab * vocab) {
    const int32_t n = llama_vocab_n_tokens(vocab);
    std::vector<std::string> texts(n);
    std::vector<llama_token> sorted(n);
    for (llama_token token = 0; token < n; token++) {
        texts[token]  = spelt(vocab, token);
        sorted[token] = token;
    }
    std::sort(sorted.begin(), sorted.end(), [&](llama_token a, llama_token b) {
        const int order = texts[a].compare(texts[b]);
        return order != 0 ? order < 0 : a < b;
    });
    std::vector<llama_token> above(n, LLAMA_TOKEN_NULL);
    std::vector<llama_token> path; // in the order of the alphabet what begins with a token comes right after it
    for (const llama_token token : sorted) {
        // Of those that end a generation, and of those that spell nothing, the grammar looks at no text.
        if (texts[token].empty() || texts[token][0] == '\0' || llama_vocab_is_eog(vocab, token)) {
            continue;
        }
        while (!path.empty() && !begins_with(texts[token], texts[path.back()])) {
            path.pop_back();
        }
        if (!path.empty()) {
            above[token] = path.back();
        }
        path.push_back(token);
    }
    auto * tree = new lcffi_token_tree;
    tree->begins.assign(n + 1, 0);
    for (const llama_token parent : above) {
        if (parent == LLAMA_TOKEN_NULL) {
            tree->n_roots++;
        } else {
            tree->begins[parent]++;
        }
    }
    int32_t begin = tree->n_roots;
    for (int32_t & each : tree->begins) { // from how many to where
        const int32_t count = each;
        each = begin;
        begin += count;
    }
    std::vector<int32_t> next(tree->begins.begin(), tree->begins.end() - 1);
    tree->order.resize(n);
    int32_t root = 0;
    for (llama_token token = 0; token < n; token++) {
        tree->order[above[token] == LLAMA_TOKEN_NULL ? root++ : next[above[token]]++] = token;
    }
    return tree;
}

void lcffi_token_tree_free(struct lcffi_token_tree * tree) {
    delete tree;
}

int32_t lcffi_token_tree_n_roots(const struct lcffi_token_tree * tree) {
    return tree->n_roots;
}

} // extern "C"
