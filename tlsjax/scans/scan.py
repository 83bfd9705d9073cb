"""Scans: an observable at every point of a grid, resumable, on all devices of all hosts."""

import importlib.metadata
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax

from tlsjax._version import __version__
from tlsjax.core.validation import fail
from tlsjax.scans.dataset import load, plan_of, save
from tlsjax.scans.execution import program_digest
from tlsjax.scans.grid import make_grid
from tlsjax.scans.job import Job, require_same
from tlsjax.scans.labels import Labels
from tlsjax.scans.observable import Observable
from tlsjax.scans.point import name_of_function, point_function
from tlsjax.scans.second_try import SecondTry, by
from tlsjax.scans.store import Folder, Memory

if TYPE_CHECKING:
    import xarray


def scan(
    function: Any,
    grid: Mapping[str, Any],
    *,
    product: bool = True,
    gradient: Sequence[str] = (),
    path: str | Path | None = None,
    overwrite: bool = False,
    lanes: int | None = None,
    chunk: int | None = None,
    devices: Any = None,
    progress: Any = None,
) -> "xarray.Dataset":
    """Evaluate a function at every point of a grid.

    Points that do not converge are solved once more by the slower methods (see `solved_by`), which
    are compiled when the first of them is met. So are points of an `Observable` that with inverted
    impurities may be at another solution than the largest; a function of your own has the status of
    these where it solves in a block of ``solved_by("checked")``.

    Parameters
    ----------
    function : Observable or callable
        Called with the names of ``grid`` as keywords, each a traced scalar. A function of your
        own returns a number or an array, or several as a mapping or named tuple; an item
        ``status``, a `Status`, says which points are answers.
    grid : mapping of names to values
        Every combination is a point, or with ``product=False`` the k-th values together are
        the k-th point.
    gradient : names of ``grid``
        Also the derivatives ``d<result>_d<name>`` by these.
    path : path of a ``.nc`` file, optional
        Where the result goes. Finished chunks are kept in the folder ``<path>.unfinished`` until
        all are there: the same call, after whatever interrupted the first, goes on from
        them and gives the same numbers bit for bit. Several processes may work on one path,
        on one host or, after `jax.distributed.initialize`, on many that share the disk.
    overwrite : bool
        Remove what is at ``path``, finished or not, and start anew.
    lanes, chunk : int, optional
        Points solved side by side on a device, and points between two writes to disk; chosen
        to fit the memory, and so that a chunk takes about ten seconds.
    devices : sequence of JAX devices, optional
        By default all of this host's. For the cores of a CPU to be devices, say
        ``jax.config.update("jax_num_cpu_devices", n)`` first of all.
    progress : bool, optional
        Show a progress bar; by default on a terminal.

    Returns
    -------
    xarray.Dataset
        Of the grid's shape, with ``status``, units and how it was made. Where a point has no
        answer (a number that is not finite is none) its numbers are NaN; `failed_points`
        lists these.

    Raises
    ------
    ValueError
        For wrong arguments, and if ``path`` holds another scan.

    Warns
    -----
    UserWarning
        If points have no answer.

    Examples
    --------
    >>> import numpy as np, tlsjax as tls
    >>> Tc = tls.Observable("tc", tls.Lorentzian(J=1.0, sigma=0.1))
    >>> table = tls.scan(Tc, {"alpha": np.linspace(0, 2, 3), "J": [0.5, 1.0]}, gradient=["J"])
    >>> print(table.Tc.sel(J=1.0).values.round(5))
    [1.      1.09337 1.16614]
    >>> print(dict(table.sizes), table.dTc_dJ.units)
    {'alpha': 3, 'J': 2} (Tc0)/(k_B Tc0)
    """
    grid = make_grid(grid, product)
    devices = _require_devices(devices)
    gradient = (gradient,) if isinstance(gradient, str) else tuple(gradient)
    for name, value in (("lanes", lanes), ("chunk", chunk)):
        if value is not None and (not isinstance(value, int) or value < 1):
            fail(name, "a positive integer", repr(value))
    plain = point = point_function(function, grid.names, gradient)
    if isinstance(function, Observable):
        labels = function.labels(grid.names)
        point = by(function.way(dict(zip(grid.names, grid.values, strict=True))), plain)
    else:
        labels = Labels(name_of_function(function))
    digest = program_digest(point, grid.names)
    identity = _identity(grid, gradient, labels, devices, digest)
    again = SecondTry(plain, grid.names, devices, digest)
    job = Job(grid, point, again, labels, identity, devices, progress)
    if path is None:
        if jax.process_count() > 1:
            fail("path", "given where several processes share a scan", "missing")
        store = Memory()
        dataset = job.gather(store, job.compute(store, lanes, chunk))
    else:
        dataset = _on_disk(job, _require_path(path), overwrite, lanes, chunk)
    if failed := dataset.attrs["failed"]:
        text = f"{failed} of {grid.size} points have no answer; tlsjax.failed_points lists them"
        warnings.warn(text, stacklevel=2)
    return dataset


def _require_devices(devices):
    devices = list(jax.local_devices() if devices is None else devices)
    if not devices or any(d.process_index != jax.process_index() for d in devices):
        fail("devices", "some of this process's JAX devices", repr(devices))
    return devices


def _require_path(path):
    path = Path(path)
    if path.suffix != ".nc":
        fail("path", "the name of a NetCDF file, ending in .nc", repr(str(path)))
    if not path.parent.is_dir():
        fail("path", "in a folder that exists", str(path))
    return path


def _identity(grid, gradient, labels, devices, digest):
    """What makes this scan this scan; two that agree in it give the same bits."""
    return {
        "function": labels.description,
        "program": digest,
        "coordinates": grid.digests(),
        "product": grid.product,
        "gradient": list(gradient),
        "versions": {"tlsjax": __version__}
        | {name: importlib.metadata.version(name) for name in ("jax", "jaxlib")},
        "platform": f"{devices[0].platform}, {devices[0].device_kind}",
        # XLA compiles a sharded program its own way: the last bit differs, once.
        "devices": "one" if len(devices) == 1 else "several",
    }


def _on_disk(job, path, overwrite, lanes, chunk):
    store = Folder(path)
    if overwrite:
        if jax.process_index() == 0:
            store.discard()
            path.unlink(missing_ok=True)
        if jax.process_count() > 1:
            from jax.experimental.multihost_utils import sync_global_devices

            sync_global_devices("tlsjax scan: what was there is gone")
    if store.finished:
        require_same(plan_of(path), job.identity, path)
    else:
        try:
            _finish(job, store, job.compute(store, lanes, chunk))
        except OSError as error:
            text = f"{error.strerror or error}; finished chunks are safe in {store.folder}"
            raise OSError(error.errno, f"{text}, the same call goes on from them") from error
    # Also what a process killed after the last chunk, or one that came late, left behind.
    store.discard()
    return load(path)


def _finish(job, store, plan):
    """One of all processes writes the file."""
    try:
        with store.lock("assembly"):
            if not store.finished:
                save(job.gather(store, plan), store.path)
    except OSError:
        # Another process may have finished and cleared up in between.
        if not store.finished:
            raise
