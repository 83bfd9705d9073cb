"""One scan of Tc as a process of its own, told by its arguments; used by the tests of scans.

It prints the numbers of the chunks that it wrote.
"""

import argparse
import resource

import jax


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--cpus", type=int, default=1)
    parser.add_argument("--points", type=int, default=2000)
    parser.add_argument("--chunk", type=int, default=64)
    parser.add_argument("--full-after", type=int, help="the disk is full after so many chunks")
    parser.add_argument("--coordinator")
    parser.add_argument("--process", type=int)
    arguments = parser.parse_args()
    if arguments.coordinator:
        jax.distributed.initialize(arguments.coordinator, 2, arguments.process)
    jax.config.update("jax_num_cpu_devices", arguments.cpus)

    import tlsjax as tls
    from tlsjax.scans.store import Folder

    written = []
    write = Folder.write

    def recorded(self, index, results):
        if len(written) == arguments.full_after:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
        write(self, index, results)
        written.append(index)

    Folder.write = recorded
    assert len(jax.local_devices()) == arguments.cpus
    try:
        table = tls.scan(*job(arguments.points), path=arguments.path, **cut(arguments.chunk))
        assert table.failed == 0
    finally:
        print(*written)


def job(points):
    """Function and grid of the scan."""
    import numpy as np

    import tlsjax as tls

    grid = {"alpha": np.linspace(0.0, 3.0, points // 4), "J": [0.5, 1.0, 2.0, 3.0]}
    return tls.Observable("tc", tls.Lorentzian(J=1.0, sigma=0.1)), grid


def cut(chunk):
    """How its points are cut."""
    return {"lanes": 16, "chunk": chunk}


if __name__ == "__main__":
    main()
