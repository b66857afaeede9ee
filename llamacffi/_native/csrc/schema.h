// JSON Schema to GBNF, by llama.cpp's own converter (json_schema_to_grammar in llama-common).
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// How many bytes the reason of a refusal may take, with the NUL that ends it.
#define LCFFI_SCHEMA_ERROR 512

// The grammar for the schema in `schema`, a text of JSON. Returns NULL when it is refused; `error` then says why.
// The converter ignores keywords that it does not know: check them first (llamacffi/generation/constraints/schema.py).
// The result is valid until this thread's next call.
const char * lcffi_schema_grammar(const char * schema, char * error);

#ifdef __cplusplus
}
#endif
