# The shims are our C++ over llama-common, which has no stable interface. All of them must compile, unless LLAMACFFI_SHIMS
# is `fitting`: then those that another llama.cpp does not fit are left out, and their functions raise BuildError.

set(LLAMACFFI_SHIMS "required" CACHE STRING "required: every shim over llama-common must compile; fitting: some may be left out")
set_property(CACHE LLAMACFFI_SHIMS PROPERTY STRINGS required fitting)
set(_llamacffi_csrc "${CMAKE_CURRENT_SOURCE_DIR}/llamacffi/_native/csrc")

# Whether sources compile against llama-common's headers, with one header included before them when it is given.
function(_llamacffi_fits result before)
  foreach(source IN LISTS ARGN)
    if(NOT EXISTS "${source}")
      set(${result} OFF PARENT_SCOPE)
      return()
    endif()
  endforeach()
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY) # no linking
  set(CMAKE_TRY_COMPILE_CONFIGURATION Debug)        # nor optimising
  set(folders "${_llamacffi_csrc}" "${LLAMACFFI_LLAMA_CPP_DIR}")
  foreach(folder common include ggml/include vendor)
    list(APPEND folders "${LLAMACFFI_LLAMA_CPP_DIR}/${folder}")
  endforeach()
  set(options "")
  if(before)
    if(MSVC)
      set(options COMPILE_DEFINITIONS "/FI${before}")
    else()
      set(options COMPILE_DEFINITIONS -include "${before}")
    endif()
  endif()
  unset(_llamacffi_fit CACHE)
  try_compile(_llamacffi_fit "${CMAKE_CURRENT_BINARY_DIR}/shims" SOURCES ${ARGN}
              CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${folders}" ${options}
              CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON)
  set(${result} "${_llamacffi_fit}" PARENT_SCOPE)
  unset(_llamacffi_fit CACHE)
endfunction()

# Set `shims` and `left_out` in the caller: names of files in csrc/. `template_hooks` says whether the engine of chat
# templates can be given our limits, without which chat.cpp is not used either.
macro(llamacffi_choose_shims)
  set(shims ${ARGN})
  set(left_out "")
  set(template_hooks ON)
  if(LLAMACFFI_SHIMS STREQUAL "fitting")
    set(_jinja "${LLAMACFFI_LLAMA_CPP_DIR}/common/jinja")
    _llamacffi_fits(template_hooks "${_llamacffi_csrc}/template_hooks.hpp" "${_jinja}/runtime.cpp" "${_jinja}/value.cpp")
    foreach(shim IN LISTS shims)
      _llamacffi_fits(_fits "" "${_llamacffi_csrc}/${shim}.cpp")
      if(NOT _fits OR (shim STREQUAL "chat" AND NOT template_hooks))
        list(APPEND left_out ${shim})
      endif()
    endforeach()
    if(left_out)
      list(REMOVE_ITEM shims ${left_out})
      message(WARNING "left out, because this llama.cpp's common library does not fit them: ${left_out}")
    endif()
  endif()
endmacro()
