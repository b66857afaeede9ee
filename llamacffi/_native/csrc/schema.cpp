#include "schema.h"

#include "deep_stack.hpp"

#include "json-schema-to-grammar.h"
#include "json.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

namespace {

constexpr std::size_t stack_per_byte = 4096; // a bracket is a call, and std::regex calls itself for each character of a name
constexpr std::size_t stack_spare    = 1024 * 1024;
constexpr std::size_t stack_most     = std::size_t(1) << 30;

void with_stack_for(std::size_t n_bytes, const std::function<void()> & work) {
    const std::size_t needed = n_bytes * stack_per_byte + stack_spare;
    if (needed <= lcffi::stack_left()) {
        work();
    } else {
        lcffi::run_with_stack(std::min({needed, stack_most, lcffi::machine_memory() / 2}), work);
    }
}

} // namespace

extern "C" const char * lcffi_schema_grammar(const char * schema, char * error) {
    static thread_local std::string result;
    std::string grammar;
    error[0] = '\0';
    try {
        const std::string text = schema;
        with_stack_for(text.size(), [&] { grammar = json_schema_to_grammar(common_json::parse(text), true); });
    } catch (const std::bad_alloc &) {
        throw; // a MemoryError, not a fault of the schema
    } catch (const std::exception & failure) {
        std::snprintf(error, LCFFI_SCHEMA_ERROR, "%s", failure.what());
        return nullptr;
    }
    result = std::move(grammar);
    return result.c_str();
}
