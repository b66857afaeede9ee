"""The public names that the modules of llama-cpp-python 0.3.36 define, taken from its sources with `ast`."""

from __future__ import annotations

NAMES = {
    "llama_cpp.llama_cpp": """
        GGML_NUMA_STRATEGY_COUNT GGML_NUMA_STRATEGY_DISABLED GGML_NUMA_STRATEGY_DISTRIBUTE
        GGML_NUMA_STRATEGY_ISOLATE GGML_NUMA_STRATEGY_MIRROR GGML_NUMA_STRATEGY_NUMACTL GGML_ROPE_TYPE_IMROPE
        GGML_ROPE_TYPE_MROPE GGML_ROPE_TYPE_NEOX GGML_ROPE_TYPE_VISION GGML_TYPE_COUNT GGML_TYPE_F16
        GGML_TYPE_F32 GGML_TYPE_F64 GGML_TYPE_I16 GGML_TYPE_I32 GGML_TYPE_I64 GGML_TYPE_I8 GGML_TYPE_IQ1_M
        GGML_TYPE_IQ1_S GGML_TYPE_IQ2_S GGML_TYPE_IQ2_XS GGML_TYPE_IQ2_XXS GGML_TYPE_IQ3_S GGML_TYPE_IQ3_XXS
        GGML_TYPE_IQ4_NL GGML_TYPE_IQ4_XS GGML_TYPE_MXFP4 GGML_TYPE_NVFP4 GGML_TYPE_Q1_0 GGML_TYPE_Q2_0
        GGML_TYPE_Q2_K GGML_TYPE_Q3_K GGML_TYPE_Q4_0 GGML_TYPE_Q4_1 GGML_TYPE_Q4_K GGML_TYPE_Q5_0 GGML_TYPE_Q5_1
        GGML_TYPE_Q5_K GGML_TYPE_Q6_K GGML_TYPE_Q8_0 GGML_TYPE_Q8_1 GGML_TYPE_Q8_K LLAMA_ATTENTION_TYPE_CAUSAL
        LLAMA_ATTENTION_TYPE_NON_CAUSAL LLAMA_ATTENTION_TYPE_UNSPECIFIED LLAMA_CONTEXT_TYPE_DEFAULT
        LLAMA_CONTEXT_TYPE_MTP LLAMA_DEFAULT_SEED LLAMA_FILE_MAGIC_GGLA LLAMA_FILE_MAGIC_GGSN
        LLAMA_FILE_MAGIC_GGSQ LLAMA_FLASH_ATTN_TYPE_AUTO LLAMA_FLASH_ATTN_TYPE_DISABLED
        LLAMA_FLASH_ATTN_TYPE_ENABLED LLAMA_FTYPE_ALL_F32 LLAMA_FTYPE_GUESSED LLAMA_FTYPE_MOSTLY_BF16
        LLAMA_FTYPE_MOSTLY_F16 LLAMA_FTYPE_MOSTLY_IQ1_M LLAMA_FTYPE_MOSTLY_IQ1_S LLAMA_FTYPE_MOSTLY_IQ2_M
        LLAMA_FTYPE_MOSTLY_IQ2_S LLAMA_FTYPE_MOSTLY_IQ2_XS LLAMA_FTYPE_MOSTLY_IQ2_XXS LLAMA_FTYPE_MOSTLY_IQ3_M
        LLAMA_FTYPE_MOSTLY_IQ3_S LLAMA_FTYPE_MOSTLY_IQ3_XS LLAMA_FTYPE_MOSTLY_IQ3_XXS LLAMA_FTYPE_MOSTLY_IQ4_NL
        LLAMA_FTYPE_MOSTLY_IQ4_XS LLAMA_FTYPE_MOSTLY_MXFP4_MOE LLAMA_FTYPE_MOSTLY_NVFP4 LLAMA_FTYPE_MOSTLY_Q1_0
        LLAMA_FTYPE_MOSTLY_Q2_0 LLAMA_FTYPE_MOSTLY_Q2_K LLAMA_FTYPE_MOSTLY_Q2_K_S LLAMA_FTYPE_MOSTLY_Q3_K_L
        LLAMA_FTYPE_MOSTLY_Q3_K_M LLAMA_FTYPE_MOSTLY_Q3_K_S LLAMA_FTYPE_MOSTLY_Q4_0 LLAMA_FTYPE_MOSTLY_Q4_1
        LLAMA_FTYPE_MOSTLY_Q4_K_M LLAMA_FTYPE_MOSTLY_Q4_K_S LLAMA_FTYPE_MOSTLY_Q5_0 LLAMA_FTYPE_MOSTLY_Q5_1
        LLAMA_FTYPE_MOSTLY_Q5_K_M LLAMA_FTYPE_MOSTLY_Q5_K_S LLAMA_FTYPE_MOSTLY_Q6_K LLAMA_FTYPE_MOSTLY_Q8_0
        LLAMA_FTYPE_MOSTLY_TQ1_0 LLAMA_FTYPE_MOSTLY_TQ2_0 LLAMA_KV_OVERRIDE_TYPE_BOOL
        LLAMA_KV_OVERRIDE_TYPE_FLOAT LLAMA_KV_OVERRIDE_TYPE_INT LLAMA_KV_OVERRIDE_TYPE_STR LLAMA_LAZY_MODE_AUTO
        LLAMA_LAZY_MODE_OFF LLAMA_LAZY_MODE_ON LLAMA_LOAD_MODE_AUTO LLAMA_LOAD_MODE_DIRECT_IO
        LLAMA_LOAD_MODE_MLOCK LLAMA_LOAD_MODE_MMAP LLAMA_LOAD_MODE_MMAP_MLOCK LLAMA_LOAD_MODE_NONE
        LLAMA_MAX_DEVICES LLAMA_MODEL_META_KEY_SAMPLING_MIN_P LLAMA_MODEL_META_KEY_SAMPLING_MIROSTAT
        LLAMA_MODEL_META_KEY_SAMPLING_MIROSTAT_ETA LLAMA_MODEL_META_KEY_SAMPLING_MIROSTAT_TAU
        LLAMA_MODEL_META_KEY_SAMPLING_PENALTY_LAST_N LLAMA_MODEL_META_KEY_SAMPLING_PENALTY_REPEAT
        LLAMA_MODEL_META_KEY_SAMPLING_SEQUENCE LLAMA_MODEL_META_KEY_SAMPLING_TEMP
        LLAMA_MODEL_META_KEY_SAMPLING_TOP_K LLAMA_MODEL_META_KEY_SAMPLING_TOP_P
        LLAMA_MODEL_META_KEY_SAMPLING_XTC_PROBABILITY LLAMA_MODEL_META_KEY_SAMPLING_XTC_THRESHOLD
        LLAMA_POOLING_TYPE_CLS LLAMA_POOLING_TYPE_LAST LLAMA_POOLING_TYPE_MEAN LLAMA_POOLING_TYPE_NONE
        LLAMA_POOLING_TYPE_RANK LLAMA_POOLING_TYPE_UNSPECIFIED LLAMA_PROCESS_TYPE_DECODE
        LLAMA_PROCESS_TYPE_ENCODE LLAMA_ROPE_SCALING_TYPE_LINEAR LLAMA_ROPE_SCALING_TYPE_LONGROPE
        LLAMA_ROPE_SCALING_TYPE_MAX_VALUE LLAMA_ROPE_SCALING_TYPE_NONE LLAMA_ROPE_SCALING_TYPE_UNSPECIFIED
        LLAMA_ROPE_SCALING_TYPE_YARN LLAMA_ROPE_TYPE_IMROPE LLAMA_ROPE_TYPE_MROPE LLAMA_ROPE_TYPE_NEOX
        LLAMA_ROPE_TYPE_NONE LLAMA_ROPE_TYPE_NORM LLAMA_ROPE_TYPE_VISION LLAMA_SESSION_MAGIC
        LLAMA_SESSION_VERSION LLAMA_SPLIT_MODE_LAYER LLAMA_SPLIT_MODE_NONE LLAMA_SPLIT_MODE_ROW
        LLAMA_SPLIT_MODE_TENSOR LLAMA_STATE_SEQ_FLAGS_NONE LLAMA_STATE_SEQ_FLAGS_ON_DEVICE
        LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY LLAMA_STATE_SEQ_FLAGS_SWA_ONLY LLAMA_STATE_SEQ_MAGIC
        LLAMA_STATE_SEQ_VERSION LLAMA_TOKEN_ATTR_BYTE LLAMA_TOKEN_ATTR_CONTROL LLAMA_TOKEN_ATTR_LSTRIP
        LLAMA_TOKEN_ATTR_NORMAL LLAMA_TOKEN_ATTR_NORMALIZED LLAMA_TOKEN_ATTR_RSTRIP LLAMA_TOKEN_ATTR_SINGLE_WORD
        LLAMA_TOKEN_ATTR_UNDEFINED LLAMA_TOKEN_ATTR_UNKNOWN LLAMA_TOKEN_ATTR_UNUSED
        LLAMA_TOKEN_ATTR_USER_DEFINED LLAMA_TOKEN_NULL LLAMA_TOKEN_TYPE_BYTE LLAMA_TOKEN_TYPE_CONTROL
        LLAMA_TOKEN_TYPE_NORMAL LLAMA_TOKEN_TYPE_UNDEFINED LLAMA_TOKEN_TYPE_UNKNOWN LLAMA_TOKEN_TYPE_UNUSED
        LLAMA_TOKEN_TYPE_USER_DEFINED LLAMA_VOCAB_PRE_TYPE_BAILINGMOE LLAMA_VOCAB_PRE_TYPE_BLOOM
        LLAMA_VOCAB_PRE_TYPE_CHAMELEON LLAMA_VOCAB_PRE_TYPE_CHATGLM3 LLAMA_VOCAB_PRE_TYPE_CHATGLM4
        LLAMA_VOCAB_PRE_TYPE_CODESHELL LLAMA_VOCAB_PRE_TYPE_COMMAND_R LLAMA_VOCAB_PRE_TYPE_DBRX
        LLAMA_VOCAB_PRE_TYPE_DEEPSEEK3_LLM LLAMA_VOCAB_PRE_TYPE_DEEPSEEK_CODER LLAMA_VOCAB_PRE_TYPE_DEEPSEEK_LLM
        LLAMA_VOCAB_PRE_TYPE_DEFAULT LLAMA_VOCAB_PRE_TYPE_EXAONE LLAMA_VOCAB_PRE_TYPE_FALCON
        LLAMA_VOCAB_PRE_TYPE_GPT2 LLAMA_VOCAB_PRE_TYPE_GPT3_FINNISH LLAMA_VOCAB_PRE_TYPE_GPT4O
        LLAMA_VOCAB_PRE_TYPE_JAIS LLAMA_VOCAB_PRE_TYPE_LLAMA3 LLAMA_VOCAB_PRE_TYPE_LLAMA4
        LLAMA_VOCAB_PRE_TYPE_MINERVA LLAMA_VOCAB_PRE_TYPE_MPT LLAMA_VOCAB_PRE_TYPE_OLMO
        LLAMA_VOCAB_PRE_TYPE_PIXTRAL LLAMA_VOCAB_PRE_TYPE_PORO LLAMA_VOCAB_PRE_TYPE_QWEN2
        LLAMA_VOCAB_PRE_TYPE_REFACT LLAMA_VOCAB_PRE_TYPE_SEED_CODER LLAMA_VOCAB_PRE_TYPE_SMAUG
        LLAMA_VOCAB_PRE_TYPE_SMOLLM LLAMA_VOCAB_PRE_TYPE_STABLELM2 LLAMA_VOCAB_PRE_TYPE_STARCODER
        LLAMA_VOCAB_PRE_TYPE_SUPERBPE LLAMA_VOCAB_PRE_TYPE_TEKKEN LLAMA_VOCAB_PRE_TYPE_TRILLION
        LLAMA_VOCAB_PRE_TYPE_VIKING LLAMA_VOCAB_TYPE_BPE LLAMA_VOCAB_TYPE_NONE LLAMA_VOCAB_TYPE_PLAMO2
        LLAMA_VOCAB_TYPE_RWKV LLAMA_VOCAB_TYPE_SPM LLAMA_VOCAB_TYPE_TEST LLAMA_VOCAB_TYPE_UGM
        LLAMA_VOCAB_TYPE_WPM ctypes_function ggml_abort_callback ggml_backend_sched_eval_callback gguf_context_p
        gguf_context_p_ctypes llama_adapter_get_alora_invocation_tokens
        llama_adapter_get_alora_n_invocation_tokens llama_adapter_lora_free llama_adapter_lora_init
        llama_adapter_lora_init_from_file_ptr llama_adapter_lora_p llama_adapter_lora_p_ctypes
        llama_adapter_meta_count llama_adapter_meta_key_by_index llama_adapter_meta_val_str
        llama_adapter_meta_val_str_by_index llama_add_bos_token llama_add_eos_token llama_apply_adapter_cvec
        llama_backend_free llama_backend_init llama_batch llama_batch_ext_add llama_batch_ext_add_embd
        llama_batch_ext_add_seq llama_batch_ext_add_token llama_batch_ext_clear llama_batch_ext_free
        llama_batch_ext_init llama_batch_ext_p llama_batch_ext_p_ctypes llama_batch_ext_set_embd_state
        llama_batch_ext_set_embd_token llama_batch_ext_set_output_embd llama_batch_ext_set_output_logits
        llama_batch_ext_set_pos llama_batch_free llama_batch_get_one llama_batch_init llama_chat_apply_template
        llama_chat_builtin_templates llama_chat_message llama_context_default_params llama_context_p
        llama_context_p_ctypes llama_context_params llama_copy_state_data llama_decode llama_detokenize
        llama_embd llama_encode llama_flash_attn_type_name llama_free llama_free_model llama_ftype_name
        llama_get_causal_attn llama_get_embeddings llama_get_embeddings_ith llama_get_embeddings_seq
        llama_get_logits llama_get_logits_ith llama_get_memory llama_get_model
        llama_get_sampled_candidates_count_ith llama_get_sampled_candidates_ith
        llama_get_sampled_logits_count_ith llama_get_sampled_logits_ith llama_get_sampled_probs_count_ith
        llama_get_sampled_probs_ith llama_get_sampled_token_ith llama_get_state_size llama_init_from_model
        llama_kv_cache_p llama_kv_cache_p_ctypes llama_load_mode_from_str llama_load_mode_name
        llama_load_model_from_file llama_load_session_file llama_log_callback llama_log_get llama_log_set
        llama_logit_bias llama_logit_bias_p llama_max_devices llama_max_parallel_sequences
        llama_max_tensor_buft_overrides llama_memory_can_shift llama_memory_clear llama_memory_seq_add
        llama_memory_seq_cp llama_memory_seq_div llama_memory_seq_keep llama_memory_seq_pos_max
        llama_memory_seq_pos_min llama_memory_seq_rm llama_memory_t llama_memory_t_ctypes
        llama_model_chat_template llama_model_cls_label llama_model_decoder_start_token
        llama_model_default_params llama_model_desc llama_model_free llama_model_ftype llama_model_get_vocab
        llama_model_has_decoder llama_model_has_encoder llama_model_imatrix_data llama_model_init_from_user
        llama_model_is_diffusion llama_model_is_hybrid llama_model_is_recurrent llama_model_kv_override
        llama_model_kv_override_value llama_model_load_from_file llama_model_load_from_file_ptr
        llama_model_load_from_splits llama_model_meta_count llama_model_meta_key_by_index
        llama_model_meta_key_str llama_model_meta_val_str llama_model_meta_val_str_by_index
        llama_model_n_cls_out llama_model_n_ctx_train llama_model_n_embd llama_model_n_embd_inp
        llama_model_n_embd_out llama_model_n_head llama_model_n_head_kv llama_model_n_layer
        llama_model_n_layer_nextn llama_model_n_params llama_model_n_swa llama_model_p llama_model_p_ctypes
        llama_model_params llama_model_quantize llama_model_quantize_default_params llama_model_quantize_params
        llama_model_rope_freq_scale_train llama_model_rope_type llama_model_save_to_file
        llama_model_set_tensor_data_t llama_model_size llama_model_tensor_override llama_n_batch llama_n_ctx
        llama_n_ctx_seq llama_n_ctx_train llama_n_embd llama_n_head llama_n_layer llama_n_rs_seq llama_n_seq_max
        llama_n_threads llama_n_threads_batch llama_n_ubatch llama_n_vocab llama_new_context_with_model
        llama_numa_init llama_opt_epoch llama_opt_init llama_opt_param_filter llama_opt_param_filter_all
        llama_opt_params llama_perf_context llama_perf_context_data llama_perf_context_print
        llama_perf_context_reset llama_perf_sampler llama_perf_sampler_data llama_perf_sampler_print
        llama_perf_sampler_reset llama_pooling_type llama_pos llama_print_system_info llama_process
        llama_progress_callback llama_sampler llama_sampler_accept llama_sampler_apply llama_sampler_chain_add
        llama_sampler_chain_default_params llama_sampler_chain_get llama_sampler_chain_init
        llama_sampler_chain_n llama_sampler_chain_params llama_sampler_chain_remove llama_sampler_clone
        llama_sampler_context_t llama_sampler_copy llama_sampler_data llama_sampler_free llama_sampler_get_seed
        llama_sampler_i llama_sampler_i_accept llama_sampler_i_apply llama_sampler_i_backend_accept
        llama_sampler_i_backend_apply llama_sampler_i_backend_init llama_sampler_i_backend_reset
        llama_sampler_i_backend_set_input llama_sampler_i_clone llama_sampler_i_copy_state llama_sampler_i_free
        llama_sampler_i_name llama_sampler_i_reset llama_sampler_init llama_sampler_init_adaptive_p
        llama_sampler_init_dist llama_sampler_init_dry llama_sampler_init_grammar
        llama_sampler_init_grammar_lazy llama_sampler_init_grammar_lazy_patterns llama_sampler_init_greedy
        llama_sampler_init_infill llama_sampler_init_logit_bias llama_sampler_init_min_p
        llama_sampler_init_mirostat llama_sampler_init_mirostat_v2 llama_sampler_init_penalties
        llama_sampler_init_temp llama_sampler_init_temp_ext llama_sampler_init_top_k
        llama_sampler_init_top_n_sigma llama_sampler_init_top_p llama_sampler_init_typical
        llama_sampler_init_xtc llama_sampler_name llama_sampler_p llama_sampler_p_ctypes llama_sampler_reset
        llama_sampler_sample llama_sampler_seq_config llama_save_session_file llama_seq_id
        llama_set_abort_callback llama_set_adapter_cvec llama_set_adapter_lora llama_set_adapters_lora
        llama_set_causal_attn llama_set_embeddings llama_set_n_threads llama_set_sampler llama_set_state_data
        llama_set_warmup llama_split_path llama_split_prefix llama_state_get_data llama_state_get_size
        llama_state_load_file llama_state_save_file llama_state_seq_flags llama_state_seq_get_data
        llama_state_seq_get_data_ext llama_state_seq_get_size llama_state_seq_get_size_ext
        llama_state_seq_load_file llama_state_seq_save_file llama_state_seq_set_data
        llama_state_seq_set_data_ext llama_state_set_data llama_supports_gpu_offload llama_supports_mlock
        llama_supports_mmap llama_supports_rpc llama_synchronize llama_time_us llama_token llama_token_bos
        llama_token_cls llama_token_data llama_token_data_array llama_token_data_array_p llama_token_data_p
        llama_token_eos llama_token_eot llama_token_fim_mid llama_token_fim_pad llama_token_fim_pre
        llama_token_fim_rep llama_token_fim_sep llama_token_fim_suf llama_token_get_attr llama_token_get_score
        llama_token_get_text llama_token_is_control llama_token_is_eog llama_token_nl llama_token_p
        llama_token_pad llama_token_sep llama_token_to_piece llama_tokenize llama_version llama_vocab_bos
        llama_vocab_cls llama_vocab_eos llama_vocab_eot llama_vocab_fim_mid llama_vocab_fim_pad
        llama_vocab_fim_pre llama_vocab_fim_rep llama_vocab_fim_sep llama_vocab_fim_suf llama_vocab_get_add_bos
        llama_vocab_get_add_eos llama_vocab_get_add_sep llama_vocab_get_attr llama_vocab_get_score
        llama_vocab_get_suppress_tokens llama_vocab_get_text llama_vocab_is_control llama_vocab_is_eog
        llama_vocab_mask llama_vocab_n_tokens llama_vocab_nl llama_vocab_p llama_vocab_p_ctypes llama_vocab_pad
        llama_vocab_sep llama_vocab_type
    """,
    "llama_cpp.llama": """
        Llama LlamaState LogitsProcessor LogitsProcessorList MinTokensLogitsProcessor StoppingCriteria
        StoppingCriteriaList
    """,
    "llama_cpp.llama_cache": """
        BaseLlamaCache LlamaCache LlamaDiskCache LlamaRAMCache
    """,
    "llama_cpp.llama_chat_format": """
        CHATML_BOS_TOKEN CHATML_CHAT_TEMPLATE CHATML_EOS_TOKEN ChatFormatter ChatFormatterResponse
        Gemma4ChatHandler Jinja2ChatFormatter LLAMA3_INSTRUCT_CHAT_TEMPLATE Llama3VisionAlpha
        Llama3VisionAlphaChatHandler LlamaChatCompletionHandler LlamaChatCompletionHandlerNotFoundException
        LlamaChatCompletionHandlerRegistry Llava15ChatHandler Llava16ChatHandler MISTRAL_INSTRUCT_BOS_TOKEN
        MISTRAL_INSTRUCT_CHAT_TEMPLATE MISTRAL_INSTRUCT_EOS_TOKEN MIXTRAL_INSTRUCT_CHAT_TEMPLATE MTMDChatHandler
        MiniCPMv26ChatHandler MoondreamChatHandler NanoLlavaChatHandler ObsidianChatHandler Qwen25VLChatHandler
        chat_formatter_to_chat_completion_handler chatml_function_calling format format_alpaca format_baichuan
        format_baichuan2 format_chatglm3 format_chatml format_gemma format_intel format_llama2 format_llama3
        format_mistral_instruct format_mistrallite format_oasst_llama format_open_orca format_openbuddy
        format_openchat format_phind format_pygmalion format_qwen format_redpajama_incite format_saiga
        format_snoozy format_zephyr functionary_chat_handler functionary_v1_v2_chat_handler
        get_chat_completion_handler guess_chat_format_from_gguf_metadata
        hf_autotokenizer_to_chat_completion_handler hf_autotokenizer_to_chat_formatter
        hf_tokenizer_config_to_chat_completion_handler hf_tokenizer_config_to_chat_formatter
        register_chat_completion_handler register_chat_format
    """,
    "llama_cpp.llama_grammar": """
        ARITHMETIC_GBNF BuiltinRule CHESS_GBNF C_GBNF DOT DOTALL ESCAPED_IN_REGEXPS_BUT_NOT_IN_LITERALS
        GRAMMAR_LITERAL_ESCAPES GRAMMAR_LITERAL_ESCAPE_RE INVALID_RULE_CHARS_RE JAPANESE_GBNF JSON_ARR_GBNF
        JSON_GBNF LIST_GBNF LLAMA_GRAMMAR_DEFAULT_ROOT LlamaGrammar NON_LITERAL_SET PRIMITIVE_RULES
        RESERVED_NAMES SPACE_RULE STRING_FORMAT_RULES SchemaConverter json_schema_to_gbnf
    """,
    "llama_cpp.llama_speculative": """
        LlamaDraftModel LlamaPromptLookupDecoding
    """,
    "llama_cpp.llama_tokenizer": """
        BaseLlamaTokenizer LlamaHFTokenizer LlamaTokenizer
    """,
    "llama_cpp.llama_types": """
        ChatCompletion ChatCompletionChoice ChatCompletionChunk ChatCompletionChunkChoice
        ChatCompletionChunkDelta ChatCompletionChunkDeltaEmpty ChatCompletionFunction ChatCompletionFunctionCall
        ChatCompletionFunctionCallOption ChatCompletionFunctionParameters ChatCompletionFunctions
        ChatCompletionLogprobToken ChatCompletionLogprobs ChatCompletionMessage ChatCompletionMessageToolCall
        ChatCompletionMessageToolCallChunk ChatCompletionMessageToolCallChunkFunction
        ChatCompletionMessageToolCallFunction ChatCompletionMessageToolCalls ChatCompletionNamedToolChoice
        ChatCompletionNamedToolChoiceFunction ChatCompletionRequestAssistantMessage
        ChatCompletionRequestAssistantMessageFunctionCall ChatCompletionRequestFunctionCall
        ChatCompletionRequestFunctionCallOption ChatCompletionRequestFunctionMessage
        ChatCompletionRequestMessage ChatCompletionRequestMessageContentPart
        ChatCompletionRequestMessageContentPartImage ChatCompletionRequestMessageContentPartImageImageUrl
        ChatCompletionRequestMessageContentPartText ChatCompletionRequestResponseFormat
        ChatCompletionRequestSystemMessage ChatCompletionRequestToolMessage ChatCompletionRequestUserMessage
        ChatCompletionResponseChoice ChatCompletionResponseFunction ChatCompletionResponseFunctionCall
        ChatCompletionResponseMessage ChatCompletionStreamResponse ChatCompletionStreamResponseChoice
        ChatCompletionStreamResponseDelta ChatCompletionStreamResponseDeltaEmpty
        ChatCompletionStreamResponseDeltaFunctionCall ChatCompletionTool ChatCompletionToolChoiceOption
        ChatCompletionToolFunction ChatCompletionTopLogprobToken Completion CompletionChoice CompletionChunk
        CompletionLogprobs CompletionUsage CreateChatCompletionResponse CreateChatCompletionStreamResponse
        CreateCompletionResponse CreateCompletionStreamResponse CreateEmbeddingResponse Embedding EmbeddingData
        EmbeddingUsage JsonType
    """,
    "llama_cpp._internals": """
        CustomSampler LlamaBatch LlamaContext LlamaModel LlamaSampler LlamaSamplingContext LlamaSamplingParams
        LlamaTokenDataArray normalize_embedding
    """,
    "llama_cpp._logger": """
        GGML_LOG_LEVEL_TO_LOGGING_LEVEL llama_log_callback logger set_verbose
    """,
    "llama_cpp._ctypes_extensions": """
        CtypesArray CtypesCData CtypesFuncPointer CtypesPointer CtypesPointerOrRef CtypesRef CtypesVoidPointer F
        byref ctypes_function_for_shared_library load_shared_library
    """,
    "llama_cpp._ggml": """
        libggml libggml_base_path
    """,
    "llama_cpp._utils": """
        MetaSingleton STDERR_FILENO STDOUT_FILENO Singleton errnull_file outnull_file suppress_stdout_stderr
    """,
    "llama_cpp.llama_cpp_ext": """
        llama_get_ctx_other llama_get_embeddings_nextn llama_get_embeddings_nextn_ith llama_set_embeddings_nextn
        llama_set_nextn_layer_offset
    """,
    "llama_cpp.llava_cpp": """
        clip_ctx_p clip_ctx_p_ctypes clip_free clip_model_load ctypes_function llava_eval_image_embed
        llava_image_embed llava_image_embed_free llava_image_embed_make_with_bytes
        llava_image_embed_make_with_filename llava_validate_embed_size
    """,
    "llama_cpp.mtmd_cpp": """
        MTMD_GEN_AUDIO_TYPE_NONE MTMD_GEN_AUDIO_TYPE_POCKETTTS MTMD_GEN_AUDIO_TYPE_QWEN3TTS
        MTMD_GEN_PROCESS_TYPE_GEN_CODE MTMD_GEN_PROCESS_TYPE_GEN_WAV MTMD_HELPER_GEN_AUDIO_OUTTYPE_PCM
        MTMD_HELPER_GEN_AUDIO_OUTTYPE_WAV MTMD_INPUT_CHUNK_TYPE_AUDIO MTMD_INPUT_CHUNK_TYPE_COUNT
        MTMD_INPUT_CHUNK_TYPE_IMAGE MTMD_INPUT_CHUNK_TYPE_TEXT ctypes_function mtmd_batch_add_chunk
        mtmd_batch_encode mtmd_batch_free mtmd_batch_get_output_embd mtmd_batch_init mtmd_batch_p
        mtmd_batch_p_ctypes mtmd_bitmap_free mtmd_bitmap_get_data mtmd_bitmap_get_id mtmd_bitmap_get_n_bytes
        mtmd_bitmap_get_nx mtmd_bitmap_get_ny mtmd_bitmap_init mtmd_bitmap_init_from_audio mtmd_bitmap_init_lazy
        mtmd_bitmap_is_audio mtmd_bitmap_lazy_callback mtmd_bitmap_p mtmd_bitmap_p_ctypes mtmd_bitmap_set_id
        mtmd_bitmap_set_mergeable mtmd_caps mtmd_context_p mtmd_context_p_ctypes mtmd_context_params
        mtmd_context_params_default mtmd_decode_use_mrope mtmd_decode_use_non_causal mtmd_decoder_pos
        mtmd_default_marker mtmd_encode mtmd_encode_chunk mtmd_free mtmd_gen_audio_get_info mtmd_gen_audio_info
        mtmd_gen_audio_process mtmd_gen_inp mtmd_gen_inp_default mtmd_gen_out mtmd_get_audio_bitrate
        mtmd_get_audio_sample_rate mtmd_get_cap_from_file mtmd_get_marker mtmd_get_output_embd
        mtmd_helper_bitmap_init_from_buf mtmd_helper_bitmap_init_from_buf_wrapper
        mtmd_helper_bitmap_init_from_file mtmd_helper_bitmap_init_from_file_wrapper mtmd_helper_bitmap_wrapper
        mtmd_helper_decode_image_chunk mtmd_helper_embd_batch mtmd_helper_eval_chunk_single
        mtmd_helper_eval_chunks mtmd_helper_gen_audio_free mtmd_helper_gen_audio_get_output
        mtmd_helper_gen_audio_init mtmd_helper_gen_audio_inp mtmd_helper_gen_audio_p
        mtmd_helper_gen_audio_p_ctypes mtmd_helper_gen_audio_reset mtmd_helper_gen_audio_set_input
        mtmd_helper_gen_audio_step_gen mtmd_helper_gen_audio_step_prompt mtmd_helper_get_n_pos
        mtmd_helper_get_n_tokens mtmd_helper_image_get_decoder_pos mtmd_helper_init_opt
        mtmd_helper_init_opt_default mtmd_helper_log_set mtmd_helper_model_can_chat
        mtmd_helper_post_decode_callback mtmd_helper_support_video mtmd_helper_video_free
        mtmd_helper_video_get_info mtmd_helper_video_info mtmd_helper_video_init mtmd_helper_video_init_from_buf
        mtmd_helper_video_init_params mtmd_helper_video_init_params_default mtmd_helper_video_p
        mtmd_helper_video_p_ctypes mtmd_helper_video_read_next mtmd_image_tokens_get_decoder_pos
        mtmd_image_tokens_get_id mtmd_image_tokens_get_n_pos mtmd_image_tokens_get_n_tokens
        mtmd_image_tokens_get_nx mtmd_image_tokens_get_ny mtmd_image_tokens_p mtmd_image_tokens_p_ctypes
        mtmd_init_from_file mtmd_input_chunk_copy mtmd_input_chunk_free mtmd_input_chunk_get_id
        mtmd_input_chunk_get_n_pos mtmd_input_chunk_get_n_tokens mtmd_input_chunk_get_placeholder
        mtmd_input_chunk_get_tokens_image mtmd_input_chunk_get_tokens_text mtmd_input_chunk_get_type
        mtmd_input_chunk_load mtmd_input_chunk_p mtmd_input_chunk_p_ctypes mtmd_input_chunk_save
        mtmd_input_chunks_free mtmd_input_chunks_get mtmd_input_chunks_init mtmd_input_chunks_p
        mtmd_input_chunks_p_ctypes mtmd_input_chunks_size mtmd_input_part mtmd_input_text mtmd_log_set
        mtmd_progress_callback mtmd_support_audio mtmd_support_vision mtmd_test_create_input_chunks
        mtmd_tokenize mtmd_tokenize_from_parts
    """,
}
