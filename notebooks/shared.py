"""What the notebooks share: the folder they work in, the model of the quickstart, and the look of their pictures."""

from __future__ import annotations

import logging
import os
import warnings
from pathlib import Path

import plotly.graph_objects as go
import plotly.io as pio
import polars as pl

BLUE, ORANGE, GREEN, PURPLE, RED = "#0b5cad", "#a65200", "#17734f", "#7d3fa6", "#b3261e"
INK, QUIET, GRID, BAND = "#1b2430", "#6b7683", "#e6e9ee", "rgba(11, 92, 173, 0.15)"
BAND_COLOURS = {"low": GREEN, "medium": "#b97a00", "high": "#d4572a", "critical": RED}
MODEL = Path(__file__).resolve().parent / "quickstart-model"


def workshop() -> Path:
    """Go to the folder that the notebooks work in and return it; set up MLflow, tables and pictures.

    It is `notebooks/workshop`, or the folder that the environment variable FORESTALL_WORKSHOP names. Runs and registry
    are in it too.
    """
    folder = Path(os.environ.get("FORESTALL_WORKSHOP", MODEL.with_name("workshop"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)  # MLflow writes its files into the folder one works in
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
    for name in ("mlflow", "alembic"):  # how a registry is laid out is of no interest here
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", "IProgress not found")  # MLflow's bars need no widgets
    pl.Config(tbl_hide_column_data_types=True, tbl_hide_dataframe_shape=True, tbl_width_chars=140)
    pl.Config(fmt_str_lengths=90, float_precision=3)
    pio.templates["forestall"] = _template()
    pio.templates.default = "forestall"
    # the first for JupyterLab and VS Code; the second also draws in an HTML page without a network
    pio.renderers.default = "plotly_mimetype+notebook"
    return folder


def quickstart() -> tuple[Path, str]:
    """Return the data folder and the model's address that 01-quickstart has left in the workshop."""
    folder = workshop()
    data = folder / "past"
    if not (folder / "mlflow.db").exists() or not data.exists():
        raise FileNotFoundError("this notebook needs the model of 01-quickstart.ipynb: run that one first")
    return data, "models:/quickstart-risk@champion"


def picture(title: str, subtitle: str, *, x: str = "", y: str = "", **layout: object) -> go.Figure:
    """Return an empty figure with a title, a line below it and the titles of its axes."""
    figure = go.Figure()
    figure.update_layout(title={"text": title, "subtitle": {"text": subtitle}}, **layout)
    figure.update_xaxes(title=x)
    figure.update_yaxes(title=y)
    return figure


def _template() -> go.layout.Template:
    axis = {
        "gridcolor": GRID,
        "linecolor": "#c9d0d9",
        "zeroline": False,
        "automargin": True,
        "title": {"font": {"size": 13}},
    }
    return go.layout.Template(
        layout={
            "font": {"family": "system-ui, sans-serif", "size": 13, "color": INK},
            "title": {"x": 0, "xref": "paper", "font": {"size": 18}, "subtitle": {"font": {"color": QUIET}}},
            "colorway": [BLUE, ORANGE, GREEN, PURPLE, RED],
            "paper_bgcolor": "white",
            "plot_bgcolor": "white",
            "height": 460,
            "margin": {"l": 60, "r": 30, "t": 90, "b": 60},
            "xaxis": axis,
            "yaxis": axis,
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 1, "xanchor": "right"},
            "hoverlabel": {"bgcolor": "white", "font": {"color": INK}},
        }
    )
