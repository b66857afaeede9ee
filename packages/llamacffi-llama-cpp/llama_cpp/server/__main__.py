"""`python -m llama_cpp.server`: llamacffi's server, which takes llama-cpp-python's flags."""

from llamacffi.server.serving import main

main()
