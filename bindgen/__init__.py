"""llama.cpp's headers in, declarations for cffi, guards, stub and options out. Used by build_ffi.py only."""
