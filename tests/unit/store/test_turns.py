"""Threads of one process write one after the other, and who writes for many waits for one of them."""

from __future__ import annotations

import threading
import time

from trustkit.store.turns import WritersTurns


def test_who_writes_for_many_waits_for_one_writer_however_many_wait() -> None:
    turns, order, writing, go_on = WritersTurns(30), list[str](), threading.Event(), threading.Event()

    def first() -> None:
        with turns.taken():
            writing.set()
            go_on.wait(30)
            order.append("first")

    def other() -> None:
        with turns.taken():
            order.append("other")

    def ahead() -> None:
        with turns.taken(ahead=True):
            order.append("ahead")

    threads = [threading.Thread(target=first)]
    threads[0].start()
    writing.wait(30)
    threads += [threading.Thread(target=other) for _ in range(20)]
    for each in threads[1:]:
        each.start()
    threads.append(threading.Thread(target=ahead))
    threads[-1].start()
    while len(turns._waiting) < 21:
        time.sleep(0.001)
    go_on.set()
    for each in threads:
        each.join(30)
    assert order[0] == "first"
    assert order.index("ahead") == 1
    assert len(order) == 22


def test_nobody_waits_for_ever() -> None:
    turns = WritersTurns(0.01)
    with turns.taken(), turns.taken(), turns.taken(ahead=True):  # the database then says that somebody writes
        pass
    with turns.taken():
        pass
