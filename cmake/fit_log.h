// To be quiet while it measures, common/fit.cpp puts a function of its own into llama.cpp's global logger, with data on
// its stack: lines of other threads could reach it when it has returned, and an exception would leave it there. Included
// before that file, this leaves the logger alone; its lines are then records like any others.
#pragma once

#include "llama.h"

#define llama_log_set(...) ((void) 0)
