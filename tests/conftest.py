import gc
import os
import tempfile

# Commands that tests start in other processes leave the user's own cache alone.
os.environ.setdefault("TLSJAX_CACHE", "off")

import jax
import numpy as np
import pytest

import tlsjax  # noqa: F401  (switches JAX to 64 bits before anything is traced)

# Most of the time of the default run goes into compiling programs that run once or twice: without
# the compiler's last efforts they take half as long, in one piece for one thread a fifth less of
# what remains, and without what it does to loops a tenth less of that. Slow tests run theirs for
# hours: there such a program takes two and a half times as long as one of the compiler's best.
_QUICKLY_COMPILED = (
    "--xla_cpu_use_fusion_emitters=false --xla_backend_optimization_level=0 "
    "--xla_cpu_parallel_codegen_split_count=1 "
    "--xla_disable_hlo_passes=simplify-while-loops,while-loop-invariant-code-motion"
)


def pytest_configure(config):
    """One cache of compiled programs for all workers of a run: compiling is most of its time."""
    if not hasattr(config, "workerinput"):
        # Read when JAX is first used, in workers as well.
        if config.option.markexpr == "not slow":
            flags = os.environ.get("XLA_FLAGS", "")
            os.environ["XLA_FLAGS"] = f"{flags} {_QUICKLY_COMPILED}"
        config.stash[_CACHE] = tempfile.TemporaryDirectory(prefix="tlsjax-tests-")
        path = config.stash[_CACHE].name
    else:
        path = config.workerinput["compiled"]
    jax.config.update("jax_compilation_cache_dir", path)
    # Most programs take less than the second from which JAX would keep them.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
    # From here on one device: `tlsjax scan` would make one of every core, for all later tests.
    jax.devices()
    # Traces are millions of small objects that stay: looking for garbage among them takes a third
    # of the time of a trace.
    gc.set_threshold(200_000, 20, 100)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    node.workerinput["compiled"] = node.config.stash[_CACHE].name


def pytest_unconfigure(config):
    if _CACHE in config.stash:
        config.stash[_CACHE].cleanup()


_CACHE = pytest.StashKey()


@pytest.fixture
def rng(request):
    """A generator seeded by the test's own name."""
    return np.random.default_rng(list(request.node.name.encode()))


@pytest.fixture(autouse=True, scope="module")
def _drop_compiled_programs():
    folder = jax.config.jax_compilation_cache_dir
    yield
    # `--cache off` of a command that a test called is not meant for the tests after it.
    jax.config.update("jax_compilation_cache_dir", folder)
    jax.clear_caches()
    gc.collect()
