"""llama-server's own routes: from what a request says to the job that answers it."""
