"""Owner and owned: order, refusal, threads, forks."""

from __future__ import annotations

import copy
import ctypes
import gc
import os
import pickle
import signal
import threading
import time
from typing import Any

import pytest

from llamacffi import ClosedError, LlamaError, NativeError
from llamacffi._native import Handle, ffi

Freed = list[str]


class Parent(Handle):
    def __init__(self, freed: Freed, name: str = "parent") -> None:
        super().__init__(ffi.new("int *"), lambda _ptr: freed.append(name))


class Child(Handle):
    def __init__(self, parent: Handle, freed: Freed, name: str = "child") -> None:
        self.parent = parent
        super().__init__(ffi.new("int *"), lambda _ptr: freed.append(name), parent)


def test_close_frees_children_first_and_once() -> None:
    freed: Freed = []
    parent = Parent(freed)
    child = Child(parent, freed)
    grandchild = Child(child, freed, "grandchild")
    parent.close()
    parent.close()
    child.close()
    assert freed == ["grandchild", "child", "parent"]
    assert parent.closed
    assert child.closed
    assert grandchild.closed


def test_a_closed_child_leaves_its_parent_open() -> None:
    freed: Freed = []
    parent = Parent(freed)
    Child(parent, freed).close()
    assert freed == ["child"]
    assert not parent.closed


def test_ctypes_takes_it_where_a_pointer_is_wanted() -> None:
    parent = Parent([])
    address = int(ffi.cast("uintptr_t", parent.ptr))
    assert parent._as_parameter_ == address
    assert ctypes.cast(ctypes.c_void_p.from_param(parent), ctypes.c_void_p).value == address
    parent.close()
    with pytest.raises(ClosedError, match="Parent is closed"):
        ctypes.c_void_p.from_param(parent)


def test_with_closes() -> None:
    freed: Freed = []
    with Parent(freed) as parent:
        assert parent.ptr
    assert freed == ["parent"]


def test_reference_counting_frees_without_the_collector() -> None:
    freed: Freed = []
    gc.disable()
    try:
        parent = Parent(freed)
        child = Child(parent, freed)
        del parent
        assert freed == []
        del child
        assert freed == ["child", "parent"]
    finally:
        gc.enable()


@pytest.mark.parametrize("keep_order", [True, False])
def test_the_cyclic_collector_frees_the_child_first(*, keep_order: bool) -> None:
    wrong = 0
    gc.freeze()  # what was there before is not searched 500 times
    try:
        for _ in range(500):
            freed: Freed = []
            parent = Parent(freed)
            child: Any = Child(parent, freed)
            cycle: list[Any] = [parent, child] if keep_order else [child, parent]
            cycle.append(cycle)
            child.cycle = cycle
            del parent, child, cycle
            gc.collect()
            wrong += freed != ["child", "parent"]
    finally:
        gc.unfreeze()
    assert wrong == 0


def test_use_after_close_names_the_class() -> None:
    parent = Parent([])
    parent.close()
    with pytest.raises(ClosedError, match="this Parent is closed"):
        _ = parent.ptr
    with pytest.raises(ClosedError, match="this Parent is closed"):
        Child(parent, [])


def test_a_pointer_whose_owner_is_closed_is_freed() -> None:
    freed: Freed = []
    parent = Parent(freed)
    parent.close()
    with pytest.raises(ClosedError):
        Child(parent, freed)
    assert freed == ["parent", "child"]


def test_a_pointer_in_use_outlives_close_and_its_owner_outlives_it() -> None:
    freed: Freed = []
    parent = Parent(freed)
    pinned = Child(parent, freed).ptr
    parent.close()
    assert freed == []
    del pinned
    assert freed == ["child", "parent"]


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_copies_are_refused(duplicate: Any) -> None:
    with pytest.raises(TypeError, match="a Parent owns memory of llama.cpp and cannot be pickled or copied"):
        duplicate(Parent([]))


def test_close_waits_for_the_call_of_another_thread() -> None:
    freed: Freed = []
    parent = Parent(freed)
    started, order = threading.Event(), []

    def slow(_ptr: object) -> None:
        started.set()
        time.sleep(0.1)
        order.append("call")

    thread = threading.Thread(target=parent.call, args=(slow,))
    thread.start()
    started.wait()
    parent.close()
    order.append("close")
    thread.join()
    assert order == ["call", "close"]
    assert freed == ["parent"]


def test_close_waits_for_a_shared_call_too() -> None:
    parent = Parent([])
    started, order = threading.Event(), []

    def slow() -> None:
        started.set()
        time.sleep(0.1)
        order.append("call")

    thread = threading.Thread(target=parent.share, args=(slow,))
    thread.start()
    started.wait()
    parent.close()
    order.append("close")
    thread.join()
    assert order == ["call", "close"]


def test_calls_exclude_each_other_and_shared_calls_do_not() -> None:
    parent = Parent([])
    meeting = threading.Barrier(2)
    threads = [threading.Thread(target=parent.share, args=(meeting.wait, 10)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not meeting.broken

    inside, most = 0, 0

    def count(_ptr: object) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.005)
        inside -= 1

    threads = [threading.Thread(target=parent.call, args=(count,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_a_callback_can_close_but_not_use_what_it_interrupts() -> None:
    freed: Freed = []
    parent = Parent(freed)
    seen: list[object] = []

    def reenter(_ptr: object) -> None:
        with pytest.raises(LlamaError, match="a callback used the Parent"):
            parent.call(seen.append)
        parent.close()
        seen.append(list(freed))  # what the call works on is still there

    parent.call(reenter)
    assert seen == [[]]
    assert freed == ["parent"]


def test_after_a_native_error_only_close_works() -> None:
    freed: Freed = []
    parent = Parent(freed)

    def fail(_ptr: object) -> None:
        raise NativeError("llama_decode: GGML_ASSERT(x) failed")

    with pytest.raises(NativeError):
        parent.call(fail)
    with pytest.raises(NativeError, match=r"this Parent is broken since .*GGML_ASSERT\(x\).*close it"):
        _ = parent.ptr
    assert not parent.closed
    parent.close()
    assert freed == ["parent"]
    with pytest.raises(ClosedError):
        _ = parent.ptr


def test_an_ordinary_error_breaks_nothing() -> None:
    parent = Parent([])
    with pytest.raises(ZeroDivisionError):
        parent.call(lambda _ptr: 1 // 0)
    assert parent.ptr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_child_is_refused_and_frees_nothing() -> None:
    freed: Freed = []
    parent = Parent(freed)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _ = parent.ptr
            answer = "used"
        except LlamaError as error:
            answer = str(error)
        parent.close()
        os.write(writer, f"{answer}|{freed}".encode())
        os._exit(0)
    os.waitpid(pid, 0)
    answer, _, child_freed = os.read(reader, 1000).decode().partition("|")
    assert answer.startswith("this Parent was made before os.fork() and cannot be used in the child process")
    assert child_freed == "[]"
    assert parent.ptr
    parent.close()
    assert freed == ["parent"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_child_that_is_forked_during_a_call_of_another_thread_is_refused_at_once() -> None:
    parent = Parent([])
    inside, go_on = threading.Event(), threading.Event()

    def work(_ptr: Any) -> None:
        inside.set()
        go_on.wait(10)

    thread = threading.Thread(target=parent.call, args=(work,))
    thread.start()
    inside.wait(10)
    pid = os.fork()
    if pid == 0:
        signal.alarm(5)  # ends a child that waits for the lock
        try:
            parent.call(id)
        except LlamaError:
            os._exit(0)
        os._exit(1)
    _, status = os.waitpid(pid, 0)
    go_on.set()
    thread.join()
    assert status == 0
