"""Not here yet."""

from llamacffi.integrations.llama_cpp import left_out

if __name__ == "__main__":
    raise SystemExit(str(left_out("llama_cpp.server")))
raise left_out(__name__)
