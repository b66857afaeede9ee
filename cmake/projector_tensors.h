// Included before the files of libmtmd, this makes a tensor that is not there an exception. Which tensors a projector has is
// up to its file, and its graph is built with those of its kind, whether they were found or not: ggml reads through null.
#pragma once

#include "ggml.h"

#include <cstddef>
#include <stdexcept>
#include <string>

namespace lcffi {

template <typename T> struct as_declared { using type = T; };

template <typename T> bool is_there(const T &) { return true; }
inline bool is_there(ggml_tensor * const & tensor) { return tensor != nullptr; }
inline bool is_there(const ggml_tensor * const & tensor) { return tensor != nullptr; }

inline void check(bool found, const char * what) {
    if (!found) {
        throw std::runtime_error(std::string("the projector's file has not all the tensors of its kind (") + what + ")");
    }
}

// Call a function of ggml's when its first `n` arguments are there, and all of them where `n` is not given.
template <std::size_t n = 99, typename R, typename... P>
R with_tensors(const char * name, R (*function)(P...), typename as_declared<P>::type... arguments) {
    const bool found[] = {is_there(arguments)...};
    for (std::size_t i = 0; i < sizeof...(P) && i < n; i++) {
        check(found[i], name);
    }
    return function(arguments...);
}

// A tensor of the model's that its file may lack, and that llama.cpp looks into.
class tensor {
public:
    tensor(ggml_tensor * found) : found_(found) {}
    operator ggml_tensor *() const { return found_; }
    ggml_tensor * operator->() const {
        check(found_ != nullptr, "one that is looked into");
        return found_;
    }

private:
    ggml_tensor * found_;
};

} // namespace lcffi

// `ggml_tensor * name = nullptr;` becomes `ggml_tensor * lcffi_x; lcffi::tensor name = nullptr;`.
#define class_embedding lcffi_a; lcffi::tensor class_embedding
#define mm_0_b lcffi_b; lcffi::tensor mm_0_b
#define mm_1_b lcffi_c; lcffi::tensor mm_1_b
#define mm_1_w lcffi_d; lcffi::tensor mm_1_w
#define mm_2_w lcffi_e; lcffi::tensor mm_2_w
#define mm_3_b lcffi_f; lcffi::tensor mm_3_b
#define mm_3_w lcffi_g; lcffi::tensor mm_3_w
#define mm_a_code_embd lcffi_h; lcffi::tensor mm_a_code_embd
#define mm_input_proj_w lcffi_i; lcffi::tensor mm_input_proj_w
#define position_embeddings lcffi_j; lcffi::tensor position_embeddings
#define rvq_codebook lcffi_k; lcffi::tensor rvq_codebook
#define view_seperator lcffi_l; lcffi::tensor view_seperator
#define yasa_vision_pos_embed lcffi_m; lcffi::tensor yasa_vision_pos_embed
#if __has_include("clip-model.h") // not in older versions
#    include "clip-model.h"
#endif
#undef class_embedding
#undef mm_0_b
#undef mm_1_b
#undef mm_1_w
#undef mm_2_w
#undef mm_3_b
#undef mm_3_w
#undef mm_a_code_embd
#undef mm_input_proj_w
#undef position_embeddings
#undef rvq_codebook
#undef view_seperator
#undef yasa_vision_pos_embed

#define LCFFI_GIVEN(name, ...) lcffi::with_tensors(#name, name, __VA_ARGS__)
#define LCFFI_FIRST(n, name, ...) lcffi::with_tensors<n>(#name, name, __VA_ARGS__)

#define ggml_add(...) LCFFI_GIVEN(ggml_add, __VA_ARGS__)
#define ggml_sub(...) LCFFI_GIVEN(ggml_sub, __VA_ARGS__)
#define ggml_mul(...) LCFFI_GIVEN(ggml_mul, __VA_ARGS__)
#define ggml_div(...) LCFFI_GIVEN(ggml_div, __VA_ARGS__)
#define ggml_mul_mat(...) LCFFI_GIVEN(ggml_mul_mat, __VA_ARGS__)
#define ggml_mul_mat_id(...) LCFFI_GIVEN(ggml_mul_mat_id, __VA_ARGS__)
#define ggml_get_rows(...) LCFFI_GIVEN(ggml_get_rows, __VA_ARGS__)
#define ggml_concat(...) LCFFI_GIVEN(ggml_concat, __VA_ARGS__)
#define ggml_repeat(...) LCFFI_GIVEN(ggml_repeat, __VA_ARGS__)
#define ggml_repeat_4d(...) LCFFI_GIVEN(ggml_repeat_4d, __VA_ARGS__)
#define ggml_cast(...) LCFFI_GIVEN(ggml_cast, __VA_ARGS__)
#define ggml_cont(...) LCFFI_GIVEN(ggml_cont, __VA_ARGS__)
#define ggml_cont_2d(...) LCFFI_GIVEN(ggml_cont_2d, __VA_ARGS__)
#define ggml_cont_3d(...) LCFFI_GIVEN(ggml_cont_3d, __VA_ARGS__)
#define ggml_cont_4d(...) LCFFI_GIVEN(ggml_cont_4d, __VA_ARGS__)
#define ggml_reshape_1d(...) LCFFI_GIVEN(ggml_reshape_1d, __VA_ARGS__)
#define ggml_reshape_2d(...) LCFFI_GIVEN(ggml_reshape_2d, __VA_ARGS__)
#define ggml_reshape_3d(...) LCFFI_GIVEN(ggml_reshape_3d, __VA_ARGS__)
#define ggml_reshape_4d(...) LCFFI_GIVEN(ggml_reshape_4d, __VA_ARGS__)
#define ggml_view_1d(...) LCFFI_GIVEN(ggml_view_1d, __VA_ARGS__)
#define ggml_view_2d(...) LCFFI_GIVEN(ggml_view_2d, __VA_ARGS__)
#define ggml_view_3d(...) LCFFI_GIVEN(ggml_view_3d, __VA_ARGS__)
#define ggml_view_4d(...) LCFFI_GIVEN(ggml_view_4d, __VA_ARGS__)
#define ggml_permute(...) LCFFI_GIVEN(ggml_permute, __VA_ARGS__)
#define ggml_transpose(...) LCFFI_GIVEN(ggml_transpose, __VA_ARGS__)
#define ggml_scale(...) LCFFI_GIVEN(ggml_scale, __VA_ARGS__)
#define ggml_norm(...) LCFFI_GIVEN(ggml_norm, __VA_ARGS__)
#define ggml_rms_norm(...) LCFFI_GIVEN(ggml_rms_norm, __VA_ARGS__)
#define ggml_sqr(...) LCFFI_GIVEN(ggml_sqr, __VA_ARGS__)
#define ggml_sigmoid(...) LCFFI_GIVEN(ggml_sigmoid, __VA_ARGS__)
#define ggml_interpolate(...) LCFFI_GIVEN(ggml_interpolate, __VA_ARGS__)
#define ggml_upscale(...) LCFFI_GIVEN(ggml_upscale, __VA_ARGS__)
#define ggml_pad(...) LCFFI_GIVEN(ggml_pad, __VA_ARGS__)
#define ggml_pad_ext(...) LCFFI_GIVEN(ggml_pad_ext, __VA_ARGS__)
#define ggml_im2col(...) LCFFI_GIVEN(ggml_im2col, __VA_ARGS__)
#define ggml_conv_1d(...) LCFFI_GIVEN(ggml_conv_1d, __VA_ARGS__)
#define ggml_conv_1d_ph(...) LCFFI_GIVEN(ggml_conv_1d_ph, __VA_ARGS__)
#define ggml_conv_1d_dw(...) LCFFI_GIVEN(ggml_conv_1d_dw, __VA_ARGS__)
#define ggml_conv_transpose_1d(...) LCFFI_GIVEN(ggml_conv_transpose_1d, __VA_ARGS__)
#define ggml_conv_2d(...) LCFFI_GIVEN(ggml_conv_2d, __VA_ARGS__)
#define ggml_conv_2d_direct(...) LCFFI_GIVEN(ggml_conv_2d_direct, __VA_ARGS__)
#define ggml_conv_2d_dw(...) LCFFI_GIVEN(ggml_conv_2d_dw, __VA_ARGS__)
#define ggml_conv_2d_dw_direct(...) LCFFI_GIVEN(ggml_conv_2d_dw_direct, __VA_ARGS__)
#define ggml_ssm_conv(...) LCFFI_GIVEN(ggml_ssm_conv, __VA_ARGS__)
#define ggml_build_forward_expand(...) LCFFI_GIVEN(ggml_build_forward_expand, __VA_ARGS__)
// Their masks and factors may be null.
#define ggml_soft_max_ext(...) LCFFI_FIRST(2, ggml_soft_max_ext, __VA_ARGS__)
#define ggml_flash_attn_ext(...) LCFFI_FIRST(4, ggml_flash_attn_ext, __VA_ARGS__)
#define ggml_rope_ext(...) LCFFI_FIRST(3, ggml_rope_ext, __VA_ARGS__)
#define ggml_rope_multi(...) LCFFI_FIRST(3, ggml_rope_multi, __VA_ARGS__)
