#include "speculative.h"

#include "common/common.h"
#include "common/speculative.h"
#include "src/llama-ext.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <set>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

// What is known of a sequence, as far as llama-common's own state, which cannot be asked, follows from it.
struct progress {
    llama_pos    first   = -1;    // of the last batch's rows; -1: nothing to draft from
    int32_t      n_rows  = 0;
    llama_pos    pending = -1;    // EAGLE-3: the last position whose pair lacks the token that follows
    llama_token  follows = LLAMA_TOKEN_NULL; // the token that the last draft put there
    bool         drafted = false; // whether there ever was a draft, which llama-common counts what is accepted of
    llama_tokens draft;
};

[[noreturn]] void refuse(const std::string & reason) {
    throw std::invalid_argument(reason);
}

std::string meta(const llama_model * model, const char * key) {
    char value[128];
    return llama_model_meta_val_str(model, key, value, sizeof(value)) < 0 ? "" : value;
}

// What llama-common allows of a draft model: one that is padded otherwise, other control tokens at the beginning.
void check_vocabs(const llama_vocab * target, const llama_vocab * draft) {
    constexpr int32_t most_padding = 128;
    constexpr int32_t n_control    = 5;
    if (target == draft) {
        return;
    }
    const int32_t n_target = llama_vocab_n_tokens(target);
    const int32_t n_draft  = llama_vocab_n_tokens(draft);
    if (std::abs(n_target - n_draft) > most_padding) {
        refuse("the draft's vocabulary has " + std::to_string(n_draft) + " tokens, the target's " +
               std::to_string(n_target));
    }
    if (llama_vocab_type(target) != llama_vocab_type(draft)) {
        refuse("the draft's vocabulary is of another type than the target's");
    }
    for (llama_token token = n_control; token < std::min(n_target, n_draft); token++) {
        const char * wanted = llama_vocab_get_text(target, token);
        const char * found  = llama_vocab_get_text(draft, token);
        if (std::strcmp(wanted, found) != 0) {
            refuse("token " + std::to_string(token) + " is '" + found + "' in the draft's vocabulary and '" + wanted +
                   "' in the target's");
        }
    }
}

} // namespace

struct lcffi_speculative {
    lcffi_speculative_kind kind;
    llama_context *        target;
    llama_context *        draft;
    common_speculative_ptr impl = nullptr;
    std::vector<progress>  sequences = {};
    std::vector<int32_t>   layers    = {}; // EAGLE-3: whose input it reads
    bool                   shares_memory = false; // the draft's cells are the target's

    // The draft's memory, so that `pos` is the next position of a sequence in it.
    void make_room(llama_seq_id seq_id, llama_pos pos) {
        if (shares_memory) {
            return;
        }
        llama_memory_t memory = llama_get_memory(draft);
        bool           kept   = llama_memory_seq_pos_max(memory, seq_id) < pos ||
                                llama_memory_seq_rm(memory, seq_id, pos, -1);
        const llama_pos last = llama_memory_seq_pos_max(memory, seq_id);
        if (!kept || (last >= 0 && last != pos - 1)) {
            llama_memory_seq_rm(memory, seq_id, -1, -1);
        }
    }

    void forget(llama_seq_id seq_id) {
        progress & sequence = sequences[seq_id];
        sequence.first = sequence.pending = -1;
        sequence.n_rows  = 0;
        sequence.follows = LLAMA_TOKEN_NULL;
        if (!shares_memory) {
            llama_memory_seq_rm(llama_get_memory(draft), seq_id, -1, -1);
        }
    }

    void watch(bool value) {
        const int32_t n_layer = llama_model_n_layer(llama_get_model(target));
        bool          nextn   = kind == LCFFI_SPECULATIVE_MTP;
        for (int32_t layer : layers) {
            if (layer < n_layer) {
                llama_set_embeddings_layer_inp(target, static_cast<uint32_t>(layer), value);
            } else {
                nextn = true;
            }
        }
        if (nextn) {
            llama_set_embeddings_nextn(target, value, false);
        }
    }

    // An architecture that does not mark the inputs of its layers ends in an assertion when it is asked for them.
    void check_layers() {
        try {
            watch(true);
            const uint32_t n_seq = llama_n_seq_max(target); // as when llama.cpp reserves for one token of each
            llama_graph_reserve(target, n_seq, n_seq, n_seq);
        } catch (const std::bad_alloc &) {
            watch(false);
            throw;
        } catch (const std::exception & failure) {
            watch(false);
            refuse("llama.cpp does not put out the inputs of the layers of the target's architecture, '" +
                   meta(llama_get_model(target), "general.architecture") + "', which EAGLE-3 reads (" + failure.what() + ")");
        }
    }

    void check(const lcffi_speculative_params & params) {
        const llama_model * of_target = llama_get_model(target);
        const llama_model * of_draft  = llama_get_model(draft);
        if (llama_pooling_type(target) != LLAMA_POOLING_TYPE_NONE || llama_pooling_type(draft) != LLAMA_POOLING_TYPE_NONE) {
            refuse("a context that pools keeps no hidden states of single tokens; use pooling_type='none'");
        }
        check_vocabs(llama_model_get_vocab(of_target), llama_model_get_vocab(of_draft));
        const uint32_t n_seq = llama_n_seq_max(target);
        if (llama_n_seq_max(draft) != n_seq || llama_n_batch(draft) < llama_n_batch(target)) {
            refuse("the draft's context must have the target's n_seq_max and at least its n_batch");
        }
        if (params.n_max < 1 || int64_t(n_seq) * (int64_t(params.n_max) + 1) > std::min<int64_t>(llama_n_batch(draft), 65535)) {
            refuse("n_max is " + std::to_string(params.n_max) + "; it must be at least 1, and n_max + 1 tokens of each of " +
                   std::to_string(n_seq) + " sequences must fit in a batch of " + std::to_string(llama_n_batch(draft)));
        }
        const int32_t n_embd = llama_model_n_embd(of_target);
        if (kind == LCFFI_SPECULATIVE_EAGLE3) {
            const std::string architecture = meta(of_draft, "general.architecture");
            if (architecture != "eagle3") {
                refuse("the draft's architecture is '" + architecture + "', not 'eagle3'");
            }
            const int32_t n_vocab = llama_vocab_n_tokens(llama_model_get_vocab(of_draft));
            if (n_vocab > llama_vocab_n_tokens(llama_model_get_vocab(of_target))) {
                refuse("the draft has " + std::to_string(n_vocab) + " tokens, more than the target, whose embeddings it may read");
            }
            const std::string width = meta(of_draft, "eagle3.target_hidden_size");
            if (width != std::to_string(n_embd)) {
                refuse("the draft was made for a target with n_embd=" + width + ", not " + std::to_string(n_embd));
            }
            const int32_t * ids = llama_model_target_layer_ids(of_draft);
            layers.assign(ids, ids + llama_model_target_layer_ids_n(of_draft));
            const int32_t n_layer = llama_model_n_layer(of_target);
            for (int32_t layer : layers) {
                if (layer < 0 || layer > n_layer) {
                    refuse("the draft reads the input of layer " + std::to_string(layer) + " of a target that has " +
                           std::to_string(n_layer));
                }
            }
        } else {
            if (llama_model_n_layer_nextn(of_draft) < 1) {
                refuse("the model has no MTP layers (nextn_predict_layers)");
            }
            if (llama_model_n_embd_out(of_draft) != llama_model_n_embd_out(of_target)) {
                refuse("the MTP layers read hidden states of width " + std::to_string(llama_model_n_embd_out(of_draft)) +
                       ", the target's are " + std::to_string(llama_model_n_embd_out(of_target)) + " wide");
            }
        }
    }

    void init(const lcffi_speculative_params & params) {
        check(params);
        sequences.resize(llama_n_seq_max(target));
        if (kind == LCFFI_SPECULATIVE_EAGLE3) {
            check_layers();
        }
        common_params_speculative options;
        options.types = {kind == LCFFI_SPECULATIVE_EAGLE3 ? COMMON_SPECULATIVE_TYPE_DRAFT_EAGLE3
                                                          : COMMON_SPECULATIVE_TYPE_DRAFT_MTP};
        options.draft.n_max            = params.n_max;
        options.draft.n_min            = params.n_min;
        options.draft.p_min            = params.p_min;
        options.draft.ctx_tgt          = target;
        options.draft.ctx_dft          = draft;
        options.draft.backend_sampling = false; // its chains would be attached to a context that another object owns
        try {
            impl.reset(common_speculative_init(options, llama_n_seq_max(target)));
        } catch (...) {
            watch(false);
            throw;
        }
        shares_memory = kind == LCFFI_SPECULATIVE_MTP && llama_get_ctx_other(draft) == target;
    }

    // The rows of a sequence, when they are one run; false when they are not.
    bool note(const common_batch & batch) {
        for (const auto & token : batch.tokens) {
            sequences[token.seq_id].n_rows = 0;
        }
        for (size_t i = 0; i < batch.tokens.size(); i++) {
            const auto &    token = batch.tokens[i];
            const llama_pos pos   = token.pos[0];
            progress &      sequence = sequences[token.seq_id];
            if (sequence.n_rows == 0) {
                sequence.first = pos;
            } else if (batch.tokens[i - 1].seq_id != token.seq_id || pos != sequence.first + sequence.n_rows) {
                return false;
            }
            sequence.n_rows++;
        }
        return true;
    }

    bool process(const llama_batch & given) {
        common_batch              batch;
        std::vector<llama_seq_id> seen; // in their order, the first of a token's sequences only
        std::vector<llama_seq_id> lost;
        bool                      usable = given.token != nullptr;
        for (int32_t i = 0; i < given.n_tokens; i++) {
            for (int32_t k = 0; k < given.n_seq_id[i]; k++) {
                const llama_seq_id seq_id = given.seq_id[i][k];
                if (seq_id < 0 || seq_id >= llama_seq_id(sequences.size())) {
                    throw std::invalid_argument("a batch of other sequences than the target's");
                }
                std::vector<llama_seq_id> & list = k == 0 ? seen : lost;
                if (std::find(list.begin(), list.end(), seq_id) == list.end()) {
                    list.push_back(seq_id);
                }
            }
            if (usable) {
                batch.add(given.token[i], given.pos[i], given.seq_id[i][0], false);
            }
        }
        usable = usable && note(batch);
        if (usable) {
            size_t row = 0;
            for (llama_seq_id seq_id : seen) {
                progress & sequence = sequences[seq_id];
                const bool bridge   = kind == LCFFI_SPECULATIVE_EAGLE3 && sequence.pending >= 0 &&
                                      sequence.pending + 1 == sequence.first &&
                                      sequence.follows != batch.tokens[row].id;
                make_room(seq_id, bridge ? sequence.pending : sequence.first);
                row += sequence.n_rows;
            }
            usable = common_speculative_process(impl.get(), batch);
        }
        lost.insert(lost.end(), usable ? seen.end() : seen.begin(), seen.end());
        for (llama_seq_id seq_id : lost) {
            forget(seq_id);
        }
        for (llama_seq_id seq_id : seen) {
            progress & sequence = sequences[seq_id];
            if (sequence.n_rows > 0) {
                sequence.pending = sequence.first + sequence.n_rows - 1;
                sequence.follows = LLAMA_TOKEN_NULL;
            }
        }
        return usable;
    }

    void make(lcffi_draft * drafts, int32_t n_drafts) {
        static const llama_tokens no_prompt;
        for (int32_t i = 0; i < n_drafts; i++) {
            lcffi_draft & wanted = drafts[i];
            wanted.n_tokens      = 0;
            if (wanted.seq_id < 0 || wanted.seq_id >= llama_seq_id(sequences.size())) {
                throw std::invalid_argument("a draft for another sequence than the target's");
            }
            progress &      sequence   = sequences[wanted.seq_id];
            const llama_pos n_accepted = wanted.pos - 1 - sequence.first; // beside the token that began the rows
            if (wanted.n_max < 1 || sequence.first < 0 || n_accepted < 0 || n_accepted >= sequence.n_rows) {
                continue;
            }
            if (sequence.drafted) {
                common_speculative_accept(impl.get(), wanted.seq_id, static_cast<uint16_t>(std::min(n_accepted, 65535)));
            } else if (n_accepted != sequence.n_rows - 1) {
                continue; // llama-common goes on from the last row alone
            }
            sequence.pending = wanted.pos - 1;
            sequence.follows = wanted.last;
            sequence.draft.clear();
            make_room(wanted.seq_id, kind == LCFFI_SPECULATIVE_EAGLE3 ? sequence.pending : wanted.pos);
            common_speculative_draft_params & params = common_speculative_get_draft_params(impl.get(), wanted.seq_id);
            params.drafting = true;
            params.n_max    = wanted.n_max;
            params.pos0     = wanted.pos;
            params.id_last  = wanted.last;
            params.prompt   = &no_prompt;
            params.result   = &sequence.draft;
        }
        common_speculative_draft(impl.get());
        const int32_t n_vocab = llama_vocab_n_tokens(llama_model_get_vocab(llama_get_model(target)));
        for (int32_t i = 0; i < n_drafts; i++) {
            progress & sequence = sequences[drafts[i].seq_id];
            const auto end = std::find_if(sequence.draft.begin(), sequence.draft.end(), [&](llama_token token) {
                return token >= n_vocab; // the draft's padding
            });
            drafts[i].n_tokens = std::min(drafts[i].n_max, static_cast<int32_t>(end - sequence.draft.begin()));
            std::copy_n(sequence.draft.begin(), drafts[i].n_tokens, drafts[i].tokens);
            sequence.drafted = sequence.drafted || !sequence.draft.empty();
            sequence.draft.clear();
        }
    }
};

extern "C" {

struct lcffi_speculative_params lcffi_speculative_default_params(void) {
    const common_params_speculative_draft defaults;
    return {defaults.n_max, defaults.n_min, defaults.p_min};
}

struct lcffi_speculative * lcffi_speculative_init(enum lcffi_speculative_kind kind, struct llama_context * target,
                                                  struct llama_context * draft,
                                                  struct lcffi_speculative_params params, char * error) {
    error[0] = '\0';
    std::unique_ptr<lcffi_speculative> made(new lcffi_speculative{kind, target, draft});
    try {
        made->init(params);
    } catch (const std::bad_alloc &) {
        throw;
    } catch (const std::exception & failure) {
        std::snprintf(error, LCFFI_SPECULATIVE_ERROR, "%s", failure.what());
        return nullptr;
    }
    return made.release();
}

void lcffi_speculative_free(struct lcffi_speculative * speculative) {
    delete speculative;
}

void lcffi_speculative_detach(struct lcffi_speculative * speculative) {
    speculative->watch(false);
}

int32_t lcffi_speculative_n_max(const struct lcffi_speculative * speculative) {
    return common_speculative_n_max(speculative->impl.get());
}

size_t lcffi_speculative_n_floats(const struct lcffi_speculative * speculative) {
    const llama_model *     model = llama_get_model(speculative->target);
    const std::set<int32_t> layers(speculative->layers.begin(), speculative->layers.end());
    const size_t            n_layer_inputs = layers.size() - layers.count(llama_model_n_layer(model));
    const bool              nextn          = layers.size() > n_layer_inputs || layers.empty();
    return llama_n_batch(speculative->target) *
           (n_layer_inputs * llama_model_n_embd(model) + (nextn ? llama_model_n_embd_out(model) : 0));
}

bool lcffi_speculative_process(struct lcffi_speculative * speculative, struct llama_batch batch) {
    return speculative->process(batch);
}

void lcffi_speculative_draft(struct lcffi_speculative * speculative, struct lcffi_draft * drafts, int32_t n_drafts) {
    speculative->make(drafts, n_drafts);
}

} // extern "C"
