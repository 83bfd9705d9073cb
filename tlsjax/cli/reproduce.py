"""The paper's figures as PNG and PDF, each beside a CSV of its curves.

fig1  a double well, its two lowest states, the tunnel splitting
fig5  distributions of tunnel splittings
fig6  order parameter against temperature
fig7  Tc induced by the impurities alone
fig8  density of states of single splittings, in equilibrium
fig9  density of states with hot impurities, four distributions
zero-energy-dos  states at the Fermi level against the temperature of the impurities
microwave  R_s and Q of niobium: impurities in equilibrium, hot, and with a burnt hole
"""

from pathlib import Path

from tlsjax.cli.output import OVERWRITE, print_json
from tlsjax.io.files import prepare_directory

# Kept apart from the figures themselves: naming them must not import matplotlib.
NAMES = ("fig1", "fig5", "fig6", "fig7", "fig8", "fig9", "zero-energy-dos", "microwave")


def add_arguments(parser):
    parser.add_argument(
        "--only", choices=NAMES, nargs="+", default=NAMES, help="these figures only"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("figures"), metavar="DIR",
        help="folder for the files (default: figures)",
    )  # fmt: skip
    parser.add_argument("--force", action="store_true", help="overwrite earlier figures")
    parser.add_argument("--json", action="store_true", help="print the file names as JSON")


def run(args):
    from tqdm import tqdm

    from tlsjax.reproduce.catalogue import make

    files = [f"{name}{suffix}" for name in args.only for suffix in (".csv", ".png", ".pdf")]
    folder = prepare_directory(args.out, files, args.force, hint=OVERWRITE)
    for name in args.only:
        # disable=None: a bar on a terminal, silence elsewhere.
        make(name, folder / name, lambda items, name=name: tqdm(items, name, disable=None))
        if not args.json:
            for suffix in (".csv", ".png", ".pdf"):
                print(folder / f"{name}{suffix}")
    if args.json:
        print_json("reproduce", files=[str(folder / file) for file in files])
