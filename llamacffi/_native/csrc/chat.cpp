#include "chat.h"

#include "deep_stack.hpp"
#include "template_limits.hpp"

#include "common/chat-auto-parser.h"
#include "common/chat.h"
#include "common/json.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using json = common_json;

// llama.cpp's templates, and the one of them that is ours to run without its changes to the messages.
struct lcffi_chat_template {
    common_chat_templates_ptr templates;
    common_chat_template      plain;
    std::size_t               n_source;
};

struct lcffi_chat_parser {
    common_chat_parser_params params;
    common_chat_msg           last;
};

namespace {

// A template runs some sixty times while llama.cpp finds out how its replies are to be read.
constexpr std::int64_t n_steps_max       = 50 * 1000 * 1000;
constexpr double       seconds_max       = 5;
constexpr std::size_t  n_stack_running   = std::size_t(4) << 20; // some thousand macros deep; falling back takes time
constexpr std::size_t  n_bytes_base      = std::size_t(256) << 20;
constexpr std::size_t  n_bytes_per_byte  = 256;   // of the request
constexpr std::size_t  n_stack_base      = std::size_t(32) << 20;
constexpr std::size_t  n_stack_per_byte  = 4096;  // of a template: for each bracket the parser goes ten functions deeper
constexpr std::size_t  n_stack_per_level = 16384; // of brackets in a request or a reply
constexpr std::size_t  n_source_max      = std::size_t(512) << 10;
constexpr std::size_t  n_levels_max      = 20000;

char * copied(const std::string & text, std::size_t * n) {
    char * copy = static_cast<char *>(std::malloc(text.size() + 1));
    if (copy == nullptr) {
        throw std::bad_alloc();
    }
    std::memcpy(copy, text.c_str(), text.size() + 1);
    if (n != nullptr) {
        *n = text.size();
    }
    return copy;
}

// How deep the brackets of a text go, at most: what reads it calls itself as often.
std::size_t n_levels(const std::string & text) {
    std::size_t n = 0, most = 0;
    for (const char c : text) {
        if (c == '[' || c == '{') {
            most = std::max(most, ++n);
        } else if ((c == ']' || c == '}') && n > 0) {
            n--;
        }
    }
    if (most > n_levels_max) {
        throw std::runtime_error("brackets are nested more than " + std::to_string(n_levels_max) + " levels deep");
    }
    return most;
}

// While it lives, templates that this thread runs are held to their limits.
struct limited {
    explicit limited(std::size_t n_request) {
        lcffi::template_limits_begin({n_steps_max, static_cast<std::int64_t>(n_bytes_base + n_bytes_per_byte * n_request),
                                      seconds_max, n_stack_running});
    }
    ~limited() { lcffi::template_limits_end(); }
    limited(const limited &) = delete;
    limited & operator=(const limited &) = delete;
};

// Run `work` with that much stack and those limits.
void run(std::size_t n_stack, std::size_t n_request, const std::function<void()> & work) {
    lcffi::run_with_stack(n_stack, [&] {
        const limited here(n_request);
        work();
    });
}

// The answer of `work`, or why there is none.
template <typename Work> char * answered(std::size_t * n_answer, bool * failed, Work work) {
    std::string text;
    *failed = false;
    try {
        text = work();
    } catch (const std::bad_alloc &) {
        throw; // a guard's MemoryError
    } catch (const std::exception & error) {
        *failed = true;
        text    = error.what();
    }
    return copied(text, n_answer);
}

template <typename T, typename Work> T * made(char ** error, Work work) {
    *error = nullptr;
    try {
        return work();
    } catch (const std::bad_alloc &) {
        throw;
    } catch (const std::exception & failure) {
        *error = copied(failure.what(), nullptr);
        return nullptr;
    }
}

std::string text_of(const json & object, const char * key) {
    return object.contains(key) && object.at(key).is_string() ? object.at(key).get<std::string>() : std::string();
}

bool flag_of(const json & object, const char * key, bool otherwise) {
    return object.contains(key) && object.at(key).is_boolean() ? object.at(key).get<bool>() : otherwise;
}

bool is_given(const json & object, const char * key) { return object.contains(key) && !object.at(key).is_null(); }

common_reasoning_format reasoning_format_of(const json & object) {
    const std::string name = text_of(object, "reasoning_format");
    return common_reasoning_format_from_name(name.empty() ? "auto" : name);
}

common_chat_templates_inputs inputs_of(const json & request) {
    common_chat_templates_inputs inputs;
    inputs.messages = common_chat_msgs_parse_oaicompat(request.at("messages"));
    if (is_given(request, "tools")) {
        inputs.tools = common_chat_tools_parse_oaicompat(request.at("tools"));
    }
    if (is_given(request, "tool_choice")) {
        inputs.tool_choice = common_chat_tool_choice_parse_oaicompat(text_of(request, "tool_choice"));
    }
    if (is_given(request, "json_schema")) {
        inputs.json_schema = request.at("json_schema").dump();
    }
    inputs.grammar               = text_of(request, "grammar");
    inputs.parallel_tool_calls   = flag_of(request, "parallel_tool_calls", false);
    inputs.reasoning_format      = reasoning_format_of(request);
    inputs.enable_thinking       = flag_of(request, "enable_thinking", true);
    inputs.add_generation_prompt = flag_of(request, "add_generation_prompt", true);
    if (is_given(request, "continue_final_message")) {
        inputs.continue_final_message = common_chat_continuation_parse(request.at("continue_final_message"));
    }
    if (is_given(request, "chat_template_kwargs")) {
        for (const auto & [key, value] : request.at("chat_template_kwargs").items()) {
            inputs.chat_template_kwargs[key] = value.dump();
        }
    }
    return inputs;
}

json list_of(const std::vector<std::string> & texts) {
    json list = json::array();
    for (const auto & text : texts) {
        list.push_back(text);
    }
    return list;
}

std::string described(const common_chat_params & params) {
    json triggers = json::array();
    for (const auto & trigger : params.grammar_triggers) {
        static const char * const types[] = {"token", "word", "pattern", "pattern_full"};
        json item     = json::object();
        item["type"]  = types[trigger.type];
        item["value"] = trigger.value;
        item["token"] = trigger.token;
        triggers.push_back(item);
    }
    json answer = json::object();
    answer["prompt"]             = params.prompt;
    answer["format"]             = static_cast<int>(params.format);
    answer["grammar"]            = params.grammar;
    answer["grammar_lazy"]       = params.grammar_lazy;
    answer["grammar_triggers"]   = triggers;
    answer["preserved_tokens"]   = list_of(params.preserved_tokens);
    answer["additional_stops"]   = list_of(params.additional_stops);
    answer["generation_prompt"]  = params.generation_prompt;
    answer["parser"]             = params.parser;
    answer["supports_thinking"]  = params.supports_thinking;
    answer["thinking_start_tag"] = params.thinking_start_tag;
    answer["thinking_end_tags"]  = list_of(params.thinking_end_tags);
    return answer.dump_safe();
}

json delta_of(const common_chat_msg_diff & diff) {
    json delta = json::object();
    if (!diff.reasoning_content_delta.empty()) {
        delta["reasoning_content"] = diff.reasoning_content_delta;
    }
    if (!diff.content_delta.empty()) {
        delta["content"] = diff.content_delta;
    }
    if (diff.tool_call_index != std::string::npos) {
        json call         = json::object();
        call["index"]     = diff.tool_call_index;
        call["id"]        = diff.tool_call_delta.id;
        call["name"]      = diff.tool_call_delta.name;
        call["arguments"] = diff.tool_call_delta.arguments;
        delta["tool_call"] = call;
    }
    return delta;
}

} // namespace

extern "C" {

void lcffi_chat_free_text(char * text) { std::free(text); }

struct lcffi_chat_template * lcffi_chat_template_new(const char * source, size_t n_source, const char * bos_token,
                                                     const char * eos_token, char ** error) {
    return made<lcffi_chat_template>(error, [&] {
        if (n_source == 0) {
            throw std::runtime_error("it is empty");
        }
        if (n_source > n_source_max) {
            throw std::runtime_error("it has " + std::to_string(n_source) + " bytes, more than " +
                                     std::to_string(n_source_max));
        }
        const std::string     text(source, n_source);
        lcffi_chat_template * result = nullptr;
        run(n_stack_base + n_stack_per_byte * n_source, n_source, [&] {
            // The plain one first: llama.cpp's own constructor of the other logs what is wrong and throws no reason.
            common_chat_template plain(text, bos_token, eos_token);
            const limited        again(n_source); // it does the same once more
            result = new lcffi_chat_template{common_chat_templates_init(nullptr, text, bos_token, eos_token),
                                             std::move(plain), n_source};
        });
        return result;
    });
}

void lcffi_chat_template_free(struct lcffi_chat_template * chat_template) {
    if (chat_template != nullptr) {
        // The tree is freed as deep as it was parsed.
        lcffi::run_with_stack(n_stack_base + n_stack_per_byte * chat_template->n_source, [&] { delete chat_template; });
    }
}

char * lcffi_chat_template_caps(const struct lcffi_chat_template * chat_template, size_t * n_answer, bool * failed) {
    return answered(n_answer, failed, [&] {
        json answer = json::object();
        for (const auto & [name, can] : common_chat_templates_get_caps(chat_template->templates.get())) {
            answer[name] = can;
        }
        return answer.dump();
    });
}

char * lcffi_chat_apply(const struct lcffi_chat_template * chat_template, const char * request, size_t n_request,
                        size_t * n_answer, bool * failed) {
    return answered(n_answer, failed, [&] {
        const std::string text(request, n_request);
        const std::size_t n_stack = n_stack_base + n_stack_per_byte * chat_template->n_source + n_stack_per_level * n_levels(text);
        std::string       answer;
        run(n_stack, n_request, [&] {
            answer = described(common_chat_templates_apply(chat_template->templates.get(), inputs_of(json::parse(text))));
        });
        return answer;
    });
}

char * lcffi_chat_direct_apply(const struct lcffi_chat_template * chat_template, const char * request,
                               size_t n_request, size_t * n_answer, bool * failed) {
    return answered(n_answer, failed, [&] {
        const std::string text(request, n_request);
        const std::size_t n_stack = n_stack_base + n_stack_per_byte * chat_template->n_source + n_stack_per_level * n_levels(text);
        std::string       answer;
        run(n_stack, n_request, [&] {
            const json                    object = json::parse(text);
            autoparser::generation_params params;
            params.messages              = object.at("messages");
            params.add_generation_prompt = flag_of(object, "add_generation_prompt", true);
            params.enable_thinking       = flag_of(object, "enable_thinking", true);
            if (is_given(object, "tools")) {
                params.tools = object.at("tools");
            }
            if (is_given(object, "extra_context")) {
                params.extra_context = object.at("extra_context");
            }
            answer = common_chat_template_direct_apply(chat_template->plain, params);
        });
        return answer;
    });
}

struct lcffi_chat_parser * lcffi_chat_parser_new(const char * params, size_t n_params, char ** error) {
    return made<lcffi_chat_parser>(error, [&] {
        const std::string   text(params, n_params);
        lcffi_chat_parser * result = nullptr;
        run(n_stack_base + n_stack_per_level * n_levels(text), n_params, [&] {
            const json                object = json::parse(text);
            common_chat_parser_params parser;
            const int format = object.at("format").get<int>();
            if (format < 0 || format >= COMMON_CHAT_FORMAT_COUNT) {
                throw std::runtime_error("there is no chat format " + std::to_string(format));
            }
            parser.format            = static_cast<common_chat_format>(format);
            parser.generation_prompt = text_of(object, "generation_prompt");
            parser.reasoning_format  = reasoning_format_of(object);
            parser.parse_tool_calls  = flag_of(object, "parse_tool_calls", true);
            const std::string saved  = text_of(object, "parser");
            if (!saved.empty()) {
                parser.parser.load(saved);
            }
            result = new lcffi_chat_parser{std::move(parser), common_chat_msg()};
        });
        return result;
    });
}

void lcffi_chat_parser_free(struct lcffi_chat_parser * parser) { delete parser; }

char * lcffi_chat_parse(struct lcffi_chat_parser * parser, const char * text, size_t n_text, bool partial,
                        size_t * n_answer, bool * failed) {
    return answered(n_answer, failed, [&] {
        const std::string reply(text, n_text);
        std::string       answer;
        run(n_stack_base + n_stack_per_level * n_levels(reply), n_text, [&] {
            common_chat_msg message = common_chat_parse(reply, partial, parser->params);
            json            deltas  = json::array();
            try {
                for (const auto & diff : common_chat_msg_diff::compute_diffs(parser->last, message)) {
                    deltas.push_back(delta_of(diff));
                }
            } catch (const std::runtime_error &) {
                // A call that seemed to be one and is none: it was told, and the message is right.
            }
            json object       = json::object();
            object["message"] = message.to_json_oaicompat();
            object["deltas"]  = deltas;
            answer            = object.dump_safe();
            parser->last      = std::move(message);
        });
        return answer;
    });
}

} // extern "C"
