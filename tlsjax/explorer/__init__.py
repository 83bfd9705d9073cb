"""The page that `tlsjax explore` serves.

`state` says what is asked, `solve` answers it, `worker` does so off the event loop, `export` writes
it down, `measured` reads a dropped file: all of them without a browser, and without Panel, which
only `figures`, `page` and `server` import.
"""
