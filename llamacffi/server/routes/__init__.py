"""Routes, one file a kind; each has a `router`."""
