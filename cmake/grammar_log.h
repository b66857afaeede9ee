// llama_grammar_parser::parse prints why it failed to stderr, with the whole grammar after it. Included before that file,
// this sends the first line to llama.cpp's log.
#pragma once

#include "ggml.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>

void llama_log_internal(enum ggml_log_level level, const char * format, ...);

static inline void lcffi_grammar_print(FILE * file, const char * format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (file == stderr) {
        char text[256];
        std::vsnprintf(text, sizeof text, format, arguments);
        text[std::strcspn(text, "\r\n")] = '\0';
        llama_log_internal(GGML_LOG_LEVEL_ERROR, "%s\n", text);
    } else {
        std::vfprintf(file, format, arguments);
    }
    va_end(arguments);
}
#define fprintf lcffi_grammar_print
