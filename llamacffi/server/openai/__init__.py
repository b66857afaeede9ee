"""OpenAI's chat completions, completions and embeddings: from what a request says to what is to be computed."""
