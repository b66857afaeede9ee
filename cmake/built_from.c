// Compiled into every plug-in backend: the llama.cpp commit that it was built from, to be read before it is initialised.
#if defined(_WIN32)
__declspec(dllexport)
#else
__attribute__((visibility("default")))
#endif
const char lcffi_built_from[] = LCFFI_LLAMA_COMMIT;
