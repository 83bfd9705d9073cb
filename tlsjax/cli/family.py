"""Curves over temperature: superconductors by coupling and by their impurities' temperature."""

import numpy as np

from tlsjax.cli import model, options, output
from tlsjax.core.status import Status, raise_unless_ok
from tlsjax.core.validation import require


def add_arguments(parser):
    """Superconductor, populations and temperatures."""
    model.add_arguments(parser, gap_ratio=True)
    options.add_population(parser, several=True)


class Family:
    """What the options describe: rows of couplings, and populations of the impurities.

    The clean host is among the rows where there is a picture to draw.
    """

    def __init__(self, args):
        self.asked = model.Model(args)
        self.units = self.asked.units
        self.populations = options.populations_of(args, self.units)
        for _, population in self.populations:
            require(*population.rules())
        self.rows = self.asked.rows(with_clean=bool(args.out))
        self.grid = options.temperatures_of(args)

    @property
    def superconductor(self):
        """All rows, (rows, 1)."""
        columns = self.asked.columns_of(self.rows).values()
        return self.asked.superconductor([column[:, None] for column in columns])

    def transitions(self):
        """Tc in equilibrium, (rows,), as the user writes it."""
        return self.asked.transitions(self.rows)

    def temperatures(self, Tc, default):
        """(rows, T): those asked for, or ``default`` of each Tc."""
        rows = [default(one) if self.grid is None else self.grid for one in Tc]
        return np.array(rows)

    def curves(self, solve, T):
        """``(row number, label, whether clean, columns)`` of each curve.

        ``solve(population)`` returns ``{name: values}``, which broadcast to (rows, T) or to
        (rows, T, M). Of the clean host there is one.
        """
        for turn, (text, population) in enumerate(self.populations):
            found = {name: np.asarray(x) for name, x in solve(population).items()}
            shape = np.broadcast_shapes(*(x.shape for x in found.values()))
            for index, row in enumerate(self.rows):
                clean = bool(row) and not any(row)
                if clean and turn > 0:
                    continue
                own = T[index].reshape(T.shape[1:] + (1,) * (len(shape) - 2))
                head = dict(zip(self.asked.names, row, strict=True))
                if any(text is not None for text, _ in self.populations):
                    # In equilibrium, the electrons' own.
                    head[self.units.column("T_tls")] = own if text is None else float(text)
                head[self.units.column("T")] = own
                columns = head | {n: np.broadcast_to(x, shape)[index] for n, x in found.items()}
                yield index, self._label(row, clean, text), clean, {
                    name: np.broadcast_to(x, shape[1:]) for name, x in columns.items()
                }  # fmt: skip

    def emit(self, args, curves, comment, what, **fields):
        """Write the table, name the files; raise where some point has no answer."""
        output.emit(
            args, _table_of(curves), comment, output.PICTURE,
            splittings=self.asked.for_json, **fields,
        )  # fmt: skip
        statuses = np.concatenate([one["status"].ravel() for *_, one in curves])
        raise_unless_ok(statuses, what)

    def _label(self, row, clean, text):
        unit = "K" if self.units.is_physical else "$T_{c0}$"
        label = self.asked.label(row)
        if clean or all(text is None for text, _ in self.populations):
            return label
        hot = "equilibrium" if text is None else rf"$T_\mathrm{{tls}}=${text} {unit}"
        return f"{label}, {hot}"


def _table_of(curves):
    """All curves as columns of one table; statuses by name."""
    names = list(curves[0][-1])
    return {name: [x for *_, one in curves for x in _plain(name, one[name])] for name in names}


def _plain(name, values):
    values = values.ravel().tolist()
    return [Status(code).name for code in values] if name == "status" else values
