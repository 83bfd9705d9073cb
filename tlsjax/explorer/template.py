"""The page's HTML: where things stand, on a wide window and on a telephone, by day and by night.

Everything in it comes from this computer: no fonts, scripts or styles of anybody else's.
"""

# Panel's and Bokeh's widgets and pictures take their colours from these custom properties.
_STYLE = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1d2329; --soft: #59636e; --card: #f5f6f8; --rule: #d5dae0;
  --accent: #0b6aa8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181c; --ink: #e8ebee; --soft: #a4adb7; --card: #1f2429; --rule: #3a424b;
    --accent: #6db7e8;
  }
}
:root {
  --design-background-color: var(--paper); --design-background-text-color: var(--ink);
  --design-surface-color: var(--card); --design-surface-text-color: var(--ink);
  --design-primary-color: var(--accent); --design-primary-text-color: var(--paper);
  --panel-border-color: var(--rule); --border-color: var(--rule);
  --bk-background-fill-color: var(--card); --bk-border-fill-color: var(--card);
  --bk-outline-line-color: var(--rule); --bk-grid-line-color: var(--rule);
  --bk-axis-line-color: var(--soft);
  --bk-major-tick-line-color: var(--soft); --bk-minor-tick-line-color: var(--soft);
  --bk-axis-label-text-color: var(--ink); --bk-major-label-text-color: var(--ink);
  --bk-label-text-color: var(--ink); --bk-title-text-color: var(--ink);
  --bk-text-color: var(--ink);
}
body { background: var(--paper); color: var(--ink); margin: 0;
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
header { padding: 0.7rem 1rem 0.2rem; }
h1 { font-size: 1.25rem; margin: 0; }
header p { margin: 0.1rem 0 0; color: var(--soft); }
main { display: grid; grid-template-columns: 300px minmax(0, 1fr); gap: 0.8rem;
  padding: 0.6rem 1rem; }
main > * { min-width: 0; }
@media (max-width: 820px) {
  main { grid-template-columns: minmax(0, 1fr); padding: 0.4rem; }
  header { padding: 0.5rem 0.6rem 0; }
}
"""

PAGE = (
    """
{% extends base %}
{% block postamble %}
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>"""
    + _STYLE
    + """</style>
{% endblock %}
{% block contents %}
<header>
  <h1>tlsjax explore</h1>
  <p>Two-level systems in a superconductor: what they do to T<sub>c</sub>, Δ(T), N(ε), σ and
  R<sub>s</sub>. Energies in k<sub>B</sub>T<sub>c0</sub> of the clean host.</p>
</header>
<main>
  <section aria-label="Parameters">{{ embed(roots.controls) }}</section>
  <section aria-label="Results">
    {{ embed(roots.status) }}
    {{ embed(roots.numbers) }}
    {{ embed(roots.pictures) }}
    {{ embed(roots.further) }}
  </section>
</main>
{% endblock %}
"""
)
# For what lies behind a shadow root, which the styles above do not reach.
READOUTS = """
:host { margin: 0; color: var(--ink); }
.numbers { display: grid; gap: 0.5rem;
  grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); }
.numbers div { background: var(--card); border: 1px solid var(--rule); border-radius: 6px;
  padding: 0.35rem 0.6rem; }
.numbers dt, .numbers small { color: var(--soft); font-size: 0.8rem; display: block; }
.numbers output small { display: inline; }
.numbers output { font-size: 1.1rem; font-variant-numeric: tabular-nums; }
.status { border-left: 4px solid var(--accent); background: var(--card); padding: 0.4rem 0.7rem;
  margin-bottom: 0.5rem; min-height: 1.4em; }
.trouble { border-left-color: #D55E00; }
pre { background: var(--paper); border: 1px solid var(--rule); padding: 0.5rem; overflow-x: auto;
  font-size: 0.78rem; margin: 0.2rem 0 0.6rem; white-space: pre; user-select: all; }
h3 { margin: 0.3rem 0 0; font-size: 0.95rem; }
p { margin: 0.2rem 0; }
"""
# Tracks of sliders, arrows of lists and the place for a file, which are white otherwise.
WIDGETS = """
.noUi-target { background: var(--rule); border-color: var(--rule); box-shadow: none; }
.noUi-connect { background: var(--accent); }
.noUi-handle:focus-visible { outline: 3px solid var(--accent); }
.filepond--root.bk-input, .filepond--drop-label, .filepond--panel-root, .filepond--panel > * {
  background-color: var(--paper) !important; }
.filepond--root { border: 1px dashed var(--soft); border-radius: 6px; margin: 0; }
.filepond--file { color: var(--ink); }
.filepond--drop-label, .filepond--drop-label label { color: var(--ink) !important;
  font-size: 0.85rem; }
@media (prefers-color-scheme: dark) {
  select.bk-input { background-image: linear-gradient(45deg, transparent 50%, var(--ink) 50%),
    linear-gradient(-45deg, transparent 50%, var(--ink) 50%);
    background-size: 6px 6px; background-repeat: no-repeat;
    background-position: right 14px center, right 8px center; }
}
"""
# Two pictures in a row where there is room.
PICTURES = """
:host { display: grid !important; gap: 0.7rem; margin: 0.6rem 0 0;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); }
"""
