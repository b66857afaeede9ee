"""What lets other packages run on this one. Each is a module of its own, imported when it is asked for."""
