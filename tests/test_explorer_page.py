"""The explorer's page in a real browser: sliders are moved, numbers are read and compared."""

import asyncio
import csv
import http.client
import io
import json
import os
import re
import shlex
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tlsjax as tls
from tlsjax.explorer.state import State
from tlsjax.explorer.steps import DONE

pn = pytest.importorskip("panel")
sync_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = Path(os.environ.get("TLSJAX_CHROMIUM", "/usr/bin/chromium"))
# It talks to the page and to nobody else.
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
# Programs compile in the meantime, on a busy machine.
PATIENCE = 1e3 * 200
LONG = 5 * PATIENCE

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM} (apt-get install chromium)"
)


class Served:
    """The page's server and worker in threads of this process, for one test."""

    def __init__(self, quality, microwaves):
        self.quality, self.microwaves = quality, microwaves
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        from tlsjax.explorer.server import make_server
        from tlsjax.explorer.worker import Worker

        asyncio.set_event_loop(asyncio.new_event_loop())
        self.worker = Worker()
        self.server = make_server(0, self.worker, self.quality, self.microwaves)
        self.server.start()
        self.url = f"http://127.0.0.1:{self.server.port}/"
        self._ready.set()
        self.server.io_loop.start()
        self.server.stop()
        self.server.io_loop.close()

    def status_for(self, origin):
        """HTTP status of the websocket for a page from ``origin``."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        headers = {"Origin": origin, "Upgrade": "websocket", "Connection": "Upgrade"}
        headers |= {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        connection.request("GET", "/ws", headers=headers)
        status = connection.getresponse().status
        connection.close()
        return status

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *_):
        self.worker.stop()
        self.server.io_loop.add_callback(self.server.io_loop.stop)
        self._thread.join(30)


@pytest.fixture(scope="module")
def browser():
    sync_api.expect.set_options(timeout=PATIENCE)
    with sync_api.sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield one
        one.close()


class Tab:
    """An open page, with what it asked for and what its console said."""

    def __init__(self, browser, url, width=1280, theme="light"):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, accept_downloads=True
        )
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.requests, self.trouble = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.goto(url)
        self.context = context

    def number(self, name):
        """A number of the page with all its digits."""
        return float(self.page.locator(f"#{name}").get_attribute("data-value"))

    def wait_for(self, name, wanted, tolerance=1e-9):
        """Until a number of the page is this one."""
        import time

        end = time.monotonic() + PATIENCE / 1e3
        while abs(self.number(name) - wanted) > tolerance * abs(wanted):
            found = self.number(name), self.status()
            assert time.monotonic() < end, f"{name} is {found}, not {wanted}"
            self.page.wait_for_timeout(100)

    def status(self):
        return self.page.locator("#status").inner_text()

    def brightness(self, selector):
        """Of a background, 0 to 255."""
        colour = self.page.locator(selector).evaluate("e => getComputedStyle(e).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3

    def corner(self, element):
        """Brightness of the picture's first pixel, as it is painted."""
        image = Image.open(io.BytesIO(element.screenshot()))
        return sum(image.convert("RGB").getpixel((2, 2))) / 3

    def is_readable_at_night(self):
        """400 pixels wide: one column that fits, and dark pictures."""
        left, right = (self.page.locator("section").nth(k) for k in (0, 1))
        # The window has its new width before the page has.
        sync_api.expect(left).not_to_have_css("width", "300px")
        left, right = left.bounding_box(), right.bounding_box()
        assert right["y"] >= left["y"] + left["height"]
        assert self.page.evaluate("document.documentElement.scrollWidth") <= 400
        assert self.brightness("body") < 60
        canvas = self.page.locator(".bk-Canvas").first
        canvas.scroll_into_view_if_needed()
        assert self.corner(canvas) < 60

    def press(self, name, key, times=1):
        """Move a slider by its keys."""
        handle = self.page.locator(f".slider-{name} .noUi-handle")
        # One of a distribution that was just chosen appears after the server's answer.
        handle.wait_for()
        handle.focus()
        for _ in range(times):
            self.page.keyboard.press(key)


def superconductor(state):
    """The same from the public names alone."""
    (one,) = state.impurities
    ensemble = tls.TLSEnsemble(one.alpha, tls.Glass(*one.numbers))
    host = tls.WeakCouplingHost(1.0, state.host().gap_ratio)
    return tls.Superconductor((ensemble,), host, tls.Scattering(dynes=1e-14))


def test_sliders_move_the_numbers(browser, tmp_path):
    """With few panels in both answers, so that one set of programs is compiled."""
    quick = 16
    state = State()
    moved = State(type(state.first).of("glass", state.first.alpha + 0.03))
    # Before there is a browser, which would draw nothing sixty times a second while they compile.
    first, Tc = (float(tls.critical_temperature(superconductor(one))) for one in (state, moved))
    population = tls.EffectiveTemperature(moved.T_tls)
    hot = tls.solve_spectrum(superconductor(moved), moved.T, population, panels=quick)
    with Served((quick, quick), False) as served:
        tab = Tab(browser, served.url)
        page = tab.page
        page.locator("#Tc").wait_for()
        tab.wait_for("Tc", first)
        page.locator("#edge_hot").wait_for()
        tab.press("alpha-1", "ArrowRight", 3)
        tab.wait_for("Tc", Tc)
        tab.wait_for("Delta_hot", float(hot.order_parameter))
        assert tab.number("Delta") == pytest.approx(tab.number("Delta_hot"), rel=0.2)
        sync_api.expect(page.locator("#python")).to_contain_text("alpha=0.53")
        # Nothing comes from anywhere else.
        assert len(tab.requests) > 5
        assert all(url.startswith((served.url, "data:", "blob:")) for url in tab.requests)
        # And a page of somebody else's gets no connection.
        assert served.status_for("http://example.org") == 403
        # A file, and one that is none.
        good, bad = tmp_path / "gap.csv", tmp_path / "bad.csv"
        good.write_text("T,Delta\n2,1.4\n5,1.3\n")
        bad.write_text("no numbers")
        page.locator(".measured-file input[type=file]").set_input_files(good)
        sync_api.expect(page.locator("#file-status")).to_contain_text("gap.csv: 2 points")
        page.locator(".measured-file input[type=file]").set_input_files(bad)
        sync_api.expect(page.locator("#file-status")).to_contain_text("a table with numbers")
        sync_api.expect(page.locator("#status")).to_contain_text(DONE)
        # By night, on a telephone.
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 400, "height": 900})
        tab.is_readable_at_night()
        assert tab.trouble == []
        tab.context.close()


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_everything_with_good_answers(browser, tmp_path):
    """Both distributions, sigma and R_s, files, and what the page gives to go on with."""
    with Served((32, 80), True) as served:
        tab = Tab(browser, served.url)
        page = tab.page
        status = page.locator("#status")
        page.locator("#Tc").wait_for()
        sync_api.expect(status).to_contain_text(DONE, timeout=LONG)
        state = State()
        model = superconductor(state)
        for name, population in (
            ("edge_equilibrium", tls.Thermal()),
            ("edge_hot", tls.EffectiveTemperature(state.T_tls)),
        ):
            spectrum = tls.solve_spectrum(model, state.T, population)
            assert tab.number(name) == pytest.approx(float(spectrum.gap_edge), rel=1e-6)
        # R_s by the public function: a mean free path so short that the metal is dirty and local.
        metal = tls.Material(lambda_L0=40.0, mean_free_path=1e-3, xi0=40.0, unit=state.Tc0)
        factor = np.sqrt(1e-8 * state.resistivity / float(metal.resistivity(model)))
        Z = tls.surface_impedance(spectrum, state.frequency, metal, surface="local")
        assert tab.number("R_s_hot") == pytest.approx(factor * float(Z.real), rel=1e-3)
        # The program of the page prints the page's numbers.
        with page.expect_download() as download:
            page.get_by_text("Go on elsewhere").click()
            page.get_by_text("Python program").click()
        program = Path(download.value.path()).read_text()
        assert program == page.locator("#python").text_content()
        found = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout
        numbers = [float(text) for text in re.findall(r"= ([-+.\de]+)", found)]
        wanted = [tab.number(n) for n in ("Tc", "Delta", "edge_equilibrium", "R_s")]
        wanted += [tab.number(n) for n in ("Delta_hot", "edge_hot", "R_s_hot")]
        np.testing.assert_allclose(numbers, wanted, rtol=2e-4)
        with page.expect_download() as download:
            page.get_by_text("CSV of all curves").click()
        rows = list(csv.reader(Path(download.value.path()).read_text().splitlines()[1:]))
        drawn = {tuple(row[:2]) for row in rows[1:]}
        for picture in ("dos", "over_normal"):
            assert {(picture, n) for n in ("clean", "equilibrium", "at T_tls")} <= drawn
        assert ("R_s", "at T_tls") in drawn
        # A large file is refused before it is sent.
        large = tmp_path / "large.csv"
        large.write_bytes(b"1,2\n" * 10**6)
        page.locator(".measured-file input[type=file]").set_input_files(large)
        page.get_by_text("File is too large", exact=True).wait_for()
        # A junction's points, and its curve.
        sweep = tmp_path / "sweep.csv"
        sweep.write_text(
            "bias_mV,dIdV\n" + "".join(f"{v / 4},{1 + v % 2}\n" for v in range(-20, 21))
        )
        page.locator(".measured-kind select").select_option("dI/dV of a junction")
        page.locator(".measured-file input[type=file]").set_input_files(sweep)
        sync_api.expect(page.locator("#file-status")).to_contain_text("sweep.csv: 41 points")
        sync_api.expect(status).to_contain_text(DONE, timeout=LONG)
        with page.expect_download() as download:
            page.get_by_text("CSV of all curves").click()
        text = Path(download.value.path()).read_text()
        assert "dos,dI/dV at T_tls," in text
        assert "dos,measured," in text
        # A second distribution is another program; the first curves wait for it, in words.
        page.locator(".kind-2 select").select_option("lorentzian")
        sync_api.expect(status).to_contain_text("for glass and lorentzian")
        second = tls.TLSEnsemble(0.5, tls.Lorentzian(1.0, 0.1))
        both = tls.Superconductor((*model.impurities, second), model.host, model.scattering)
        tab.wait_for("Tc", float(tls.critical_temperature(both)))
        # What is no density is refused in words, and the page goes on.
        page.locator(".kind-2 select").select_option("none")
        page.locator(".kind-1 select").select_option("modified-wipf-neumaier")
        tab.press("J-1", "ArrowRight", 4)
        sync_api.expect(status).to_contain_text("Argument `sigma` must be")
        assert tab.trouble == []
        tab.context.close()


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_host_of_a_file(browser, tmp_path):
    """A table of alpha^2F: its Tc is the unit, and what the page exports gives its numbers."""
    E = np.linspace(1.0, 20.0, 12)
    table = tmp_path / "host.csv"
    rows = zip(E, 0.9 * np.exp(-(((E - 10.0) / 4.0) ** 2)), strict=True)
    table.write_text("energy,alpha2F\n" + "".join(f"{x:.4f},{y:.5f}\n" for x, y in rows))
    with Served((32, 80), True) as served:
        tab = Tab(browser, served.url, 400, "dark")
        page = tab.page
        page.locator("#Tc").wait_for()
        tab.is_readable_at_night()
        status = page.locator("#status")
        kinds = page.locator(".host-kind select")
        kinds.select_option(index=1)
        sync_api.expect(status).to_contain_text("Drop a table of")
        bad = tmp_path / "bad.csv"
        bad.write_text("3,1\n1,2\n2,2\n")
        said = page.locator("#host-status")
        page.locator(".host-file input[type=file]").set_input_files(bad)
        sync_api.expect(said).to_contain_text("ascending energies")
        page.locator(".host-file input[type=file]").set_input_files(table)
        clean = tls.StrongCouplingHost.read(table, 0.1)
        Tc0 = float(tls.critical_temperature(tls.Superconductor(host=clean)))
        kelvin = tls.units.convert(Tc0, "meV", "K")
        sync_api.expect(said).to_contain_text(f"its own Tc is {kelvin:.4g} K")
        sync_api.expect(page.locator(".slider-gap_ratio")).not_to_be_visible()
        tab.press("mu_star", "ArrowRight", 20)
        sync_api.expect(said).to_contain_text("with µ* = 0.12")
        sync_api.expect(status).to_contain_text(DONE, timeout=LONG)
        program = page.locator("#python").text_content()
        found = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program],
            capture_output=True, text=True, check=True, cwd=tmp_path,
        ).stdout  # fmt: skip
        numbers = [float(text) for text in re.findall(r"= ([-+.\de]+)", found)]
        wanted = [tab.number(n) for n in ("Tc", "Delta", "edge_equilibrium", "R_s")]
        wanted += [tab.number(n) for n in ("Delta_hot", "edge_hot", "R_s_hot")]
        np.testing.assert_allclose(numbers, wanted, rtol=3e-4)
        # The command has 160 panels, and meV.
        line = page.locator("#commands").text_content().splitlines()[3]
        arguments = [sys.executable, "-m", *shlex.split(line), "--json"]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True, cwd=tmp_path)
        assert "0.12" in line
        spectra = json.loads(done.stdout)
        unit = tls.units.convert(float(re.search(r"Tc0 \(([\d.]+) K\)", program)[1]), "K", "meV")
        edge = spectra["gap_edge_meV"] / unit
        assert edge == pytest.approx(tab.number("edge_hot"), rel=1e-4)
        # And none.
        kinds.select_option(index=2)
        sync_api.expect(page.locator("#commands")).to_contain_text("--host none", timeout=LONG)
        assert "tls.NoHost()" in page.locator("#python").text_content()
        assert tab.trouble == []
        tab.context.close()
