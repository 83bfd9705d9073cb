"""Files of measurements, as text."""

import argparse

from tlsjax.cli import fit
from tlsjax.cli.fit_data import load_all
from tlsjax.io.tables import read_sheet


def sheet_of(tmp_path, text, name="a.csv"):
    path = tmp_path / name
    path.write_text(text)
    return read_sheet(path)


def data_of(tmp_path, text, *options, name="a.csv", kind="gap"):
    path = tmp_path / name
    path.write_text(text)
    parser = argparse.ArgumentParser()
    fit.add_arguments(parser)
    (data,), said = load_all(parser.parse_args([str(path), "--kind", kind, *options]))
    return data, said
