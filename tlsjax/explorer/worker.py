"""Threads that solve: the newest request of each page wins, older ones are dropped."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

# Seconds without a newer request after which a slider counts as at rest.
REST = 0.6


class Worker:
    """Runs requests off the event loop, in two threads for all pages.

    A request is an iterable of steps, functions without arguments. Before each step the worker
    looks whether its page has asked for something newer, and if so drops the rest. What comes
    after the step `AT_REST` is for a second thread, which first waits until the page has been
    still for a moment: its long steps and compilations keep no newer request waiting.

    Examples
    --------
    >>> from tlsjax.explorer.worker import Worker
    >>> found = []
    >>> worker = Worker()
    >>> worker.submit("page", [lambda: found.append(1), lambda: found.append(2)])
    >>> worker.wait()
    True
    >>> worker.stop()
    >>> found
    [1, 2]
    """

    def __init__(self, rest: float = REST) -> None:
        self._rest = rest
        self._changed = threading.Condition()
        # Requests that nobody has begun: new ones, and those that have come to `AT_REST`.
        self._new, self._resting = OrderedDict(), OrderedDict()
        # Of each page the number of its newest request.
        self._newest = {}
        self._busy, self._stopped = 0, False
        self.dropped = 0
        self._threads = [
            threading.Thread(target=self._run, args=(queue,), name=f"tlsjax-{name}", daemon=True)
            for name, queue in (("quick", self._new), ("good", self._resting))
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, page: Any, steps: Iterable[Callable]) -> None:
        """Ask for these steps in place of whatever ``page`` asked for before."""
        with self._changed:
            # What has not begun is dropped here, what has in its thread.
            for queue in (self._new, self._resting):
                self.dropped += queue.pop(page, None) is not None
            number = self._newest[page] = self._newest.get(page, 0) + 1
            self._new[page] = number, iter(steps), time.monotonic()
            self._changed.notify_all()

    def forget(self, page: Any) -> None:
        """Drop what a page asked for: an empty request that replaces the rest of it."""
        self.submit(page, ())

    def close(self, page: Any) -> None:
        """The same of a page that will ask for nothing more."""
        with self._changed:
            for queue in (self._new, self._resting):
                queue.pop(page, None)
            self._newest.pop(page, None)
            self._changed.notify_all()

    def wait(self, timeout: float = 60.0) -> bool:
        """Until there is nothing to do; False if that takes longer."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not (self._new or self._resting or self._busy), timeout
            )

    def stop(self) -> None:
        """End the threads after their present steps."""
        with self._changed:
            self._stopped = True
            self._new.clear()
            self._resting.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=200.0)

    def _run(self, queue):
        while True:
            with self._changed:
                self._changed.wait_for(lambda: queue or self._stopped)
                if self._stopped:
                    return
                page, (number, steps, asked) = queue.popitem(last=False)
                self._busy += 1
            if queue is self._resting:
                self._wait_for_rest(page, number, asked + self._rest)
            self._follow(page, number, steps, asked)
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def _wait_for_rest(self, page, number, end):
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopped or self._newest.get(page) != number,
                max(0.0, end - time.monotonic()),
            )

    def _follow(self, page, number, steps, asked):
        try:
            for step in steps:
                with self._changed:
                    if self._stopped or self._newest.get(page) != number:
                        self.dropped += 1
                        return
                    if step is AT_REST:
                        self._resting[page] = number, steps, asked
                        self._changed.notify_all()
                        return
                step()
        # A step tells its page of its own errors; the threads have to live on in any case.
        except Exception:
            return


def AT_REST() -> None:
    """A step that does nothing: what comes after it is for the second thread."""
