"""The server of the page: this computer only."""

import contextlib
import os
import sys
import webbrowser

import panel as pn
from bokeh.settings import settings

from tlsjax.core.validation import fail
from tlsjax.explorer import solve
from tlsjax.explorer.page import Page
from tlsjax.explorer.worker import Worker

ADDRESS = "127.0.0.1"
_QUALITY = (solve.COARSE, solve.FINE)


def make_server(port: int, worker: Worker, quality: tuple = _QUALITY, microwaves: bool = True):
    """A server that listens on ``ADDRESS``, of this thread's event loop, not yet running.

    Parameters
    ----------
    port : int
        0 is any free one.
    worker : Worker
        Of all pages.
    quality : (quick, good) panels.
    microwaves : whether pages begin with sigma and R_s.

    Returns
    -------
    Server
        Bokeh's; its ``port`` is the one that it has.

    Raises
    ------
    ValueError
        Where the port is taken.
    """
    pn.extension("filedropper", design="native")
    # Pictures begin empty, which the browser's log would be full of.
    settings.log_level.set_value("error")

    def open_page():
        document = pn.state.curdoc
        page = Page(worker, document, quality, microwaves)
        document.on_session_destroyed(lambda _: worker.close(page))
        return page.build()

    try:
        # Only pages of this server may open its websocket: Bokeh's own rule, left as it is.
        return pn.serve(
            {"/": open_page}, port=port, address=ADDRESS, show=False, start=False,
            title="tlsjax explore", verbose=False,
        )  # fmt: skip
    except OSError as error:
        return fail("port", "free", f"{port} ({error.strerror or error})")


def serve(port: int, *, browser: bool = True, microwaves: bool = True) -> None:
    """Serve the page until Ctrl-C."""
    worker = Worker()
    server = make_server(port, worker, microwaves=microwaves)
    server.start()
    url = f"http://{ADDRESS}:{server.port}/"
    print(f"{url} (Ctrl-C ends it)", flush=True)
    if browser:
        # Without a browser the sentence above is what there is.
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(url)
    # Ctrl-C is how it ends, and no failure.
    with contextlib.suppress(KeyboardInterrupt):
        server.io_loop.start()
    server.stop()
    if not worker.wait(0.0):
        # A compilation cannot be interrupted, and ending Python under it would abort with a core
        # dump; to wait for it could take a minute.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
