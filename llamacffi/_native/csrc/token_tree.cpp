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
    for (const std::string & text : texts) {
        tree->longest = std::max(tree->longest, static_cast<int32_t>(text.size()));
    }
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

int32_t lcffi_token_tree_match(const struct lcffi_token_tree * tree, const struct llama_vocab * vocab,
                               const char * text, int32_t n_text, llama_token * tokens, int32_t room, int32_t * counts) {
    const std::string wanted(text, n_text);
    std::vector<llama_token> found[3];
    const auto spells = [&](llama_token token) { // to a reader; a control token has a name, which the tree goes by
        const int attributes = llama_vocab_get_attr(vocab, token);
        return (attributes & (LLAMA_TOKEN_ATTR_UNKNOWN | LLAMA_TOKEN_ATTR_CONTROL)) == 0;
    };
    std::vector<llama_token> asked(tree->order.begin(), tree->order.begin() + tree->n_roots), longer;
    const auto ask_below = [&](llama_token token, std::vector<llama_token> & list) {
        list.insert(list.end(), tree->order.begin() + tree->begins[token],
                    tree->order.begin() + tree->begins[token + 1]);
    };
    while (!asked.empty()) {
        const llama_token token = asked.back();
        asked.pop_back();
        const std::string spelling = spelt(vocab, token);
        const bool shorter = spelling.size() < wanted.size();
        if (spelling.empty() || !(shorter ? begins_with(wanted, spelling) : begins_with(spelling, wanted))) {
            continue;
        }
        // What stands under a token that says it all begins with it too; but two may spell the same.
        ask_below(token, spelling.size() > wanted.size() ? longer : asked);
        if (!llama_vocab_is_eog(vocab, token) && spells(token)) {
            found[shorter ? 0 : spelling.size() == wanted.size() ? 1 : 2].push_back(token);
        }
    }
    while (!longer.empty()) { // many, where the text is a space; those that end a generation stand under no other
        const llama_token token = longer.back();
        longer.pop_back();
        ask_below(token, longer);
        if (spells(token)) {
            found[2].push_back(token);
        }
    }
    int32_t n = 0;
    for (int i = 0; i < 3; i++) {
        counts[i] = static_cast<int32_t>(found[i].size());
        if (room > 0) { // not when they are only counted
            std::sort(found[i].begin(), found[i].end());
        }
        for (const llama_token token : found[i]) {
            if (n < room) {
                tokens[n] = token;
            }
            n++;
        }
    }
    return n;
}

int32_t lcffi_token_tree_longest(const struct lcffi_token_tree * tree) {
    return tree->longest;
}

} // extern "C"
