"""mtmd.h for ctypes.

Generated from llama.cpp's headers by `python build_ffi.py generate`; do not edit.
"""

from __future__ import annotations

from ctypes import CFUNCTYPE, POINTER, Structure, c_bool, c_char, c_char_p, c_float, c_int, c_int32, c_int64, c_size_t, c_ubyte, c_uint32, c_void_p
from typing import Any

from llamacffi._native.ctypes_llama import ggml_backend_sched_eval_callback, ggml_log_callback
from llamacffi._native.foreign import function, laid_out

LLAMA_FLASH_ATTN_TYPE_AUTO = -1
LLAMA_FLASH_ATTN_TYPE_DISABLED = 0
LLAMA_FLASH_ATTN_TYPE_ENABLED = 1
MTMD_INPUT_CHUNK_TYPE_TEXT = 0
MTMD_INPUT_CHUNK_TYPE_IMAGE = 1
MTMD_INPUT_CHUNK_TYPE_AUDIO = 2
MTMD_INPUT_CHUNK_TYPE_COUNT = 3
MTMD_GEN_AUDIO_TYPE_NONE = 0
MTMD_GEN_AUDIO_TYPE_QWEN3TTS = 1
MTMD_GEN_AUDIO_TYPE_POCKETTTS = 2
MTMD_GEN_PROCESS_TYPE_GEN_CODE = 0
MTMD_GEN_PROCESS_TYPE_GEN_WAV = 1
MTMD_HELPER_GEN_AUDIO_OUTTYPE_PCM = 0
MTMD_HELPER_GEN_AUDIO_OUTTYPE_WAV = 1


class mtmd_input_text(Structure):
    text: bytes | None
    text_len: int
    add_special: bool
    parse_special: bool


class mtmd_input_part(Structure):
    text: Any
    bitmap: Any


class mtmd_context_params(Structure):
    use_gpu: bool
    device: Any
    print_timings: bool
    n_threads: int
    image_marker: bytes | None
    media_marker: bytes | None
    flash_attn_type: int
    warmup: bool
    image_min_tokens: int
    image_max_tokens: int
    cb_eval: Any
    cb_eval_user_data: Any
    batch_max_tokens: int
    progress_callback: Any
    progress_callback_user_data: Any


class mtmd_decoder_pos(Structure):
    t: int
    x: int
    y: int
    z: int


class mtmd_caps(Structure):
    inp_vision: bool
    inp_audio: bool


class mtmd_gen_audio_info(Structure):
    type: int
    sample_rate: int
    model_variant: bytes | None


class mtmd_gen_inp(Structure):
    type: int
    code0: int
    embd: Any
    top_k: int
    top_p: float
    seed: int
    temp: float
    codes: Any
    n_codes: int
    feats: Any
    n_feats: int
    state_data: bytes | None
    state_size: int


class mtmd_gen_out(Structure):
    codes: Any
    n_codes: int
    feats: Any
    n_feats: int
    embd: Any
    is_eos: bool
    audio: Any
    n_samples: int
    state_data: bytes | None
    state_size: int


class mtmd_helper_video_init_params(Structure):
    fps_target: float
    ffmpeg_bin_dir: bytes | None
    timestamp_interval_ms: int


class mtmd_helper_init_opt(Structure):
    video_params: Any


class mtmd_helper_bitmap_wrapper(Structure):
    bitmap: Any
    video_ctx: Any


class mtmd_helper_embd_batch(Structure):
    n_tokens: int
    embd: Any
    n_embd: int
    pos: Any
    n_pos: int
    seq_id: int


class mtmd_helper_video_info(Structure):
    width: int
    height: int
    fps: float
    n_frames: int


class mtmd_helper_gen_audio_inp(Structure):
    seq_id: int
    prompt: bytes | None
    prompt_len: int
    speaker_ref: Any
    lang: bytes | None
    top_k: int
    top_p: float
    seed: int
    out_type: int


mtmd_progress_callback: Any = CFUNCTYPE(c_bool, c_float, c_void_p)
mtmd_bitmap_lazy_callback: Any = CFUNCTYPE(c_int, c_size_t, c_void_p, POINTER(c_void_p), POINTER(c_char_p))
mtmd_helper_post_decode_callback: Any = CFUNCTYPE(c_int32, POINTER(mtmd_helper_embd_batch), c_void_p)

mtmd_input_text._fields_ = [
    ("text", c_char_p),
    ("text_len", c_size_t),
    ("add_special", c_bool),
    ("parse_special", c_bool),
]
laid_out(mtmd_input_text, "struct mtmd_input_text")
mtmd_input_part._fields_ = [
    ("text", POINTER(mtmd_input_text)),
    ("bitmap", c_void_p),
]
laid_out(mtmd_input_part, "struct mtmd_input_part")
mtmd_context_params._fields_ = [
    ("use_gpu", c_bool),
    ("device", c_void_p),
    ("print_timings", c_bool),
    ("n_threads", c_int),
    ("image_marker", c_char_p),
    ("media_marker", c_char_p),
    ("flash_attn_type", c_int),
    ("warmup", c_bool),
    ("image_min_tokens", c_int),
    ("image_max_tokens", c_int),
    ("cb_eval", ggml_backend_sched_eval_callback),
    ("cb_eval_user_data", c_void_p),
    ("batch_max_tokens", c_int32),
    ("progress_callback", mtmd_progress_callback),
    ("progress_callback_user_data", c_void_p),
]
laid_out(mtmd_context_params, "struct mtmd_context_params")
mtmd_decoder_pos._fields_ = [
    ("t", c_uint32),
    ("x", c_uint32),
    ("y", c_uint32),
    ("z", c_uint32),
]
laid_out(mtmd_decoder_pos, "struct mtmd_decoder_pos")
mtmd_caps._fields_ = [
    ("inp_vision", c_bool),
    ("inp_audio", c_bool),
]
laid_out(mtmd_caps, "struct mtmd_caps")
mtmd_gen_audio_info._fields_ = [
    ("type", c_int),
    ("sample_rate", c_int32),
    ("model_variant", c_char_p),
]
laid_out(mtmd_gen_audio_info, "struct mtmd_gen_audio_info")
mtmd_gen_inp._fields_ = [
    ("type", c_int),
    ("code0", c_int32),
    ("embd", POINTER(c_float)),
    ("top_k", c_int32),
    ("top_p", c_float),
    ("seed", c_uint32),
    ("temp", c_float),
    ("codes", POINTER(c_int32)),
    ("n_codes", c_size_t),
    ("feats", POINTER(c_float)),
    ("n_feats", c_size_t),
    ("state_data", POINTER(c_char)),
    ("state_size", c_size_t),
]
laid_out(mtmd_gen_inp, "struct mtmd_gen_inp")
mtmd_gen_out._fields_ = [
    ("codes", POINTER(c_int32)),
    ("n_codes", c_size_t),
    ("feats", POINTER(c_float)),
    ("n_feats", c_size_t),
    ("embd", POINTER(c_float)),
    ("is_eos", c_bool),
    ("audio", POINTER(c_float)),
    ("n_samples", c_size_t),
    ("state_data", POINTER(c_char)),
    ("state_size", c_size_t),
]
laid_out(mtmd_gen_out, "struct mtmd_gen_out")
mtmd_helper_video_init_params._fields_ = [
    ("fps_target", c_float),
    ("ffmpeg_bin_dir", c_char_p),
    ("timestamp_interval_ms", c_int64),
]
laid_out(mtmd_helper_video_init_params, "struct mtmd_helper_video_init_params")
mtmd_helper_init_opt._fields_ = [
    ("video_params", mtmd_helper_video_init_params),
]
laid_out(mtmd_helper_init_opt, "struct mtmd_helper_init_opt")
mtmd_helper_bitmap_wrapper._fields_ = [
    ("bitmap", c_void_p),
    ("video_ctx", c_void_p),
]
laid_out(mtmd_helper_bitmap_wrapper, "struct mtmd_helper_bitmap_wrapper")
mtmd_helper_embd_batch._fields_ = [
    ("n_tokens", c_int32),
    ("embd", POINTER(c_float)),
    ("n_embd", c_int32),
    ("pos", POINTER(c_int32)),
    ("n_pos", c_int32),
    ("seq_id", c_int32),
]
laid_out(mtmd_helper_embd_batch, "struct mtmd_helper_embd_batch")
mtmd_helper_video_info._fields_ = [
    ("width", c_uint32),
    ("height", c_uint32),
    ("fps", c_float),
    ("n_frames", c_int32),
]
laid_out(mtmd_helper_video_info, "struct mtmd_helper_video_info")
mtmd_helper_gen_audio_inp._fields_ = [
    ("seq_id", c_int32),
    ("prompt", c_char_p),
    ("prompt_len", c_size_t),
    ("speaker_ref", c_void_p),
    ("lang", c_char_p),
    ("top_k", c_int32),
    ("top_p", c_float),
    ("seed", c_uint32),
    ("out_type", c_int),
]
laid_out(mtmd_helper_gen_audio_inp, "struct mtmd_helper_gen_audio_inp")

mtmd_default_marker: Any = function("mtmd_default_marker", c_char_p, [], "const char * mtmd_default_marker(void)")
mtmd_context_params_default: Any = function("mtmd_context_params_default", mtmd_context_params, [], "struct mtmd_context_params mtmd_context_params_default(void)")
mtmd_init_from_file: Any = function("mtmd_init_from_file", c_void_p, [c_char_p, c_void_p, mtmd_context_params], "mtmd_context * mtmd_init_from_file(const char * mmproj_fname, const struct llama_model * text_model, const struct mtmd_context_params ctx_params)")
mtmd_free: Any = function("mtmd_free", None, [c_void_p], "void mtmd_free(mtmd_context * ctx)")
mtmd_decode_use_non_causal: Any = function("mtmd_decode_use_non_causal", c_bool, [c_void_p, c_void_p], "bool mtmd_decode_use_non_causal(const mtmd_context * ctx, const mtmd_input_chunk * chunk)")
mtmd_decode_use_mrope: Any = function("mtmd_decode_use_mrope", c_bool, [c_void_p], "bool mtmd_decode_use_mrope(const mtmd_context * ctx)")
mtmd_support_vision: Any = function("mtmd_support_vision", c_bool, [c_void_p], "bool mtmd_support_vision(const mtmd_context * ctx)")
mtmd_support_audio: Any = function("mtmd_support_audio", c_bool, [c_void_p], "bool mtmd_support_audio(const mtmd_context * ctx)")
mtmd_get_audio_sample_rate: Any = function("mtmd_get_audio_sample_rate", c_int, [c_void_p], "int mtmd_get_audio_sample_rate(const mtmd_context * ctx)")
mtmd_get_marker: Any = function("mtmd_get_marker", c_char_p, [c_void_p], "const char * mtmd_get_marker(const mtmd_context * ctx)")
mtmd_bitmap_init: Any = function("mtmd_bitmap_init", c_void_p, [c_uint32, c_uint32, POINTER(c_ubyte)], "mtmd_bitmap * mtmd_bitmap_init(uint32_t nx, uint32_t ny, const unsigned char * data)")
mtmd_bitmap_init_from_audio: Any = function("mtmd_bitmap_init_from_audio", c_void_p, [c_size_t, POINTER(c_float)], "mtmd_bitmap * mtmd_bitmap_init_from_audio(size_t n_samples, const float * data)")
mtmd_bitmap_get_nx: Any = function("mtmd_bitmap_get_nx", c_uint32, [c_void_p], "uint32_t mtmd_bitmap_get_nx(const mtmd_bitmap * bitmap)")
mtmd_bitmap_get_ny: Any = function("mtmd_bitmap_get_ny", c_uint32, [c_void_p], "uint32_t mtmd_bitmap_get_ny(const mtmd_bitmap * bitmap)")
mtmd_bitmap_get_data: Any = function("mtmd_bitmap_get_data", POINTER(c_ubyte), [c_void_p], "const unsigned char * mtmd_bitmap_get_data(const mtmd_bitmap * bitmap)")
mtmd_bitmap_get_n_bytes: Any = function("mtmd_bitmap_get_n_bytes", c_size_t, [c_void_p], "size_t mtmd_bitmap_get_n_bytes(const mtmd_bitmap * bitmap)")
mtmd_bitmap_is_audio: Any = function("mtmd_bitmap_is_audio", c_bool, [c_void_p], "bool mtmd_bitmap_is_audio(const mtmd_bitmap * bitmap)")
mtmd_bitmap_free: Any = function("mtmd_bitmap_free", None, [c_void_p], "void mtmd_bitmap_free(mtmd_bitmap * bitmap)")
mtmd_bitmap_get_id: Any = function("mtmd_bitmap_get_id", c_char_p, [c_void_p], "const char * mtmd_bitmap_get_id(const mtmd_bitmap * bitmap)")
mtmd_bitmap_set_id: Any = function("mtmd_bitmap_set_id", None, [c_void_p, c_char_p], "void mtmd_bitmap_set_id(mtmd_bitmap * bitmap, const char * id)")
mtmd_bitmap_set_mergeable: Any = function("mtmd_bitmap_set_mergeable", None, [c_void_p, c_bool], "void mtmd_bitmap_set_mergeable(mtmd_bitmap * bitmap, bool mergeable)")
mtmd_bitmap_init_lazy: Any = function("mtmd_bitmap_init_lazy", c_void_p, [c_void_p, c_char_p, c_void_p, mtmd_bitmap_lazy_callback], "mtmd_bitmap * mtmd_bitmap_init_lazy(const mtmd_context * ctx, const char * id, void * user_data, mtmd_bitmap_lazy_callback callback)")
mtmd_input_chunks_init: Any = function("mtmd_input_chunks_init", c_void_p, [], "mtmd_input_chunks * mtmd_input_chunks_init(void)")
mtmd_input_chunks_size: Any = function("mtmd_input_chunks_size", c_size_t, [c_void_p], "size_t mtmd_input_chunks_size(const mtmd_input_chunks * chunks)")
mtmd_input_chunks_get: Any = function("mtmd_input_chunks_get", c_void_p, [c_void_p, c_size_t], "const mtmd_input_chunk * mtmd_input_chunks_get(const mtmd_input_chunks * chunks, size_t idx)")
mtmd_input_chunks_free: Any = function("mtmd_input_chunks_free", None, [c_void_p], "void mtmd_input_chunks_free(mtmd_input_chunks * chunks)")
mtmd_input_chunk_get_type: Any = function("mtmd_input_chunk_get_type", c_int, [c_void_p], "enum mtmd_input_chunk_type mtmd_input_chunk_get_type(const mtmd_input_chunk * chunk)")
mtmd_input_chunk_get_tokens_text: Any = function("mtmd_input_chunk_get_tokens_text", POINTER(c_int32), [c_void_p, POINTER(c_size_t)], "const llama_token * mtmd_input_chunk_get_tokens_text(const mtmd_input_chunk * chunk, size_t * n_tokens_output)")
mtmd_input_chunk_get_tokens_image: Any = function("mtmd_input_chunk_get_tokens_image", c_void_p, [c_void_p], "const mtmd_image_tokens * mtmd_input_chunk_get_tokens_image(const mtmd_input_chunk * chunk)")
mtmd_input_chunk_get_n_tokens: Any = function("mtmd_input_chunk_get_n_tokens", c_size_t, [c_void_p], "size_t mtmd_input_chunk_get_n_tokens(const mtmd_input_chunk * chunk)")
mtmd_input_chunk_get_id: Any = function("mtmd_input_chunk_get_id", c_char_p, [c_void_p], "const char * mtmd_input_chunk_get_id(const mtmd_input_chunk * chunk)")
mtmd_input_chunk_get_n_pos: Any = function("mtmd_input_chunk_get_n_pos", c_int32, [c_void_p], "llama_pos mtmd_input_chunk_get_n_pos(const mtmd_input_chunk * chunk)")
mtmd_input_chunk_copy: Any = function("mtmd_input_chunk_copy", c_void_p, [c_void_p], "mtmd_input_chunk * mtmd_input_chunk_copy(const mtmd_input_chunk * chunk)")
mtmd_input_chunk_free: Any = function("mtmd_input_chunk_free", None, [c_void_p], "void mtmd_input_chunk_free(mtmd_input_chunk * chunk)")
mtmd_input_chunk_get_placeholder: Any = function("mtmd_input_chunk_get_placeholder", c_void_p, [c_void_p], "mtmd_input_chunk * mtmd_input_chunk_get_placeholder(const mtmd_input_chunk * chunk)")
mtmd_input_chunk_save: Any = function("mtmd_input_chunk_save", c_int32, [c_void_p, c_char_p, c_size_t, POINTER(c_size_t)], "int32_t mtmd_input_chunk_save(const mtmd_input_chunk * chunk, char * out_buf, size_t out_len, size_t * expected_out_len)")
mtmd_input_chunk_load: Any = function("mtmd_input_chunk_load", c_void_p, [c_char_p, c_size_t], "mtmd_input_chunk * mtmd_input_chunk_load(const char * buf, size_t len)")
mtmd_image_tokens_get_n_tokens: Any = function("mtmd_image_tokens_get_n_tokens", c_size_t, [c_void_p], "size_t mtmd_image_tokens_get_n_tokens(const mtmd_image_tokens * image_tokens)")
mtmd_image_tokens_get_id: Any = function("mtmd_image_tokens_get_id", c_char_p, [c_void_p], "const char * mtmd_image_tokens_get_id(const mtmd_image_tokens * image_tokens)")
mtmd_image_tokens_get_n_pos: Any = function("mtmd_image_tokens_get_n_pos", c_int32, [c_void_p], "llama_pos mtmd_image_tokens_get_n_pos(const mtmd_image_tokens * image_tokens)")
mtmd_image_tokens_get_nx: Any = function("mtmd_image_tokens_get_nx", c_size_t, [c_void_p], "size_t mtmd_image_tokens_get_nx(const mtmd_image_tokens * image_tokens)", "use mtmd_image_tokens_get_decoder_pos() instead")
mtmd_image_tokens_get_ny: Any = function("mtmd_image_tokens_get_ny", c_size_t, [c_void_p], "size_t mtmd_image_tokens_get_ny(const mtmd_image_tokens * image_tokens)", "use mtmd_image_tokens_get_decoder_pos() instead")
mtmd_image_tokens_get_decoder_pos: Any = function("mtmd_image_tokens_get_decoder_pos", mtmd_decoder_pos, [c_void_p, c_int32, c_size_t], "struct mtmd_decoder_pos mtmd_image_tokens_get_decoder_pos(const mtmd_image_tokens * image_tokens, llama_pos pos_0, size_t i)")
mtmd_tokenize: Any = function("mtmd_tokenize", c_int32, [c_void_p, c_void_p, POINTER(mtmd_input_text), POINTER(c_void_p), c_size_t], "int32_t mtmd_tokenize(const mtmd_context * ctx, mtmd_input_chunks * output, const mtmd_input_text * text, const mtmd_bitmap * const * bitmaps, size_t n_bitmaps)")
mtmd_tokenize_from_parts: Any = function("mtmd_tokenize_from_parts", c_int32, [c_void_p, c_void_p, POINTER(POINTER(mtmd_input_part)), c_size_t, c_bool], "int32_t mtmd_tokenize_from_parts(const mtmd_context * ctx, mtmd_input_chunks * output, const mtmd_input_part * const * parts, size_t n_parts, bool add_special)")
mtmd_encode: Any = function("mtmd_encode", c_int32, [c_void_p, c_void_p], "int32_t mtmd_encode(mtmd_context * ctx, const mtmd_image_tokens * image_tokens)", "use mtmd_encode_chunk() instead")
mtmd_encode_chunk: Any = function("mtmd_encode_chunk", c_int32, [c_void_p, c_void_p], "int32_t mtmd_encode_chunk(mtmd_context * ctx, const mtmd_input_chunk * chunk)")
mtmd_get_output_embd: Any = function("mtmd_get_output_embd", POINTER(c_float), [c_void_p], "float * mtmd_get_output_embd(mtmd_context * ctx)")
mtmd_batch_init: Any = function("mtmd_batch_init", c_void_p, [c_void_p], "mtmd_batch * mtmd_batch_init(mtmd_context * ctx)")
mtmd_batch_free: Any = function("mtmd_batch_free", None, [c_void_p], "void mtmd_batch_free(mtmd_batch * batch)")
mtmd_batch_add_chunk: Any = function("mtmd_batch_add_chunk", c_int32, [c_void_p, c_void_p], "int32_t mtmd_batch_add_chunk(mtmd_batch * batch, const mtmd_input_chunk * chunk)")
mtmd_batch_encode: Any = function("mtmd_batch_encode", c_int32, [c_void_p], "int32_t mtmd_batch_encode(mtmd_batch * batch)")
mtmd_batch_get_output_embd: Any = function("mtmd_batch_get_output_embd", POINTER(c_float), [c_void_p, c_void_p], "float * mtmd_batch_get_output_embd(mtmd_batch * batch, const mtmd_input_chunk * chunk)")
mtmd_log_set: Any = function("mtmd_log_set", None, [ggml_log_callback, c_void_p], "void mtmd_log_set(ggml_log_callback log_callback, void * user_data)")
mtmd_get_cap_from_file: Any = function("mtmd_get_cap_from_file", mtmd_caps, [c_char_p], "struct mtmd_caps mtmd_get_cap_from_file(const char * mmproj_fname)")
mtmd_gen_audio_get_info: Any = function("mtmd_gen_audio_get_info", mtmd_gen_audio_info, [c_void_p], "struct mtmd_gen_audio_info mtmd_gen_audio_get_info(const mtmd_context * ctx)")
mtmd_gen_inp_default: Any = function("mtmd_gen_inp_default", mtmd_gen_inp, [c_void_p], "struct mtmd_gen_inp mtmd_gen_inp_default(const mtmd_context * ctx)")
mtmd_gen_audio_process: Any = function("mtmd_gen_audio_process", c_int32, [c_void_p, POINTER(mtmd_gen_inp), POINTER(mtmd_gen_out)], "int32_t mtmd_gen_audio_process(mtmd_context * ctx, const struct mtmd_gen_inp * inp, struct mtmd_gen_out * out)")
mtmd_test_create_input_chunks: Any = function("mtmd_test_create_input_chunks", c_void_p, [], "mtmd_input_chunks * mtmd_test_create_input_chunks(void)")
mtmd_helper_video_init_params_default: Any = function("mtmd_helper_video_init_params_default", mtmd_helper_video_init_params, [], "struct mtmd_helper_video_init_params mtmd_helper_video_init_params_default(void)")
mtmd_helper_init_opt_default: Any = function("mtmd_helper_init_opt_default", mtmd_helper_init_opt, [], "struct mtmd_helper_init_opt mtmd_helper_init_opt_default(void)")
mtmd_helper_log_set: Any = function("mtmd_helper_log_set", None, [ggml_log_callback, c_void_p], "void mtmd_helper_log_set(ggml_log_callback log_callback, void * user_data)")
mtmd_helper_support_video: Any = function("mtmd_helper_support_video", c_bool, [c_void_p], "bool mtmd_helper_support_video(const mtmd_context * ctx)")
mtmd_helper_bitmap_init_from_file: Any = function("mtmd_helper_bitmap_init_from_file", mtmd_helper_bitmap_wrapper, [c_void_p, c_char_p, c_bool, mtmd_helper_init_opt], "struct mtmd_helper_bitmap_wrapper mtmd_helper_bitmap_init_from_file(const mtmd_context * ctx, const char * fname, bool placeholder, struct mtmd_helper_init_opt opt)")
mtmd_helper_bitmap_init_from_buf: Any = function("mtmd_helper_bitmap_init_from_buf", mtmd_helper_bitmap_wrapper, [c_void_p, POINTER(c_ubyte), c_size_t, c_bool, mtmd_helper_init_opt], "struct mtmd_helper_bitmap_wrapper mtmd_helper_bitmap_init_from_buf(const mtmd_context * ctx, const unsigned char * buf, size_t len, bool placeholder, struct mtmd_helper_init_opt opt)")
mtmd_helper_get_n_tokens: Any = function("mtmd_helper_get_n_tokens", c_size_t, [c_void_p], "size_t mtmd_helper_get_n_tokens(const mtmd_input_chunks * chunks)")
mtmd_helper_get_n_pos: Any = function("mtmd_helper_get_n_pos", c_int32, [c_void_p], "llama_pos mtmd_helper_get_n_pos(const mtmd_input_chunks * chunks)")
mtmd_helper_image_get_decoder_pos: Any = function("mtmd_helper_image_get_decoder_pos", None, [c_void_p, c_int32, POINTER(mtmd_decoder_pos)], "void mtmd_helper_image_get_decoder_pos(const mtmd_image_tokens * image, llama_pos pos_0, struct mtmd_decoder_pos * out_pos)")
mtmd_helper_eval_chunks: Any = function("mtmd_helper_eval_chunks", c_int32, [c_void_p, c_void_p, c_void_p, c_int32, c_int32, c_int32, c_bool, POINTER(c_int32)], "int32_t mtmd_helper_eval_chunks(mtmd_context * ctx, struct llama_context * lctx, const mtmd_input_chunks * chunks, llama_pos n_past, llama_seq_id seq_id, int32_t n_batch, bool logits_last, llama_pos * new_n_past)")
mtmd_helper_eval_chunk_single: Any = function("mtmd_helper_eval_chunk_single", c_int32, [c_void_p, c_void_p, c_void_p, c_int32, c_int32, c_int32, c_bool, POINTER(c_int32)], "int32_t mtmd_helper_eval_chunk_single(mtmd_context * ctx, struct llama_context * lctx, const mtmd_input_chunk * chunk, llama_pos n_past, llama_seq_id seq_id, int32_t n_batch, bool logits_last, llama_pos * new_n_past)")
mtmd_helper_decode_image_chunk: Any = function("mtmd_helper_decode_image_chunk", c_int32, [c_void_p, c_void_p, c_void_p, POINTER(c_float), c_int32, c_int32, c_int32, POINTER(c_int32), mtmd_helper_post_decode_callback, c_void_p], "int32_t mtmd_helper_decode_image_chunk(mtmd_context * ctx, struct llama_context * lctx, const mtmd_input_chunk * chunk, float * encoded_embd, llama_pos n_past, llama_seq_id seq_id, int32_t n_batch, llama_pos * new_n_past, mtmd_helper_post_decode_callback callback, void * user_data)")
mtmd_helper_video_init: Any = function("mtmd_helper_video_init", c_void_p, [c_void_p, c_char_p, mtmd_helper_video_init_params], "mtmd_helper_video * mtmd_helper_video_init(const struct mtmd_context * mctx, const char * path, struct mtmd_helper_video_init_params params)")
mtmd_helper_video_init_from_buf: Any = function("mtmd_helper_video_init_from_buf", c_void_p, [c_void_p, POINTER(c_ubyte), c_size_t, mtmd_helper_video_init_params], "mtmd_helper_video * mtmd_helper_video_init_from_buf(const struct mtmd_context * mctx, const unsigned char * buf, size_t len, struct mtmd_helper_video_init_params params)")
mtmd_helper_video_free: Any = function("mtmd_helper_video_free", None, [c_void_p], "void mtmd_helper_video_free(mtmd_helper_video * ctx)")
mtmd_helper_video_get_info: Any = function("mtmd_helper_video_get_info", mtmd_helper_video_info, [c_void_p], "struct mtmd_helper_video_info mtmd_helper_video_get_info(const mtmd_helper_video * ctx)")
mtmd_helper_video_read_next: Any = function("mtmd_helper_video_read_next", c_int32, [c_void_p, POINTER(c_void_p), POINTER(c_char_p)], "int32_t mtmd_helper_video_read_next(mtmd_helper_video * ctx, mtmd_bitmap ** out_bitmap, char ** out_text)")
mtmd_helper_model_can_chat: Any = function("mtmd_helper_model_can_chat", c_bool, [c_void_p, c_void_p], "bool mtmd_helper_model_can_chat(const struct llama_context * lctx, const struct mtmd_context * mctx)")
mtmd_helper_gen_audio_init: Any = function("mtmd_helper_gen_audio_init", c_void_p, [c_void_p, c_void_p], "mtmd_helper_gen_audio * mtmd_helper_gen_audio_init(struct llama_context * lctx, struct mtmd_context * mctx)")
mtmd_helper_gen_audio_free: Any = function("mtmd_helper_gen_audio_free", None, [c_void_p], "void mtmd_helper_gen_audio_free(mtmd_helper_gen_audio * ctx)")
mtmd_helper_gen_audio_reset: Any = function("mtmd_helper_gen_audio_reset", None, [c_void_p], "void mtmd_helper_gen_audio_reset(mtmd_helper_gen_audio * ctx)")
mtmd_helper_gen_audio_set_input: Any = function("mtmd_helper_gen_audio_set_input", c_int32, [c_void_p, POINTER(mtmd_helper_gen_audio_inp)], "int32_t mtmd_helper_gen_audio_set_input(mtmd_helper_gen_audio * ctx, const struct mtmd_helper_gen_audio_inp * inp)")
mtmd_helper_gen_audio_step_prompt: Any = function("mtmd_helper_gen_audio_step_prompt", c_int32, [c_void_p, c_int32], "int32_t mtmd_helper_gen_audio_step_prompt(mtmd_helper_gen_audio * ctx, int32_t n_batch)")
mtmd_helper_gen_audio_step_gen: Any = function("mtmd_helper_gen_audio_step_gen", c_int32, [c_void_p, c_int32, POINTER(c_float), POINTER(POINTER(c_float)), POINTER(c_bool)], "int32_t mtmd_helper_gen_audio_step_gen(mtmd_helper_gen_audio * ctx, llama_token sampled, const float * h_state_in, const float ** h_state_out, bool * out_stop)")
mtmd_helper_gen_audio_get_output: Any = function("mtmd_helper_gen_audio_get_output", c_int32, [c_void_p, POINTER(c_int32), POINTER(POINTER(c_char)), POINTER(c_size_t), POINTER(c_int64)], "int32_t mtmd_helper_gen_audio_get_output(mtmd_helper_gen_audio * ctx, int32_t * out_sample_rate, const char ** out_data, size_t * out_data_len, int64_t * out_n_samples)")
