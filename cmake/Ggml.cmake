# How ggml and its backends are built: for the whole package (CMakeLists.txt) and one plug-in at a time (cmake/plugin/).
# Included before LLAMACFFI_LLAMA_CPP_DIR is added, whose own defaults hold; llamacffi_finish_ggml is called after.

set(_llamacffi_cmake "${CMAKE_CURRENT_LIST_DIR}")

set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON) # what is built is what is installed: no relinking, and the tests see the same file
if(APPLE)
  set(CMAKE_INSTALL_RPATH "@loader_path")
else()
  set(CMAKE_INSTALL_RPATH "$ORIGIN")
endif()

add_compile_options(
  # STB_GNU_UNIQUE symbols bind across RTLD_LOCAL: another llama.cpp in the process would share ours.
  "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>"
  # An assertion unwinds through C frames on its way to the guard.
  "$<$<COMPILE_LANG_AND_ID:C,GNU,Clang,AppleClang>:-fexceptions>"
  # By default Microsoft's compiler takes it that a C function throws nothing, and drops the guards around its calls.
  "$<$<AND:$<BOOL:${MSVC}>,$<COMPILE_LANGUAGE:CXX>>:/EHsc->")

# Without these, llama.cpp asks git for a commit and is told that of the project around it.
set(ENV{GIT_CEILING_DIRECTORIES} "${CMAKE_SOURCE_DIR}")
set(GIT_EXE "" CACHE FILEPATH "git, which ggml must not find" FORCE)

# A default that -D on the command line (CMAKE_ARGS) overrides.
macro(default name value)
  if(NOT DEFINED CACHE{${name}})
    set(${name} ${value})
  endif()
endmacro()

set(BUILD_SHARED_LIBS ON)
set(GGML_BACKEND_DL ON)
set(GGML_CCACHE OFF)          # bindgen sets the launcher for every target, not only ggml's
default(GGML_NATIVE OFF)      # excluded by GGML_BACKEND_DL; NativeCpu.cmake does its work
default(GGML_OPENMP OFF)      # wheels then need no libgomp; every context gets a ggml thread pool instead
if(NOT APPLE)
  default(GGML_BLAS_VENDOR OpenBLAS)
endif()
unset(GGML_AVAILABLE_BACKENDS CACHE) # ggml only ever adds to it

set(LLAMA_BUILD_COMMIT "${LLAMACFFI_LLAMA_COMMIT}")
set(LLAMA_BUILD_NUMBER "${LLAMACFFI_LLAMA_BUILD_NUMBER}")
default(LLAMA_ALL_WARNINGS OFF)
default(LLAMA_OPENSSL OFF)    # else the system's libssl is linked in for a downloader that nobody calls
foreach(part EXAMPLES SERVER TESTS TOOLS APP UI)
  set(LLAMA_BUILD_${part} OFF)
endforeach()

# Set a switch of ggml for each backend of the list, and for those that some systems have by default.
string(REPLACE "," ";" backends "${LLAMACFFI_BACKENDS}")
foreach(name IN ITEMS CPU BLAS METAL)
  default(GGML_${name} OFF)
endforeach()
foreach(backend IN LISTS backends)
  string(TOUPPER "${backend}" name)
  set(GGML_${name} ON)
endforeach()

include("${_llamacffi_cmake}/NativeCpu.cmake")
llamacffi_cpu_features("${LLAMACFFI_CPU}")

# Compile those files of a target with a header of ours before everything else.
function(llamacffi_include_first target header)
  set_property(SOURCE ${ARGN} TARGET_DIRECTORY ${target}
               APPEND PROPERTY COMPILE_OPTIONS "$<IF:$<BOOL:${MSVC}>,/FI,-include>" "${header}")
endfunction()

# Give the libraries names of our own, and each plug-in the commit that it is built from; `plugins` is set in the caller.
macro(llamacffi_finish_ggml)
  # A libllama.so.0 that some other package has already loaded would otherwise be bound instead of ours.
  foreach(target IN ITEMS ${ARGN})
    set_target_properties(${target} PROPERTIES OUTPUT_NAME "${target}-lcffi")
    set_property(TARGET ${target} PROPERTY VERSION)
    set_property(TARGET ${target} PROPERTY SOVERSION)
    set_property(TARGET ${target} PROPERTY PUBLIC_HEADER) # nothing of these is installed
    set_property(TARGET ${target} PROPERTY PRIVATE_HEADER)
  endforeach()

  set(plugins ${GGML_AVAILABLE_BACKENDS})
  foreach(target IN LISTS plugins)
    set_property(TARGET ${target} PROPERTY VERSION)
    set_property(TARGET ${target} PROPERTY SOVERSION)
    target_sources(${target} PRIVATE "${_llamacffi_cmake}/built_from.c")
    set_property(SOURCE "${_llamacffi_cmake}/built_from.c" TARGET_DIRECTORY ${target}
                 PROPERTY COMPILE_DEFINITIONS "LCFFI_LLAMA_COMMIT=\"${LLAMACFFI_LLAMA_COMMIT}\"")
  endforeach()

  if(TARGET ggml-cuda AND UNIX)
    # CUDA's libraries out of NVIDIA's wheels, beside this package or beside a wheel of the backend; or out of one folder.
    set(rpath "$ORIGIN" ${LLAMACFFI_RPATH})
    foreach(folder IN ITEMS nvidia/cu13/lib nvidia/cublas/lib nvidia/cuda_runtime/lib)
      list(APPEND rpath "$ORIGIN/../../../${folder}" "$ORIGIN/../../${folder}")
    endforeach()
    set_property(TARGET ggml-cuda PROPERTY INSTALL_RPATH "${rpath}")
  endif()

  set(cpu_plugins ${plugins})
  list(FILTER cpu_plugins INCLUDE REGEX "^ggml-cpu")
  if(cpu_plugins)
    list(GET cpu_plugins 0 target) # the variants are of one folder
    set(source "${LLAMACFFI_LLAMA_CPP_DIR}/ggml/src/ggml-cpu/ggml-cpu.cpp")
    file(STRINGS "${source}" supports REGEX "bool ggml_backend_cpu_device_supports_op\\(")
    if(supports)
      llamacffi_include_first(${target} "${_llamacffi_cmake}/cpu_operands.h" "${source}")
    endif()
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|i.86")
      llamacffi_include_first(${target} "${_llamacffi_cmake}/tile_loadconfig.h"
                              "${LLAMACFFI_LLAMA_CPP_DIR}/ggml/src/ggml-cpu/amx/mmq.cpp")
    endif()
  endif()
endmacro()
