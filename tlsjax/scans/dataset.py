"""The labelled array that a scan returns and keeps, NetCDF on disk."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlsjax.core.status import Status, is_ok
from tlsjax.core.validation import fail
from tlsjax.io.files import replacing
from tlsjax.scans.labels import status_attributes

if TYPE_CHECKING:
    import pandas
    import xarray

_ENGINE = "h5netcdf"


def assemble(grid, labels, plan, results):
    """`xarray.Dataset` of flat ``results`` ``{name: (points, ...)}``."""
    # Slow to import, and only scans need it.
    import xarray

    coordinates = {
        name: (name if grid.product else grid.dims, value, labels.of(name))
        for name, value in zip(grid.names, grid.values, strict=True)
    }
    for name, value in labels.coordinates.items():
        coordinates[name] = (name, value, labels.of(name))
    variables = {}
    for name, value in results.items():
        own = labels.axes_of(name) or [f"{name}_axis{k}" for k in range(value.ndim - 1)]
        attributes = status_attributes(Status) if name == "status" else labels.of(name)
        shape = (*grid.shape, *value.shape[1:])
        variables[name] = ((*grid.dims, *own), value.reshape(shape), attributes)
    failed = int((~is_ok(results["status"])).sum())
    attributes = {
        "title": labels.description,
        "source": f"tlsjax {plan['versions']['tlsjax']}",
        "points": grid.size,
        "failed": failed,
        "tolerances": json.dumps(dict(labels.settings)),
        "plan": json.dumps(plan),
    }
    return xarray.Dataset(variables, coordinates, attributes)


def save(dataset, path):
    """Write NetCDF, whole or not at all."""
    with replacing(path) as temporary:
        dataset.to_netcdf(temporary, engine=_ENGINE)


def load(path):
    """A scan from its file, in memory."""
    import xarray

    return xarray.load_dataset(path, engine=_ENGINE)


def plan_of(path):
    """The plan of a finished scan."""
    import xarray

    try:
        with xarray.open_dataset(path, engine=_ENGINE) as dataset:
            return json.loads(dataset.attrs["plan"])
    except (KeyError, ValueError, OSError):
        shown = f"holding something else ({Path(path)})"
        return fail("path", "free, or of this same scan", shown)


def failed_points(dataset: "xarray.Dataset") -> "pandas.DataFrame":
    """The points of a scan that have no answer, and why.

    Parameters
    ----------
    dataset : xarray.Dataset, from `scan`

    Returns
    -------
    pandas.DataFrame
        One row for each: its coordinates and ``status``, the name of a `Status`, whose
        ``.help`` says what it means. Empty if there is none.

    Examples
    --------
    >>> import tlsjax as tls
    >>> induced = tls.Observable("induced-tc", tls.DeltaFunction(E0=1.0))
    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     table = tls.scan(induced, {"E0": [0.3, 40.0]})
    >>> print(tls.failed_points(table).to_string(index=False))
      E0    status
    40.0 NOT_FOUND
    """
    import pandas

    status = dataset["status"]
    where = np.nonzero(~is_ok(status.values))
    columns = {}
    for name, values in status.coords.items():
        axis = status.dims.index(values.dims[0])
        columns[name] = values.values[where[axis]]
    columns["status"] = [Status(code).name for code in status.values[where]]
    return pandas.DataFrame(columns)
