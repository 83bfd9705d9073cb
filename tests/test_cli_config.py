"""Fits of many sets, and their options in files."""

import argparse
import json

import numpy as np
import pytest
from test_cli import run
from test_cli_fit import OXYGEN

import tlsjax as tls
from tlsjax.cli import config, fit
from tlsjax.cli.fit_data import load_all
from tlsjax.fitting.parameters import arrange
from tlsjax.fitting.templates import as_template

TOML = f"""
files = ["{OXYGEN.as_posix()}"]
kind = "tc"
splittings = ["glass:Ec=1"]
free = ["baseline"]
fix = {{ Ec = 1.5 }}
bounds = {{ alpha = [0.0, 5.0] }}
starts = 1
"""


@pytest.mark.slow
def test_a_file_of_options_and_its_echo_give_the_same_fit(capsys, tmp_path):
    """TOML, the command line, and the JSON of the fit: one fit, to the last digit."""
    path = tmp_path / "fit.toml"
    path.write_text(TOML)
    status, text, _ = run(capsys, "fit", "--config", path, "--json")
    assert status == 0
    record = json.loads(text)
    words = ("--kind", "tc", "--splittings", "glass:Ec=1", "--free", "baseline", "--starts", 1)
    words = (*words, "--fix", "Ec=1.5", "--bounds", "alpha=0:5", "--json")
    _, plain, _ = run(capsys, "fit", OXYGEN, *words)
    assert json.loads(plain)["parameters"] == record["parameters"]
    echo = tmp_path / "fit.json"
    echo.write_text(text)
    _, again, _ = run(capsys, "fit", "--config", echo, "--json")
    assert json.loads(again) == record
    # What comes after it, wins.
    _, other, _ = run(capsys, "fit", "--config", echo, "--fix", "alpha=0", "--json")
    other = json.loads(other)
    assert other["parameters"]["alpha"]["free"] is False
    assert other["parameters"]["Ec"]["value"] == 1.5
    assert other["chi2"] >= record["chi2"] * (1 - 1e-6)


def parsed(*words):
    parser = argparse.ArgumentParser()
    fit.add_arguments(parser)
    return parser.parse_args(list(map(str, words)))


def test_every_option_survives_its_echo(tmp_path):
    words = (
        "a.csv", "b.csv", "--kind", "didv", "--alpha", "0.5", "1", "--alpha", "2",
        "--splittings", "glass:Ec=2", "--splittings", "delta:E0=0.2", "--free", "T_tls", "T_e",
        "--bounds", "T_e=T:", "--prior", "Tc0=9.25+-0.05", "--tie", "Ec=E0", "--temperature", "1.5",
        "--share", "T_e", "--separate", "alpha", "--posterior", "--draws", "50", "--range=-1:1",
        "--symmetrise", "--electrode", "same", "--average-sweeps", "--compare", "none,dynes",
        "--no-rivals", "--bootstrap", "--blocks", "3",
    )  # fmt: skip
    asked = parsed(*words)
    path = tmp_path / "fit.json"
    path.write_text(json.dumps({"request": config.request_of(asked)}))
    again = parsed("--config", path)
    assert again.config == str(path)
    again.config = None
    for name, value in vars(asked).items():
        left, right = getattr(again, name), value
        if name == "alpha":
            left, right = ([list(map(float, np.concatenate(a))) for a in x] for x in (left, right))
        assert left == right, name


def test_lists_stand_for_texts(tmp_path):
    path = tmp_path / "fit.toml"
    text = 'files = "a.csv"\nrange = [-1, 1.5]\ncolumns = [1, "G"]\nfree = []\n'
    path.write_text(text + 'compare = ["none", "dynes"]\n', encoding="utf-8-sig")
    found = parsed("--config", path)
    assert (found.file, found.range, found.columns) == (["a.csv"], "-1:1.5", "1,G")
    assert (found.free, found.compare) == ([], "none,dynes")


SERIES = "B_T,bias_mV,G\n" + "".join(
    f"{B},{V:.2f},{1 - (0.9 - B) * np.exp(-((V / 0.2) ** 2)):.6f}\n"
    for B in (0.0, 0.5)
    for V in np.linspace(-1, 1, 41)
)


def test_a_series_of_one_file_and_several_files(tmp_path):
    path, other = tmp_path / "field.csv", tmp_path / "zero.csv"
    path.write_text(SERIES)
    other.write_text("".join(SERIES.splitlines(True)[:42]))
    choices = ("--kind", "didv", "--temperature", 0.3)
    sets, said = load_all(parsed(path, "--series", "B_T", *choices))
    assert [d.label for d in sets] == ["B_T 0.0", "B_T 0.5"]
    assert [d.y.size for d in sets] == [41, 41]
    assert "B_T 0.5: took the columns bias_mV, G" in said
    assert sets[1].y.min() == pytest.approx(0.6)
    several, _ = load_all(parsed(other, path, "--series", "B_T", *choices))
    assert [d.label for d in several] == ["zero B_T 0.0", "field B_T 0.0", "field B_T 0.5"]
    # A cell without a value is no set of its own.
    path.write_text(SERIES + ",0.1,1\nnan,0.2,1\n")
    sets, said = load_all(parsed(path, "--series", "B_T", *choices))
    assert [d.label for d in sets] == ["B_T 0.0", "B_T 0.5"]
    assert "left out 2 rows without a value of B_T" in said
    # Of one name in several folders the folder tells.
    (tmp_path / "cold").mkdir()
    cold = tmp_path / "cold" / "zero.csv"
    cold.write_text(other.read_text())
    several, _ = load_all(parsed(other, cold, *choices))
    assert [d.label for d in several] == [f"{tmp_path.name} zero", "cold zero"]


@pytest.mark.slow
def test_samples_with_transitions_of_their_own(capsys, tmp_path):
    """Two series of one kind of impurities in two metals: one alpha, two Tc0, one table."""
    line = "x,Tc_K,error\n" + "".join(f"{x},{{}},0.05\n" for x in (0, 1, 2))
    for name, Tc in (("nb", 9.2), ("ta", 4.4)):
        (tmp_path / f"{name}.csv").write_text(line.format(Tc, Tc - 0.1, Tc - 0.2))
    files = (tmp_path / "nb.csv", tmp_path / "ta.csv")
    choices = ("--kind", "tc", "--fix", "alpha=0", "Ec=1", "--free", "baseline", "--starts", 1)
    out = tmp_path / "out"
    command = ("fit", *files, *choices, "--separate", "Tc0", "--out", out)
    status, text, _ = run(capsys, *command)
    assert status == 0
    record = json.loads((out / "fit.json").read_text())["parameters"]
    assert record["Tc0@nb"]["value"] == pytest.approx(9.2, abs=1e-6)
    assert record["Tc0@ta"]["value"] == pytest.approx(4.4, abs=1e-6)
    assert record["baseline"]["value"] == pytest.approx(-0.1, abs=1e-6)
    assert (out / "fit.csv").read_text().splitlines()[-1].endswith(",ta")
    assert "Tc0@nb" in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind = [", "must be TOML"),
        ('nonsense = "x"', "no option"),
        ("files = []", "`file` must be given"),
        ('kind = "tc"\nfix = { Ec = { a = 1 } }', "numbers, texts and lists"),
        (f'files = ["{OXYGEN.as_posix()}"]', "`kind` must be one of"),
        (f'files = ["{OXYGEN.as_posix()}"]\nkind = "tc"\nshare = ["G_N"]', "`share` must be about"),
    ],
)
def test_bad_files_of_options_are_one_sentence(capsys, tmp_path, text, words):
    path = tmp_path / "fit.toml"
    path.write_text(text)
    choices = ("--kind", "tc") if text == "files = []" else ()
    try:
        status, _, err = run(capsys, "fit", "--config", path, *choices)
    except SystemExit as stopped:
        status, err = stopped.code, capsys.readouterr().err
    assert status == 2
    assert words in err
    assert err.count("\n") == 1


def test_shared_parameters_of_junctions():
    bias = np.linspace(-1, 1, 41)
    signal = 1 - 0.9 * np.exp(-((bias / 0.2) ** 2))
    sweeps = [tls.TunnellingData(bias, signal, T=T, error=0.01, label=f"{T} K") for T in (0.3, 0.4)]
    choices = {"free": (), "fixed": {}, "bounds": {}, "start": {}, "tie": {}, "separate": ()}
    _, layout = arrange(sweeps, as_template(tls.Glass(0.2)), share=("V0",), **choices)
    assert "V0" in layout.free
    assert {"G_N@0.3 K", "G_N@0.4 K"} <= set(layout.free)
    choices["separate"] = ("V0",)
    with pytest.raises(ValueError, match="other parameters than separate"):
        arrange(sweeps, as_template(tls.Glass(0.2)), share=("V0",), **choices)
