# GGML_NATIVE and GGML_BACKEND_DL exclude each other, and GGML_NATIVE=OFF alone does not mean "portable": it switches
# AVX2 on. So every GGML_<feature> of the CPU backend is set here, for this machine from what its own compiler says.

set(_llamacffi_x86_features
  SSE42=__SSE4_2__ AVX=__AVX__ AVX2=__AVX2__ BMI2=__BMI2__ FMA=__FMA__ F16C=__F16C__ AVX_VNNI=__AVXVNNI__
  AVX512=__AVX512BW__ AVX512_VBMI=__AVX512VBMI__ AVX512_VNNI=__AVX512VNNI__ AVX512_BF16=__AVX512BF16__
  AMX_TILE=__AMX_TILE__ AMX_INT8=__AMX_INT8__ AMX_BF16=__AMX_BF16__)

# The macros that the compiler defines for the processor of this machine; empty when it cannot say (MSVC, old clang).
function(_llamacffi_native_macros result)
  set(empty "${CMAKE_CURRENT_BINARY_DIR}/native_cpu.c")
  file(WRITE "${empty}" "")
  execute_process(COMMAND "${CMAKE_C_COMPILER}" -march=native -dM -E "${empty}"
                  OUTPUT_VARIABLE macros RESULT_VARIABLE status ERROR_QUIET)
  if(NOT status EQUAL 0)
    set(macros "")
  endif()
  set(${result} "${macros}" PARENT_SCOPE)
endfunction()

# Set ggml's feature switches in the caller's scope for `cpu`: native, all or baseline; what the user gave with -D stays.
macro(llamacffi_cpu_features cpu)
  if("${cpu}" STREQUAL "all")
    default(GGML_CPU_ALL_VARIANTS ON)
  elseif("${cpu}" STREQUAL "baseline")
    foreach(pair IN LISTS _llamacffi_x86_features)
      string(REGEX REPLACE "=.*" "" feature "${pair}")
      default(GGML_${feature} OFF)
    endforeach()
  elseif("${cpu}" STREQUAL "native")
    _llamacffi_native_macros(_native_macros)
    if(_native_macros MATCHES "__x86_64__|__i386__")
      set(_enabled "")
      foreach(pair IN LISTS _llamacffi_x86_features)
        string(REPLACE "=" ";" pair "${pair}")
        list(GET pair 0 feature)
        list(GET pair 1 macro)
        if(_native_macros MATCHES "#define ${macro} ")
          default(GGML_${feature} ON)
          list(APPEND _enabled ${feature})
        else()
          default(GGML_${feature} OFF)
        endif()
      endforeach()
      message(STATUS "CPU features of this machine: ${_enabled}")
    elseif(_native_macros MATCHES "__aarch64__|__arm__")
      default(GGML_CPU_ARM_ARCH "native")
    else()
      message(STATUS "The compiler does not name this machine's CPU features: ggml's defaults are used")
    endif()
  else()
    message(FATAL_ERROR "LLAMACFFI_CPU is `${cpu}`; it must be native, all or baseline.")
  endif()
endmacro()
