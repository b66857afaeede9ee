// Raising a guard's pending error: the last thing that cffi's generated source includes before its own code.
//
// Every wrapper that cffi generates releases the GIL with Py_BEGIN_ALLOW_THREADS and takes it back with
// Py_END_ALLOW_THREADS. The second is redefined here to look at one thread-local int, so that the check costs a
// nanosecond and no wrapper can be forgotten (bindgen/emit_c.py counts them).
#pragma once

#include "pending.h"

static PyObject * lcffi_raise(void) {
    const char * class_name;
    const char * text;
    lcffi_take_pending(&class_name, &text);

    PyObject * message = PyUnicode_DecodeUTF8(text, (Py_ssize_t) strlen(text), "replace");
    if (message == NULL) {
        return NULL;
    }
    PyObject * module = PyImport_ImportModule(strcmp(class_name, "MemoryError") == 0 ? "builtins" : "llamacffi.errors");
    PyObject * error_class = module == NULL ? NULL : PyObject_GetAttrString(module, class_name);
    if (error_class != NULL) {
        PyErr_SetObject(error_class, message);
    }
    Py_XDECREF(error_class);
    Py_XDECREF(module);
    Py_DECREF(message);
    return NULL;
}

#undef Py_END_ALLOW_THREADS
#define Py_END_ALLOW_THREADS      \
    PyEval_RestoreThread(_save);  \
    }                             \
    if (lcffi_pending) {          \
        return lcffi_raise();     \
    }

// For functions that are over at once, which bindgen/brief.py picks: the GIL is not worth giving up.
#define LCFFI_BEGIN_BRIEF {
#define LCFFI_END_BRIEF           \
    }                             \
    if (lcffi_pending) {          \
        return lcffi_raise();     \
    }
