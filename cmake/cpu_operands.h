// Included before ggml-cpu.cpp, this makes the CPU backend say which operands it cannot compute with. ggml takes any for a
// matrix and a vector of weights, and its kernels then abort the process, or call a function that does not exist, on threads
// where no exception is caught. With this a model of such weights is refused when it is loaded.
#pragma once

#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "ggml.h"

#include <cstring>

static bool lcffi_cpu_supports(ggml_backend_dev_t device, const struct ggml_tensor * op); // ggml's own

static bool lcffi_is_half(enum ggml_type type) { return type == GGML_TYPE_F16 || type == GGML_TYPE_BF16; }

static bool lcffi_is_rare(enum ggml_type type) {
    return type == GGML_TYPE_F64 || type == GGML_TYPE_I64 || type == GGML_TYPE_I16 || type == GGML_TYPE_I8;
}

static bool lcffi_is_epsilon(const struct ggml_tensor * op, int i) {
    float epsilon;
    std::memcpy(&epsilon, op->op_params + i, sizeof epsilon);
    return epsilon >= 0.0f;
}

static bool lcffi_cpu_computes(const struct ggml_tensor * op) {
    const ggml_tensor * a = op->src[0];
    const ggml_tensor * b = op->src[1];
    if (a == nullptr) {
        return true;
    }
    switch (op->op) {
        case GGML_OP_ADD:
            if (ggml_is_quantized(a->type)) {
                return b->type == GGML_TYPE_F32;
            }
            [[fallthrough]];
        case GGML_OP_SUB:
        case GGML_OP_MUL:
        case GGML_OP_DIV:
            return (a->type == GGML_TYPE_F32 || lcffi_is_half(a->type)) &&
                (b->type == GGML_TYPE_F32 || (b->type == a->type));
        case GGML_OP_MUL_MAT:
        case GGML_OP_MUL_MAT_ID:
            return ggml_get_type_traits_cpu(a->type)->vec_dot != nullptr;
        case GGML_OP_GET_ROWS:
            // One row alone is no table, but a list that llama.cpp reads by itself: the token ids of an EAGLE-3 draft, in I64.
            return a->type == GGML_TYPE_F32 || a->type == GGML_TYPE_I32 || a->ne[1] == 1 ||
                ggml_get_type_traits(a->type)->to_float != nullptr;
        case GGML_OP_ADD_ID:
        case GGML_OP_SSM_CONV:
        case GGML_OP_SSM_SCAN:
            for (const ggml_tensor * source : op->src) {
                if (source != nullptr && source->type != GGML_TYPE_F32 && source->type != GGML_TYPE_I32) {
                    return false;
                }
            }
            return true;
        case GGML_OP_ROPE:
            return op->src[2] == nullptr || op->src[2]->type == GGML_TYPE_F32;
        case GGML_OP_PAD:
        case GGML_OP_UPSCALE:
            return a->type == GGML_TYPE_F32;
        case GGML_OP_CONV_2D:
            return a->type == GGML_TYPE_F32 || a->type == GGML_TYPE_F16;
        case GGML_OP_CONCAT:
        case GGML_OP_REPEAT:
            return ggml_type_size(a->type) <= 4 && !ggml_is_quantized(a->type);
        case GGML_OP_DUP:
        case GGML_OP_CPY:
        case GGML_OP_CONT:
            return a->type == op->type || !lcffi_is_rare(a->type);
        case GGML_OP_RMS_NORM:
        case GGML_OP_NORM:
        case GGML_OP_L2_NORM:
            return a->type == GGML_TYPE_F32 && lcffi_is_epsilon(op, 0);
        case GGML_OP_GROUP_NORM:
            return a->type == GGML_TYPE_F32 && lcffi_is_epsilon(op, 1);
        case GGML_OP_SCALE:
        case GGML_OP_UNARY:
            return !lcffi_is_rare(a->type) && !ggml_is_quantized(a->type);
        default:
            return true;
    }
}

static bool ggml_backend_cpu_device_supports_op(ggml_backend_dev_t device, const struct ggml_tensor * op) {
    return lcffi_cpu_supports(device, op) && lcffi_cpu_computes(op);
}

// The definition and calls get another name; the table of the backend, which names it without parentheses, has ours.
#define ggml_backend_cpu_device_supports_op(device, op) lcffi_cpu_supports(device, op)
