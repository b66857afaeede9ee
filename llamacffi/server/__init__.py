"""An HTTP server: the protocols that clients of language models speak, on the engine."""
