"""Options that describe a metal's lengths, and the `Material` from them."""

from tlsjax.cli.options import number
from tlsjax.core.validation import fail, require
from tlsjax.microwave.material import Material

_PRESETS = ("Al", "Nb", "Pb", "Sn")
# Parameters of a `Material`, by their options.
OPTIONS = {
    "lambda_L0": "lambda_l0",
    "mean_free_path": "mean_free_path",
    "xi0": "xi0",
    "v_F": "v_fermi",
}


def add_arguments(parser):
    parser.add_argument(
        "--metal", choices=_PRESETS,
        help="London depth and coherence length of a clean metal (Kittel's table), where "
        "the options below do not say otherwise",
    )  # fmt: skip
    parser.add_argument(
        "--lambda-l0", type=number, metavar="NM",
        help="London's depth sqrt(m/mu_0 n e^2) in nm: of the clean metal at T = 0",
    )  # fmt: skip
    parser.add_argument(
        "--xi0", type=number, metavar="NM",
        help="hbar v_F/(pi Delta_0) of the clean metal in nm, with a weak host; or",
    )  # fmt: skip
    parser.add_argument("--v-fermi", type=number, metavar="M/S", help="the Fermi velocity in m/s")
    parser.add_argument(
        "--mean-free-path", type=float, metavar="NM",
        help="of all elastic scattering, in nm (inf without)",
    )  # fmt: skip


def add_surface(parser):
    """``--surface``, ``--geometry-factor`` and what belongs to them."""
    from tlsjax.microwave.surface import SURFACES

    parser.add_argument(
        "--surface", choices=SURFACES, default="diffuse",
        help="how electrons leave the surface; local is for mean free paths far below the depth "
        "(default diffuse)",
    )  # fmt: skip
    parser.add_argument(
        "--geometry-factor", type=number, metavar="OHM",
        help="of a cavity, in ohms: Q = G/(R_s + R_res) besides",
    )  # fmt: skip
    parser.add_argument(
        "--residual", type=number, metavar="OHM",
        help="resistance R_res in ohms that does not depend on temperature (default 0)",
    )  # fmt: skip


def is_given(args) -> bool:
    """Whether there is any option of a metal."""
    return any(getattr(args, name) is not None for name in (*OPTIONS.values(), "metal"))


def preset(name) -> Material:
    """A clean metal of the table."""
    return Material.of(name, float("inf"))


def material_of(args, units, names=()) -> Material:
    """The `Material` of the options; of ``names`` a scan has values of its own."""
    found = {name: getattr(args, option) for name, option in OPTIONS.items()}
    # What a scan varies is there, with any value.
    found |= {name: 1.0 for name in OPTIONS if name in names and found[name] is None}
    if args.metal:
        clean = preset(args.metal)
        if found["lambda_L0"] is None:
            found["lambda_L0"] = clean.lambda_L0
        if found["xi0"] is None and found["v_F"] is None:
            found["xi0"] = clean.xi0
    for name in ("lambda_L0", "mean_free_path"):
        if found[name] is None:
            fail(OPTIONS[name].replace("_", "-"), "given, in nm", "missing")
    if (found["xi0"] is None) == (found["v_F"] is None):
        shown = "missing" if found["xi0"] is None else "given with --v-fermi"
        fail("xi0", "given in nm, or --v-fermi, and not both", shown)
    if found["v_F"] is not None and not units.is_physical:
        fail("tc0-kelvin", "given with --v-fermi (or a strong host)", "missing")
    # In units of Tc0 how many kelvin it is does not matter beside xi0.
    material = Material(**found, unit="meV" if units.is_physical else 1.0)
    require(*material.rules())
    return material


def cavity_of(args, names=()):
    """The `Cavity` of the options, or None."""
    from tlsjax.microwave.cavity import Cavity

    factor = 1.0 if "geometry_factor" in names else args.geometry_factor
    if factor is None:
        if args.residual is not None:
            fail("residual", "given with --geometry-factor", "given alone")
        return None
    cavity = Cavity(factor, 0.0 if args.residual is None else args.residual)
    require(*cavity.rules())
    return cavity
