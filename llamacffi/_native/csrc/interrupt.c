#include "interrupt.h"

#include "ggml.h"

#include <stddef.h>

static bool poll_python(struct lcffi_interrupt * self, int64_t now) {
    self->next_poll = now + self->poll_every;
    return self->poll != NULL && self->poll(self->user_data);
}

bool lcffi_interrupt_abort(void * interrupt) {
    struct lcffi_interrupt * self = interrupt;
    if (self->stop) {
        return true;
    }
    if (self->poll_every == 0 && self->deadline == 0) {
        return false;
    }
    const int64_t now = ggml_time_us();
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
