"""The explorer's threads: what is solved, in which order, and what is dropped."""

import threading
import time
from types import SimpleNamespace

import pytest

from tlsjax.explorer import solve
from tlsjax.explorer.state import State
from tlsjax.explorer.steps import _Asked, steps_of
from tlsjax.explorer.worker import AT_REST, Worker


@pytest.fixture
def worker():
    one = Worker(rest=0.05)
    yield one
    one.stop()


def test_newest_request_wins(worker):
    started, go, seen = threading.Event(), threading.Event(), []

    def first():
        started.set()
        go.wait(10)
        seen.append("first")

    worker.submit("page", [first, lambda: seen.append("its rest")])
    assert started.wait(10)
    for number in range(5):
        worker.submit("page", [lambda n=number: seen.append(n)])
    go.set()
    assert worker.wait(10)
    # What had begun ends; its rest and what nobody waits for any more do not begin.
    assert seen == ["first", 4]
    assert worker.dropped == 5


def test_pages_do_not_drop_each_other(worker):
    seen = []
    worker.submit("one", [lambda: seen.append("one")])
    worker.submit("two", [lambda: seen.append("two")])
    assert worker.wait(10)
    assert sorted(seen) == ["one", "two"]


def test_good_answers_wait_for_rest_in_a_thread_of_their_own(worker):
    seen, threads = [], {"quick": set(), "good": set()}

    def note(name):
        seen.append(name)
        threads[name.split()[0]].add(threading.get_ident())

    for number in range(3):
        steps = [lambda n=number: note(f"quick {n}"), AT_REST, lambda n=number: note(f"good {n}")]
        worker.submit("page", steps)
        while f"quick {number}" not in seen:
            time.sleep(0.001)
    assert worker.wait(10)
    assert seen[-1] == "good 2"
    assert [name for name in seen if name.startswith("quick")] == ["quick 0", "quick 1", "quick 2"]
    assert [len(idents) for idents in threads.values()] == [1, 1]
    assert threading.get_ident() not in threads["quick"] ^ threads["good"]
    assert threads["quick"] != threads["good"]


def test_long_good_answers_keep_nobody_waiting(worker):
    """What ends late is not followed by the rest of its request."""
    started, go, seen = threading.Event(), threading.Event(), []

    def long():
        started.set()
        go.wait(10)
        seen.append("long")

    worker.submit("page", [AT_REST, long, lambda: seen.append("its rest")])
    assert started.wait(10)
    quick = threading.Event()
    worker.submit("page", [quick.set])
    assert quick.wait(10)
    go.set()
    assert worker.wait(10)
    assert seen == ["long"]


def test_closed_pages_leave_nothing(worker):
    worker.submit("page", [AT_REST, lambda: None])
    worker.close("page")
    assert worker.wait(10)
    assert not worker._newest


def test_a_failed_step_ends_its_request_only(worker):
    seen = []

    def fails():
        raise RuntimeError("nothing")

    worker.submit("page", [fails, lambda: seen.append("after it")])
    assert worker.wait(10)
    worker.submit("page", [lambda: seen.append("the next")])
    assert worker.wait(10)
    assert seen == ["the next"]


def test_forgotten_pages_are_not_solved_for(worker):
    go, seen = threading.Event(), []
    worker.submit("page", [lambda: go.wait(10), lambda: seen.append("late")])
    worker.forget("page")
    go.set()
    assert worker.wait(10)
    assert seen == []


def test_what_fails_is_said(worker, monkeypatch):
    def fails(state):
        raise ValueError("Argument `T` must be colder.")

    monkeypatch.setattr(solve, "bulk", fails)
    monkeypatch.setattr("tlsjax.explorer.steps._durations", {})
    posts = []
    worker.submit("page", steps_of(State(), (32, 32), True, lambda *post: posts.append(post)))
    assert worker.wait(10)
    assert [post[0] for post in posts] == ["status", "status"]
    assert "compiling Tc" in posts[0][1]
    assert posts[1] == ("status", "Tc and Δ(T): Argument `T` must be colder.", True)


def test_quick_spectra_are_solved_at_once_but_for_the_first_time(monkeypatch):
    """The first time one waits for the program of the other."""
    inside, most, both_in = [], [], threading.Barrier(2)

    def spectrum(state, T_tls, panels):
        inside.append(T_tls)
        most.append(len(inside))
        if rounds:
            both_in.wait(10)
        inside.remove(T_tls)
        return SimpleNamespace(status=0, T_tls=T_tls)

    monkeypatch.setattr(solve, "spectrum", spectrum)
    monkeypatch.setattr("tlsjax.explorer.steps._compiled", set())
    state, posts, rounds = State(), [], []
    for _ in range(2):
        asked = _Asked(state, lambda *post: posts.append(post))
        asked.clean_dos = ()
        assert asked.both(32) == 0
        rounds.append(max(most))
    assert rounds == [1, 2]
    *_, (what, _, equilibrium, hot, _) = posts
    assert what == "spectrum"
    assert (equilibrium.T_tls, hot.T_tls) == (state.T, state.T_tls)
