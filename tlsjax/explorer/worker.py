"""One thread that solves; the newest request of each page wins, older ones are dropped."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

# Seconds without a newer request after which a slider counts as at rest.
REST = 0.25


class Worker:
    """Runs requests off the event loop, in one thread for all pages.

    A request is an iterable of steps, functions without arguments. Before each step the worker
    looks whether its page has asked for something newer, and if so drops the rest. A step that is
    `AT_REST` waits until the page has been still for a moment.

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
        self._pending = OrderedDict()
        self._changed = threading.Condition()
        self._busy = self._stopped = False
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name="tlsjax-explorer", daemon=True)
        self._thread.start()

    def submit(self, page: Any, steps: Iterable[Callable]) -> None:
        """Ask for these steps in place of whatever ``page`` asked for before."""
        with self._changed:
            # What has not begun is dropped here, what has in the thread.
            self.dropped += page in self._pending
            self._pending[page] = steps
            self._changed.notify_all()

    def forget(self, page: Any) -> None:
        """Drop what a closed page asked for: an empty request that replaces the rest of it."""
        self.submit(page, ())

    def wait(self, timeout: float = 60.0) -> bool:
        """Until there is nothing to do; False if that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._pending and not self._busy, timeout)

    def stop(self) -> None:
        """End the thread after its present step."""
        with self._changed:
            self._stopped = True
            self._pending.clear()
            self._changed.notify_all()
        self._thread.join(timeout=200.0)

    def _run(self):
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._pending or self._stopped)
                if self._stopped:
                    return
                page, steps = self._pending.popitem(last=False)
                self._busy = True
            self._follow(page, steps)

    def _follow(self, page, steps):
        try:
            for step in steps:
                if self._is_stale(page, self._rest if step is AT_REST else 0.0):
                    self.dropped += 1
                    return
                step()
        # A step tells its page of its own errors; the thread has to live on in any case.
        except Exception:
            return

    def _is_stale(self, page, patience):
        """Whether there is something newer, now or within some seconds."""
        end = time.monotonic() + patience
        with self._changed:
            while page not in self._pending and not self._stopped:
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
            return True


def AT_REST() -> None:
    """A step that does nothing, once its page has been still for a moment."""
