// Stopping a long native call: a flag that any thread may set, and a look into Python every few milliseconds.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Enters Python; true asks the native call to stop.
typedef bool (*lcffi_poll_t)(void * user_data);

struct lcffi_interrupt {
    volatile int32_t stop;       // set to 1 from anywhere: the next check stops the call
    int64_t          poll_every; // microseconds between two polls; 0 never polls
    int64_t          deadline;   // in ggml_time_us() time: stop when it has passed; 0 is never
    int64_t          next_poll;  // this and the next three are kept by the checks themselves
    int64_t          last_look;  // when a check last read the clock
    int32_t          skip;       // how many checks go by between two looks at the clock
    int32_t          to_skip;    // how many of them are left
    lcffi_poll_t     poll;
    void *           user_data;
    float            progress;   // the last value that lcffi_interrupt_progress was given
};

// A ggml_abort_callback over a `struct lcffi_interrupt *`: true stops the graph.
bool lcffi_interrupt_abort(void * interrupt);

// A llama_progress_callback over a `struct lcffi_interrupt *`: false stops the load. It notes `progress`, and polls at
// 0 and at 1 whatever the clock says.
bool lcffi_interrupt_progress(float progress, void * interrupt);

#ifdef __cplusplus
}
#endif
