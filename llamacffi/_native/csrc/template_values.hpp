// Included before a source that uses llama.cpp's template engine, this makes the engine's own header count what it does.
#pragma once

#include "template_limits.hpp"

#include "jinja/utils.h"
#include "jinja/value.h"

#include "json.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace jinja {

inline std::size_t lcffi_size(const std::string & text) { return text.size(); }
inline std::size_t lcffi_size(const string & text) {
    std::size_t n = 0;
    for (const auto & part : text.parts) {
        n += sizeof part + part.val.size();
    }
    return n;
}
template <typename T> std::size_t lcffi_size(const std::vector<T> & items) { return items.size() * sizeof(T); }
template <typename T> std::size_t lcffi_size(const T &) { return 0; }

template <typename T, typename... Args> auto lcffi_mk_val(Args &&... args) {
    lcffi::template_bytes((sizeof(typename extract_pointee<T>::type) + ... + lcffi_size(args)));
    lcffi::template_step();
    return mk_val<T>(std::forward<Args>(args)...);
}

template <typename T, typename V> bool lcffi_is_val(const V & value) {
    lcffi::template_step();
    return is_val<T>(value);
}

} // namespace jinja

#define mk_val lcffi_mk_val
#define is_val lcffi_is_val

#include "jinja/runtime.h"
