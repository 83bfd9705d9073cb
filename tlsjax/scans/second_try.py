"""Points of a scan that have no answer, once more by the slower methods.

One program serves all points, and the slower methods are not in it, which few points need. They
are compiled when the first point does.
"""

import numpy as np

from tlsjax.core.second_try import LOST, TRIES, UNANSWERED
from tlsjax.core.ways import solved_by
from tlsjax.scans.execution import Program, program_digest


def by(way, point):
    """``point``, whatever is solved in it by one of `tlsjax.core.ways`."""

    def solved(coordinates):
        with solved_by(way):
            return point(coordinates)

    # It is part of the program's text.
    solved.__name__ = point.__name__
    return solved


class SecondTry:
    """``again(points, results)`` is ``results`` with the lost points solved by slower methods.

    ``digest`` is that of the scan's own program: where a method makes no other program, nothing in
    it is solved by any.
    """

    def __init__(self, point, names, devices, digest):
        self._point, self._names, self._devices = point, names, devices
        self._digest = digest
        self._programs = {}

    def __call__(self, points, results):
        lost = np.isin(results["status"], LOST)
        for way in TRIES:
            if not lost.any():
                break
            program = self._program(way)
            if program is None:
                break
            found = program({name: value[lost] for name, value in points.items()})
            for name, value in found.items():
                results[name][lost] = value
            lost &= np.isin(results["status"], UNANSWERED)
        return results

    def _program(self, way):
        if way not in self._programs:
            point = by(way, self._point)
            other = program_digest(point, self._names) != self._digest
            # One at a time, on each device: few points are lost.
            arguments = point, self._names, self._devices, len(self._devices)
            self._programs[way] = Program(*arguments, lanes=1) if other else None
        return self._programs[way]
