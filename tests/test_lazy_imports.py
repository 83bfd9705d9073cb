"""What `import tlsjax` and the commands leave out, and 64-bit floats in every order of imports."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import jax
import pytest

import tlsjax as tls
from tlsjax.cli import COMMANDS, build_parser

# Whole packages that a table on stdout does without.
HEAVY = (
    "matplotlib", "xarray", "pandas", "optax", "h5py", "scipy.optimize", "tqdm", "panel", "bokeh",
    "tlsjax.fitting", "tlsjax.scans", "tlsjax.microscopic", "tlsjax.reproduce",
)  # fmt: skip


def python(code, **environment):
    """What another Python prints; with this one's cache of compiled programs."""
    where = {"JAX_COMPILATION_CACHE_DIR": jax.config.jax_compilation_cache_dir or ""}
    kept = {k: v for k, v in os.environ.items() if k != "JAX_ENABLE_X64"}
    found = subprocess.run(
        [sys.executable, "-c", code], env=kept | where | environment,
        capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    return found.stdout.split()


def test_the_package_and_the_help_import_next_to_nothing():
    code = (
        "import sys, tlsjax, tlsjax.cli\n"
        "tlsjax.cli.build_parser().format_help()\n"
        "print(*({'jax', 'numpy', 'scipy'} & {*sys.modules}), tlsjax.__version__)"
    )
    assert python(code) == [tls.__version__]


@pytest.mark.parametrize(
    "command",
    ["tc --alpha 1 --json", "dos --help", "gap --help", "induced-tc --help", "explore --help"],
)
def test_commands_import_what_they_use(command):
    code = (
        "import sys, tlsjax.cli\n"
        f"try: tlsjax.cli.main({command.split()!r})\n"
        "except SystemExit: pass\n"
        f"print('found:', *({set(HEAVY)!r} & set(sys.modules)))"
    )
    assert python(code)[-1] == "found:"


@pytest.mark.parametrize(
    "imports",
    [
        "import tlsjax, jax.numpy",
        "import jax, tlsjax",
        "import jax.numpy; jax.numpy.ones(2); import tlsjax",
        "from tlsjax import Glass; import jax",
        "import tlsjax.core.units; import jax",
    ],
)
def test_floats_have_64_bits(imports):
    code = f"{imports}; import jax.numpy as jnp; print(jnp.zeros(3).dtype)"
    assert python(code) == ["float64"]


@pytest.mark.parametrize("before", [{}, {"JAX_ENABLE_X64": "0"}])
def test_the_environment_is_as_it_was(before):
    """Programs started later would inherit the setting."""
    code = "import os, tlsjax; tlsjax.Glass; print(os.environ.get('JAX_ENABLE_X64'))"
    assert python(code, **before) == [before.get("JAX_ENABLE_X64", "None")]


def test_type_checkers_see_what_programs_get():
    tree = ast.parse(Path(tls.__file__).read_text())
    (shown,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in shown.body for alias in node.names}
    homes = {name: f"tlsjax.{module}" for name, module in tls._HOME.items()}
    assert seen == homes | {"units": "tlsjax.core"}
    assert {*seen, "__version__"} == set(tls.__all__) <= set(dir(tls))
    with pytest.raises(AttributeError, match="nothing"):
        tls.nothing  # noqa: B018


def test_help_has_every_summary(capsys):
    text = " ".join(build_parser().format_help().replace("-\n", "- ").split()).replace("- ", "-")
    for name, module in COMMANDS.items():
        __import__(f"tlsjax.cli.{module}")
        summary = sys.modules[f"tlsjax.cli.{module}"].__doc__.partition("\n")[0]
        assert f"{name} {summary}".replace("- ", "-") in text
