"""`tlsjax fit` as people use it, well and badly."""

import csv
import json
from pathlib import Path

import pytest
from test_cli import run

OXYGEN = Path(__file__).parents[1] / "examples" / "nb_o_tc.csv"


def test_files_report_and_the_next_fit(capsys, tmp_path):
    out = tmp_path / "results"
    arguments = ("fit", OXYGEN, "--kind", "tc", "--free", "baseline", "--out", out)
    status, text, _ = run(capsys, *arguments)
    assert status == 0
    assert "took the columns at_pct, Tc_K" in text
    assert "-0.866(45) K per unit" in text
    assert sorted(path.suffix for path in out.iterdir()) == [
        ".csv",
        ".json",
        ".pdf",
        ".png",
        ".txt",
    ]
    record = json.loads((out / "fit.json").read_text())
    assert record["parameters"]["baseline"]["value"] == pytest.approx(-0.866, abs=1e-3)
    with open(out / "fit.csv") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    assert float(rows[0]["measured"]) == 9.23
    # Never over the user's files; the JSON starts the next fit.
    before = (out / "fit.json").read_text()
    status, _, err = run(capsys, *arguments)
    assert (status, "free of earlier results" in err) == (2, True)
    assert (out / "fit.json").read_text() == before
    again = ("--start-from", out / "fit.json", "--json", "--starts", 1)
    status, text, _ = run(capsys, *arguments[:-2], *again)
    assert status == 0
    assert json.loads(text)["parameters"]["Tc0"]["value"] == pytest.approx(9.071, abs=1e-3)


def test_an_unfinished_fit_is_written_and_marked(capsys, tmp_path):
    out = tmp_path / "results"
    choices = ("--max-evaluations", 2, "--starts", 1, "--out", out)
    status, text, err = run(capsys, "fit", OXYGEN, "--kind", "tc", *choices)
    assert status == 1
    assert "UNFINISHED" in text
    assert "best so far" in err
    assert json.loads((out / "fit.json").read_text())["finished"] is False


@pytest.mark.slow
def test_errors_by_bootstrap(capsys):
    """Of a line: the spread of refits is the error of its covariance."""
    line = ("--kind", "tc", "--free", "baseline", "--fix", "alpha=0", "Ec=1", "--starts", 1)
    status, text, _ = run(capsys, "fit", OXYGEN, *line, "--bootstrap", 40, "--seed", 3, "--json")
    record = json.loads(text)
    assert (status, record["bootstrap"]["draws"]) == (0, 40)
    spread = record["bootstrap"]["summary"]["baseline"]["sd"]
    # 40 refits know a width to 11 %, the 12 points theirs to 22 %.
    assert spread == pytest.approx(record["parameters"]["baseline"]["error"], rel=0.5)


@pytest.mark.slow
def test_two_models_compared(capsys):
    choices = ("--splittings", "delta:E0=1", "--compare", "glass:Ec=1,none", "--free", "baseline")
    # What only one of them has is for that one.
    choices = (*choices, "--fix", "E0=1", "Ec=1")
    status, text, _ = run(capsys, "fit", OXYGEN, "--kind", "tc", *choices)
    assert status == 0
    table = text[text.index("\nrivals\n") :].splitlines()[2:]
    assert table[0].split()[:3] == ["model", "chi^2", "dof"]
    # Only with a free baseline, which all of them have here: as good as each other.
    names = {"none", "splittings delta:E0=1", "splittings glass:Ec=1"}
    apart = next(line for line in table if "cannot tell apart: " in line)
    assert {*apart.rstrip(".").partition("apart: ")[2].split(", ")} == names
    assert "These data do not need two-level systems: none describes them as well." in text


def test_what_is_said_of_no_model_is_a_mistake(capsys):
    choices = ("--kind", "tc", "--compare", "none", "--fix", "beta=1")
    status, _, err = run(capsys, "fit", OXYGEN, *choices)
    assert status == 2
    assert "must be about a parameter of these data" in err


POINTS = "x,Tc\n1,9\n2,9\n3,9\n"
BAD = {
    "no such file": ((), None, "must be an existing file"),
    "empty": (("--kind", "tc"), "", "which has none"),
    "one column": (("--kind", "tc"), "x\n1\n2\n", "two columns of numbers"),
    "text": (("--kind", "tc"), "x,Tc\n1,2\n2,abc\n", "'abc' in line 3"),
    "all NaN": (("--kind", "tc"), "x,Tc\n1,nan\n2,nan\n", "all NaN"),
    "few points": (("--kind", "tc"), "x,Tc\n1,9\n", "at least as many points"),
    "negative errors": (("--kind", "tc"), "x,Tc,err\n1,9,-1\n2,9,1\n", "`error` must"),
    "no temperature": (("--kind", "didv"), "bias_mV,G\n-1,1\n0,1\n", "`temperature` must"),
    "bounds": (("--kind", "tc", "--bounds", "alpha=2:3"), POINTS, "inside its bounds"),
    "names": (("--kind", "gap"), "a,b\n1,9\n2,9\n", "the names do not tell"),
    "a parameter": (("--kind", "tc", "--fix", "beta=1"), POINTS, "`fix` must be"),
    "a pair": (("--kind", "tc", "--fix", "alpha"), POINTS, "NAME=VALUE"),
    "a start": (("--kind", "tc", "--start-from", "none.json"), POINTS, "existing"),
    "blocks alone": (("--kind", "tc", "--blocks", 2), POINTS, "given with --bootstrap"),
    "one refit": (("--kind", "tc", "--bootstrap", 1), POINTS, "2 or more refits"),
    "both": (("--kind", "tc", "--bootstrap", "--posterior"), POINTS, "without --posterior"),
    "same bias": (("--kind", "didv", "--temperature", 1), "bias_mV,G\n1,1\n1,2\n", "one value"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence(case, capsys, tmp_path):
    arguments, text, words = BAD[case]
    path = tmp_path / "data.csv"
    if text is not None:
        path.write_text(text)
    kind = () if "--kind" in arguments else ("--kind", "tc")
    out = tmp_path / "out"
    status, printed, err = run(capsys, "fit", path, *kind, *arguments, "--out", out)
    assert status == 2
    assert words in err
    assert err.count("\n") == 1
    assert "fit.json" not in printed
    assert not list(out.glob("*"))
