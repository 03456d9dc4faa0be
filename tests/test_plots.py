"""Plots: each is a Plotly figure with what it was given, and with titles and axes that can be read."""

import numpy as np
import pytest

import forestall
from forestall import plots
from forestall.errors import InputError, UsageError
from forestall.registry import load
from workshop import Work

RNG = np.random.default_rng(0)
RISK = RNG.uniform(size=400)
Y = (RNG.uniform(size=400) < RISK).astype(int)


@pytest.mark.parametrize(
    ("plot", "title"),
    [(plots.calibration, "Calibration curve"), (plots.gains, "Cumulative gains"), (plots.roc, "ROC curve")],
)
def test_a_plot_of_risks_is_a_figure_of_the_report(plot, title):
    figure = plot(Y, RISK, np.ones(400))
    assert title in figure.layout.title.text
    assert figure.layout.xaxis.title.text
    assert "--" not in figure.to_json()  # colours, not names of style variables
    assert len(figure.data) >= 2


def test_the_gains_of_baselines_stand_beside():
    assert len(plots.gains(Y, RISK, others={"rule": RISK[::-1]}).data) == len(plots.gains(Y, RISK).data) + 1
    with pytest.raises(UsageError, match="others has no line 'rul', did you mean 'rule'"):
        plots.gains(Y, RISK, others={"rul": RISK})


def test_wrong_rows_are_refused():
    with pytest.raises(InputError, match="of the same length"):
        plots.calibration(Y, RISK[1:])
    with pytest.raises(InputError, match="labels of both kinds"):
        plots.roc(np.ones(400), RISK)
    with pytest.raises(InputError, match="labels 0 or 1"):
        plots.calibration(Y + 1, RISK)
    with pytest.raises(InputError, match="leave out rows for which a model abstained"):
        plots.roc(Y, [None, *RISK[1:]])
    with pytest.raises(InputError, match="risk must be a number from 0 to 1"):
        plots.calibration(Y, RISK * 100)
    with pytest.raises(InputError, match="must be numbers"):
        plots.calibration(["a"] * 400, RISK)
    with pytest.raises(InputError, match="sample_weight must be above 0"):
        plots.calibration(Y, RISK, np.zeros(400))
    with pytest.raises(InputError, match="sample_weight must be of 400 weights"):
        plots.gains(Y, RISK, np.ones(3))


def test_plots_of_a_model(work: Work):
    model, tables = load(work.champion, work.tracking_uri), forestall.read_tables(work.data)
    moments = forestall.default_moments(tables).head(60)
    bars = plots.importance(model, tables, moments).data[0]
    assert bars.type == "bar"
    assert max(bars.x) > 0
    name = tables.interactions["interaction_id"][0]
    line = plots.risk_over_time(model, tables, name).data[0]
    times = tables.events.filter(tables.events["interaction_id"] == name)["at"].n_unique()
    assert len(line.x) == min(times, 50)
    assert all(0 < risk < 1 for risk in line.y)
    with pytest.raises(InputError, match="interaction_id of the tables"):
        plots.risk_over_time(model, tables, "none of them")
