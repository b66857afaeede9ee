// A sampler that lets only such tokens pass as keep the text valid UTF-8.
//
// A grammar of llama.cpp takes any byte behind the first of a character, and so a vocabulary with tokens for single
// bytes can leave the language that the grammar describes.
#pragma once

#include "llama.h"

#ifdef __cplusplus
extern "C" {
#endif

// What has begun but not ended must be gone on with: tokens that spell nothing, and those that end a generation, are
// forbidden within a character. The text begins where the prompt ends.
struct llama_sampler * lcffi_sampler_utf8(const struct llama_vocab * vocab);

#ifdef __cplusplus
}
#endif
