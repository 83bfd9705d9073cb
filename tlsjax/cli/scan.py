"""Scan a quantity over a grid of parameters, on all cores, GPUs and hosts; resumable.

QUANTITY is tc, gap, induced-tc (Tc without a host), hc (critical field over sqrt(N_f)), c (specific
heat over k_B N_f), n0 (density of states at the Fermi level), dos (that at --energy), conductivity
(sigma_1 and sigma_2 over sigma_n at omega, with elastic, which may be inf, and wavenumber), rs (R_s
and X_s in ohms at a frequency in GHz), q (of a cavity) or lambda (superfluid density and depth).
Parameters are alpha, T, T_tls, resolution, magnetic, dynes, elastic, those of --splittings and of
--host (Tc0, gap_ratio, mu_star); with several --splittings alpha_1, alpha_2 and so on; of rs, q and
lambda frequency, lambda_L0, xi0 or v_F, mean_free_path and thickness in nm, geometry_factor,
residual. Values are start:stop:count, log:start:stop:count, or a list 0.1,0.2,0.5.

With --out, finished parts are on disk at once: the same command goes on where an interrupted
one stopped. Points that have no answer are listed, are NaN in the files, and make the exit
status 1. Under SLURM, Open MPI or Kubernetes start one process for each host with
--distributed; --out must then be on a disk that all share.

Examples:
  tlsjax scan tc --splittings lorentzian:J=1,sigma=0.1 --grid alpha=0:2:41 J=0.1:3:30 --out tc
  tlsjax scan n0 --grid T_tls=log:0.1:10:40 alpha=0.1:2:20 --set T=0.2 --out n0
  tlsjax scan dos --grid T_tls=0.2,0.5,1,2 --set alpha=1 T=0.2 --energy 0:4:401 --out dos
  tlsjax scan gap --points points.csv --gradient alpha Ec --json
  tlsjax scan tc --host strong:pb.csv,mu=0.1 --grid mu_star=0:0.2:21 --gradient mu_star --out mu
  tlsjax scan rs --tc0-kelvin 9.25 --metal Nb --grid mean_free_path=log:2:1000:30 --set alpha=0
      frequency=1.3 T=2 --out purity
  srun tlsjax scan tc --grid alpha=0:10:1001 Ec=0.1:10:1000 --distributed --out tc
"""

import contextlib
import json
import os
import sys
import warnings

import jax
import numpy as np

from tlsjax.cli import metal, model, options, output, scan_request
from tlsjax.core.status import ConvergenceError, Status
from tlsjax.core.validation import fail
from tlsjax.io.files import write_csv
from tlsjax.scans.dataset import failed_points
from tlsjax.scans.quantities import QUANTITIES
from tlsjax.scans.scan import scan

# Rows of a CSV that anyone opens; the NetCDF file has everything.
_LARGEST_CSV = 200_000
_LISTED = 20


def add_arguments(parser):
    parser.add_argument("quantity", choices=QUANTITIES, metavar="QUANTITY", help="what to scan")
    model.add_arguments(parser, gap_ratio=True)
    pairs = {"nargs": "+", "default": [], "action": "extend"}
    parser.add_argument("--grid", metavar="NAME=VALUES", help="every combination", **pairs)
    parser.add_argument(
        "--points", metavar="FILE", help="or a table with a column for each parameter"
    )
    parser.add_argument("--set", metavar="NAME=VALUE", help="parameters kept fixed", **pairs)
    parser.add_argument("--gradient", metavar="NAME", help="also the derivatives by these", **pairs)
    parser.add_argument("--population", choices=options.POPULATIONS, help="unless T_tls is given")
    parser.add_argument(
        "--energy", type=options.numbers, metavar="E",
        help="energies of dos, a number or start:stop:count (default 0:5:501)",
    )  # fmt: skip
    parser.add_argument("--panels", type=int, metavar="N", help="of a spectrum (default 80)")
    parser.add_argument(
        "--rate-mev", type=options.number, metavar="MEV",
        help="hbar/tau_in of induced-tc in meV (default: everything in units of it)",
    )  # fmt: skip
    metal.add_arguments(parser)
    metal.add_surface(parser)
    parser.add_argument("--devices", type=int, metavar="N", help="default: all cores or GPUs")
    parser.add_argument("--lanes", type=int, metavar="N", help="points side by side on a device")
    parser.add_argument("--chunk", type=int, metavar="N", help="points between two writes")
    parser.add_argument(
        "--distributed", action="store_true", help="one of several processes, see above"
    )
    parser.add_argument(
        "--coordinator", metavar="HOST:PORT",
        help="where no scheduler tells: address of process 0, with --processes and --process",
    )  # fmt: skip
    parser.add_argument("--processes", type=int, metavar="N", help="how many there are")
    parser.add_argument("--process", type=int, metavar="I", help="which this is, from 0")
    options.add_output(parser)


def _devices(args):
    """Start JAX on all that this process may use."""
    together = args.distributed or args.coordinator
    if not together and (args.processes is not None or args.process is not None):
        fail("processes", "given with --coordinator or --distributed", "given alone")
    if together:
        try:
            jax.distributed.initialize(args.coordinator, args.processes, args.process)
        except ValueError as error:
            text = "used under a scheduler, or with --coordinator, --processes and --process"
            fail("distributed", text, f"not ({error})")
    if "device_count" not in os.environ.get("XLA_FLAGS", ""):
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        # Too late if JAX runs already, as inside somebody's program: then as it is.
        with contextlib.suppress(RuntimeError):
            jax.config.update("jax_num_cpu_devices", args.devices or cores)
    found = jax.local_devices()
    if args.devices is not None and not 1 <= args.devices <= len(found):
        fail("devices", f"from 1 to the {len(found)} there are", str(args.devices))
    return found[: args.devices]


def run(args):
    grid = scan_request.points(args)
    observable = scan_request.observable(args, grid)
    path = None
    if args.out:
        path = args.out / "scan.nc"
        begun = path.exists() or path.with_name("scan.nc.unfinished").exists()
        if begun or args.distributed or args.coordinator:
            args.out.mkdir(parents=True, exist_ok=True)
        else:
            output.prepare(args, ("nc", "csv", "png", "pdf"))
    devices = _devices(args)
    try:
        with warnings.catch_warnings():
            # The points without an answer are listed below.
            warnings.simplefilter("ignore", UserWarning)
            dataset = scan(
                observable, grid, product=not args.points, gradient=args.gradient, path=path,
                overwrite=args.force, lanes=args.lanes, chunk=args.chunk, devices=devices,
            )  # fmt: skip
    except KeyboardInterrupt:
        if path is not None:
            sys.stderr.write(f"finished parts are in {path}.unfinished; run this again to go on\n")
        raise
    if jax.process_index() == 0:
        _report(args, dataset, path)
    _raise_if_failed(dataset)


def _columns(dataset):
    """The whole scan as columns of a table, coordinates first."""
    frame = dataset.to_dataframe().reset_index().drop(columns="point", errors="ignore")
    first = [name for name in dataset.coords if name in frame]
    frame = frame[first + [name for name in frame if name not in first]]
    frame["status"] = [Status(code).name for code in frame["status"]]
    return {name: values.tolist() for name, values in frame.items()}


def _report(args, dataset, path):
    rows = int(np.prod(list(dataset.sizes.values())))
    written = [] if path is None else [path]
    if path is not None and rows <= _LARGEST_CSV:
        written.append(path.with_suffix(".csv"))
        write_csv(written[-1], _columns(dataset), dataset.title)
    if path is not None:
        from tlsjax.plotting.scans import draw_scan

        written += draw_scan(path.with_suffix(""), dataset)
    if args.json:
        columns = {} if path is not None else _columns(dataset)
        failed = {k: v.tolist() for k, v in failed_points(dataset).items()}
        output.print_json(
            "scan", points=dataset.points, failed=failed, files=[str(p) for p in written],
            plan=json.loads(dataset.plan), units={n: v.attrs.get("units") for n, v in
            dataset.variables.items() if "units" in v.attrs}, **columns,
        )  # fmt: skip
    elif path is None:
        output.print_csv(_columns(dataset), dataset.title)
    else:
        print(*written, sep="\n")


def _raise_if_failed(dataset):
    failed = failed_points(dataset)
    if failed.empty:
        return
    lines = failed.head(_LISTED).to_string(index=False).splitlines()
    more = [f"... and {len(failed) - _LISTED} more"] if len(failed) > _LISTED else []
    helps = [f"{name}: {Status[name].help}." for name in dict.fromkeys(failed["status"])]
    sys.stderr.write("\n".join([*lines, *more, *helps]) + "\n")
    raise ConvergenceError(f"{len(failed)} of {dataset.points} points have no answer")
