"""The pages: their code runs and prints what they say, commands are understood, links and the table
of equations hold in both directions."""

import inspect
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import tlsjax as tls
from tlsjax.cli import main

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT / "tools" / "docs"))
import blocks  # noqa: E402
import commands  # noqa: E402
import equations as table  # noqa: E402
import rendered  # noqa: E402

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
NAMES = sorted({*tls.__all__} - {"__version__"})
# A second or two each. The others are spectra and fits, nearly all of it compiling, and what they
# call is tested elsewhere every time.
QUICK = (
    "api/populations",
    "api/units",
    "guide/atom",
    "sharp-bits",
)


def name_of(page):
    return str(page.relative_to(DOCS if page.is_relative_to(DOCS) else ROOT).with_suffix(""))


WITH_CODE = [page for page in PAGES if "```python" in page.read_text()]


# A page may have several spectra and fits.
LONG_PAGE = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=[] if name_of(page) in QUICK else LONG_PAGE, id=name_of(page))
        for page in WITH_CODE
        if page.name != "README.md"
    ],
)
def test_code_of_a_page_prints_what_it_says(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert blocks.wrong(page) == []


def test_quick_pages_are_pages():
    assert set(QUICK) <= {name_of(page) for page in WITH_CODE}


# A spectrum and a fit.
LONG = ("hot = tls.solve_spectrum(", "oxygen = tls.fit(")


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_readme_code_runs(monkeypatch, whole):
    monkeypatch.chdir(ROOT)
    page = ROOT / "README.md"
    code = [block.text for block in blocks.of_page(page.read_text()) if block.language == "python"]
    assert len(code) == 4
    assert sum(any(start in text for start in LONG) for text in code) == len(LONG)

    def chosen(text):
        return whole or not any(start in text for start in LONG)

    printed = "".join(said for _, said in blocks.run(page, chosen)).splitlines()
    np.testing.assert_allclose(float(printed[0]), 1.0933672, atol=1e-7)
    np.testing.assert_allclose(float(printed[1]), 1.9772526, atol=1e-7)


def test_readme_commands_are_single_lines():
    found = re.findall(r"```\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    setup = [block for block in found if "venv" in block]
    assert [block.count("\n") for block in setup] == [1, 1]
    assert "tlsjax reproduce" in setup[0]
    assert "pytest" in setup[1]


def test_commands_of_all_pages_are_understood(monkeypatch, tmp_path):
    (options,) = re.findall(
        r"```toml\n(.*?)```", (DOCS / "howto/junction.md").read_text(), re.DOTALL
    )
    (tmp_path / "junction.toml").write_text(options)
    monkeypatch.chdir(tmp_path)
    found = [(page, words) for page in PAGES for words in blocks.commands(page.read_text())]
    assert len(found) > 40
    for page, words in found:
        assert words[0] in commands.COMMANDS, (page, words)
        commands.parse(words)
    with pytest.raises(ValueError, match="--splitings"):
        commands.parse(["tc", "--splitings", "glass:Ec=3"])


# Commands that take seconds; spectra, fits and scans are tested elsewhere.
CHEAP = ("tc", "gap", "induced-tc", "thermo", "lambda")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_cheap_commands_of_all_pages_run(monkeypatch, tmp_path, capsys):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    # Files that stand for a reader's own.
    (tmp_path / "nb.csv").write_text("T_K,Delta_meV\n2.0,1.52\n4.0,1.49\n6.0,1.33\n")
    E = np.linspace(0.1, 10.0, 60)
    lead = np.column_stack([E, np.exp(-((E - 4.4) ** 2))])
    np.savetxt(tmp_path / "lead.csv", lead, delimiter=",", header="E_meV,alpha2F", comments="")
    found = {tuple(words) for page in PAGES for words in blocks.commands(page.read_text())}
    run = sorted(words for words in found if words[0] in CHEAP)
    assert len(run) > 5
    for words in run:
        assert main([*words, *(["--force"] if "--out" in words else [])]) == 0, words
        assert capsys.readouterr().out


def test_the_page_of_the_command_line_has_all_commands():
    text = commands.reference()
    for name in commands.COMMANDS:
        assert f"### tlsjax {name}\n\n```text\nusage: tlsjax {name} " in text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Tc = 1.0934 K", "Tc = 1.0970 K"),
        ("Tc = 1.0934 K", "T = 1.0934 K"),
        ("one\ntwo", "one"),
        ("one", "one\ntwo"),
        ("one\ntwo\nthree", "one\n...\nfour"),
        ("1e-9", "3e-9"),
        ("5 points", "6 points"),
        ("[1.  2.]", "[2.  2.]"),
    ],
)
def test_other_outputs_are_seen(said, shown):
    assert blocks.differences(said, shown)


def test_equal_outputs_are_equal():
    assert not blocks.differences("[1.0934   2.]\nK\n", "[1.0935 2.]\nK")
    assert not blocks.differences("one\ntwo\nthree\nfour", "one\n...\nfour")
    assert not blocks.differences("one\ntwo\nthree", "one\n...")


# The table of equations.


def test_equations_and_names_in_both_directions():
    known, references = table.read()
    of_equations = {name for equation in known.values() for name in equation.names}
    assert of_equations | set(references) == set(NAMES)
    assert all(equation.names and equation.title for equation in known.values())
    theory = table.in_theory((DOCS / "theory.md").read_text(), known)
    assert r"\label" not in theory
    pages = {path: path.read_text() for path in (DOCS / "api").glob("*.md")}
    made = {
        name: table.in_reference(text, f"api/{path.name}", known, references)
        for path, text in pages.items()
        for name in table.names_on(text)
    }
    for equation in known.values():
        assert f'id="eq-{equation.label}"' in theory
        for name in equation.names:
            assert f"{equation.title}: " in theory
            assert f"[`{name}`][tlsjax.{name}]" in theory
            assert f"(../theory.md#eq-{equation.label})" in made[name]


def test_every_public_name_has_one_page_and_an_example():
    texts = [path.read_text() for path in (DOCS / "api").glob("*.md")]
    found = [name for text in texts for name in table.names_on(text)]
    assert sorted(found) == NAMES
    for text in texts:
        code = "".join(block.text for block in blocks.of_page(text) if block.language == "python")
        for name in table.names_on(text):
            value = getattr(tls, name)
            own = "" if isinstance(value, float | tls.Metal) else inspect.getdoc(value) or ""
            use = rf"\b(tls\.)?{name}\b"
            examples = "\n".join(re.findall(r"^(?:>>>|\.\.\.) (.*)$", own, re.MULTILINE))
            assert re.search(use, examples) or re.search(rf"\btls\.{name}\b", code), name


def test_references_to_equations_are_known():
    known, _ = table.read()
    for page in PAGES:
        for label in re.findall(r"\\eqref\{([^}]*)\}", page.read_text()):
            assert label in known, (page, label)


@pytest.mark.slow
def test_equations_of_the_page_hold_for_a_spectrum():
    """Those of the self energy's imaginary part and of the gap over the spectrum, as printed there:
    neither is what is iterated."""
    T, T_tls, alpha, Ec = 0.3, 1.5, 0.7, 3.0
    ensemble = tls.TLSEnsemble(alpha, tls.Glass(Ec))
    spectrum = tls.solve_spectrum(ensemble, T, tls.EffectiveTemperature(T_tls)).check()
    x, weights = np.polynomial.legendre.leggauss(400)
    E, p = (x + 1) * Ec / 2, weights / 2
    difference = np.tanh(E / (2 * T_tls))
    ground, excited = (1 + difference) / 2, (1 - difference) / 2

    def fermi(energy):
        return 1 / (np.exp(energy / T) + 1)

    for energy in (0.4, 2.5, 4.0):
        below, above = energy - E, energy + E
        up = (ground - difference * fermi(below)) * np.asarray(spectrum.dos(below))
        down = (excited + difference * fermi(above)) * np.asarray(spectrum.dos(above))
        rate = np.pi * alpha * np.sum(p * (up + down))
        assert rate == pytest.approx(-complex(spectrum.sigma_epsilon(energy)).imag, rel=1e-7)
    nodes, weights = np.asarray(spectrum.energy), np.asarray(spectrum.energy_weights)
    gap, pairs = float(spectrum.order_parameter), np.asarray(spectrum.at_nodes.f.imag)
    integral = weights @ (np.tanh(nodes / (2 * T)) * (pairs - gap / nodes))
    assert integral == pytest.approx(gap * np.log(T), rel=1e-5)


# Links. Anchors of headings are checked where the site is built.


def test_links_between_pages_lead_somewhere():
    generated = {DOCS / "notebooks" / f"{path.stem}.md" for path in rendered.NOTEBOOKS.iterdir()}
    count = 0
    for page in PAGES:
        # Code and mathematics are no text.
        text = re.sub(r"```.*?```|\$\$.*?\$\$", "", page.read_text(), flags=re.DOTALL)
        text = re.sub(r"^    .*$|\$[^$\n]*\$", "", text, flags=re.MULTILINE)
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if not re.match(r"[a-z]+:", target):
                count += 1
                place = (page.parent / target).resolve()
                assert place.exists() or place in generated, (page, target)
    assert count > 50


# What was made once and is kept.


@pytest.mark.parametrize("path", sorted(rendered.NOTEBOOKS.glob("*.ipynb")), ids=lambda p: p.stem)
def test_kept_outputs_are_those_of_the_notebook(path):
    kept = rendered.kept(path.stem)
    assert kept["digest"] == rendered.digest(path), "run tools/docs/rendered.py on it"
    for picture in rendered.pictures(kept):
        file = rendered.OUTPUTS / picture
        assert file.stat().st_size < 150_000
    assert rendered.page(path.stem).count("![") == len(rendered.pictures(kept)) > 0


def test_benchmarks_keep_what_they_print(monkeypatch, tmp_path, capsys):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import results

    monkeypatch.setattr(results, "FOLDER", tmp_path)
    monkeypatch.setattr(sys, "argv", ["any.py", "--save", "part"])
    with results.recorded("any.txt"):
        print("a table   ")
    assert sys.argv == ["any.py", "part"]
    assert capsys.readouterr().out == "a table   \n"
    first, *rest = (tmp_path / "any.txt").read_text().splitlines()
    assert re.match(r"\d{4}-\d\d-\d\d, JAX .* load ", first)
    assert rest == ["", "a table"]
    with results.recorded("other.txt"):
        print("not kept")
    assert [path.name for path in tmp_path.iterdir()] == ["any.txt"]


def test_no_page_has_marks_of_a_merge():
    for page in [*PAGES, ROOT / "CHANGELOG.md"]:
        assert not re.search(r"^(<<<<<<<|=======|>>>>>>>)", page.read_text(), re.MULTILINE), page


def test_citation_is_of_this_version():
    text = (ROOT / "CITATION.cff").read_text()
    assert text.startswith("cff-version: 1.2.0\n")
    assert f"\nversion: {tls.__version__}\n" in text
    for key in ("message", "title", "authors", "license", "preferred-citation"):
        assert f"\n{key}:" in text
    assert "arXiv:2503.15862" in text
