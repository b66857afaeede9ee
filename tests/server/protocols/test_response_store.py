"""What the store keeps, for whom, and for how long."""

from __future__ import annotations

from typing import Any

from llamacffi.server.responses.store import ResponseStore, StoredResponse


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def item(name: str) -> dict[str, Any]:
    return {"id": name, "type": "message"}


def put(
    store: ResponseStore, name: str, *, after: StoredResponse | None = None, owner: str | None = None, size: int = 10
) -> StoredResponse | None:
    response = {"id": name, "output": [item(f"{name}-out")]}
    store.put(response, [item(f"{name}-in")], after=after, owner=owner, size=size)
    return store.get(name, owner)


def test_a_chain_has_all_items_in_order() -> None:
    store = ResponseStore()
    first = put(store, "a")
    second = put(store, "b", after=first)
    assert second is not None
    assert [one["id"] for one in second.items] == ["a-in", "a-out", "b-in", "b-out"]
    assert store.delete("a", None)
    assert [one["id"] for one in second.items] == ["a-in", "a-out", "b-in", "b-out"]
    assert store.item("a-in", None) == item("a-in")
    assert store.item("c-in", None) is None


def test_nobody_sees_what_is_anothers() -> None:
    store = ResponseStore()
    put(store, "a", owner="me")
    assert store.get("a", "me") is not None
    for other in (None, "you"):
        assert store.get("a", other) is None
        assert store.item("a-out", other) is None
        assert not store.delete("a", other)
    assert store.delete("a", "me")
    assert not store.delete("a", "me")
    assert (len(store), store.n_bytes) == (0, 0)


def test_what_was_not_used_for_a_time_is_forgotten() -> None:
    clock = Clock()
    store = ResponseStore(seconds=60, clock=clock)
    put(store, "a")
    put(store, "b")
    clock.now = 59
    assert store.get("a", None) is not None
    clock.now = 61
    assert store.get("b", None) is None
    assert store.get("a", None) is not None
    clock.now = 59 + 61 + 60
    assert (len(store), store.n_bytes) == (0, 0)


def test_the_least_used_makes_room() -> None:
    store = ResponseStore(max_bytes=100)
    first = put(store, "a", size=40)
    put(store, "b", size=40)
    assert store.get("a", None) is first
    put(store, "c", size=40)
    assert [name for name in "abc" if store.get(name, None)] == ["a", "c"]
    assert store.n_bytes == 80
    # What went before lives as long, and counts as much.
    put(store, "d", after=first, size=30)
    assert [name for name in "acd" if store.get(name, None)] == ["d"]
    assert store.n_bytes == 70
    assert put(store, "e", size=101) is None
