#include "interrupt.h"

#include "ggml.h"

#include <stddef.h>

static bool poll_python(struct lcffi_interrupt * self, int64_t now) {
    self->next_poll = now + self->poll_every;
    return self->poll != NULL && self->poll(self->user_data);
}

// A graph asks at each of its nodes, a thousand times for a token of a small model: the clock is read at every node while
// nodes are slow, at every sixteenth while they are fast.
enum { FAST_US = 500, MAX_SKIP = 15 };

static int64_t look_at_clock(struct lcffi_interrupt * self) {
    const int64_t now = ggml_time_us();
    self->skip      = now - self->last_look < FAST_US ? self->skip * 2 + 1 : self->skip / 2;
    self->skip      = self->skip < MAX_SKIP ? self->skip : MAX_SKIP;
    self->to_skip   = self->skip;
    self->last_look = now;
    return now;
}

bool lcffi_interrupt_abort(void * interrupt) {
    struct lcffi_interrupt * self = interrupt;
    if (self->stop) {
        return true;
    }
    if (self->poll_every == 0 && self->deadline == 0) {
        return false;
    }
    if (self->to_skip > 0) {
        self->to_skip--;
        return false;
    }
    const int64_t now = look_at_clock(self);
    if (self->deadline != 0 && now >= self->deadline) {
        return true;
    }
    return self->poll_every != 0 && now >= self->next_poll && poll_python(self, now);
}

bool lcffi_interrupt_progress(float progress, void * interrupt) {
    struct lcffi_interrupt * self = interrupt;
    self->progress = progress;
    if (!self->stop && (progress <= 0.0f || progress >= 1.0f) && self->poll_every != 0) {
        return !poll_python(self, ggml_time_us());
    }
    return !lcffi_interrupt_abort(interrupt);
}
