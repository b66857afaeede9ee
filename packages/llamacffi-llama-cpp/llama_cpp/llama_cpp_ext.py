"""Not here."""

from llamacffi.integrations.llama_cpp import left_out

raise left_out(__name__)
