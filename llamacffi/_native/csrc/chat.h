// llama.cpp's own chat code (llama-common, C++): from messages to a prompt, from what the model wrote to a message.
//
// Requests and answers are JSON. A function that can fail sets `failed`, and its answer is then the reason, as text.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// What is returned as `char *` is the caller's: free it with this. NULL is fine.
void lcffi_chat_free_text(char * text);

// A template that was parsed, for both engines' sake by llama.cpp's (common_chat_templates). Usable from many threads at
// once. NULL on failure, with the reason in `error`, which is the caller's.
struct lcffi_chat_template;
struct lcffi_chat_template * lcffi_chat_template_new(const char * source, size_t n_source, const char * bos_token,
                                                     const char * eos_token, char ** error);
void lcffi_chat_template_free(struct lcffi_chat_template * chat_template);

// What the template can do, an object of booleans (common_chat_templates_get_caps).
char * lcffi_chat_template_caps(const struct lcffi_chat_template * chat_template, size_t * n_answer, bool * failed);

// The prompt, and how the reply is to be constrained and read (common_chat_templates_apply). In: messages, tools,
// tool_choice, parallel_tool_calls, json_schema, grammar, reasoning_format, enable_thinking, add_generation_prompt,
// continue_final_message, chat_template_kwargs. Out: prompt, format, grammar, grammar_lazy, grammar_triggers,
// preserved_tokens, additional_stops, generation_prompt, parser, supports_thinking, thinking_start_tag,
// thinking_end_tags.
char * lcffi_chat_apply(const struct lcffi_chat_template * chat_template, const char * request, size_t n_request,
                        size_t * n_answer, bool * failed);

// What the template itself makes of the messages, which stay as they are (common_chat_template_direct_apply).
// In: messages, tools, add_generation_prompt, enable_thinking, extra_context. Out: the prompt, not as JSON.
char * lcffi_chat_direct_apply(const struct lcffi_chat_template * chat_template, const char * request,
                               size_t n_request, size_t * n_answer, bool * failed);

// Reads a reply as it grows: made from what lcffi_chat_apply said of it (format, parser, generation_prompt), with
// reasoning_format and parse_tool_calls. One thread at a time. NULL on failure, with the reason in `error`.
struct lcffi_chat_parser;
struct lcffi_chat_parser * lcffi_chat_parser_new(const char * params, size_t n_params, char ** error);
void lcffi_chat_parser_free(struct lcffi_chat_parser * parser);

// Read the reply so far, all of it; `partial` when more may come (common_chat_parse). Out: message (role, content,
// reasoning_content, tool_calls), and deltas: what is new in it since the last call (common_chat_msg_diff).
char * lcffi_chat_parse(struct lcffi_chat_parser * parser, const char * text, size_t n_text, bool partial,
                        size_t * n_answer, bool * failed);

#ifdef __cplusplus
}
#endif
