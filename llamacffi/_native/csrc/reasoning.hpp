// What a chain with a grammar asks its reasoning budget. Both are NULL where llama-common has none.
#pragma once

#include "llama.h"

#include <vector>

namespace lcffi {

// Whether the thoughts that a sampler of lcffi_sampler_reasoning counts have begun and not ended.
extern bool (*is_thinking)(const llama_sampler * budget);

// The tokens that ended them; NULL when there are none.
extern const std::vector<llama_token> * (*end_of_thoughts)(const llama_sampler * budget);

} // namespace lcffi
