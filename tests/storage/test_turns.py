"""Turns are taken in the order in which they were asked for, and none is lost to whoever gave up."""

from __future__ import annotations

import threading
import time

from hardwon.storage.turns import Turns


def test_whoever_asked_first_goes_first_though_another_takes_it_again_and_again() -> None:
    turns, order = Turns(), []
    assert turns.acquire(1)

    def once(name: int) -> None:
        assert turns.acquire(10)
        order.append(name)
        turns.release()

    threads = []
    for name in range(20):
        threads.append(threading.Thread(target=once, args=(name,)))
        threads[-1].start()
        while len(turns._waiting) <= name:
            time.sleep(0.001)
    turns.release()
    assert turns.acquire(10), "the last in the queue"
    assert order == list(range(20))
    turns.release()
    for thread in threads:
        thread.join(10)


def test_whoever_gives_up_holds_up_nobody() -> None:
    turns = Turns()
    assert turns.acquire(1)
    assert not turns.acquire(0.01)
    turns.release()
    assert turns.acquire(0)
    turns.release()


def test_only_one_has_the_turn_while_many_give_up_and_come_again() -> None:
    turns, inside, most, done = Turns(), [0], [0], [0]

    def work(number: int) -> None:
        for _ in range(200):
            if turns.acquire(0.0001 * (number % 5)):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                done[0] += 1
                inside[0] -= 1
                turns.release()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most == [1]
    assert done[0] > 100
    assert turns.acquire(0), "nobody holds it in the end"
