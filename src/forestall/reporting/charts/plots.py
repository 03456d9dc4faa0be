"""Pictures of an evaluation as files, for a run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from forestall.evaluation.evaluation import Evaluation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABELS = {
    "risk": "the model",
    "logistic": "logistic regression",
    "rule": "standard breached or unresolved",
    "wait": "waiting time alone",
    "base_rate": "base rate",
}
_COLOURS = {"risk": "#0b5cad", "logistic": "#b35900", "rule": "#1a7f5a", "wait": "#8a4bb0"}


def plots(evaluation: Evaluation) -> dict[str, Figure]:
    """Return the pictures `lift`, `reliability`, `roc` and `stages`, by name; those that are defined."""
    curves = evaluation.curves
    drawn: dict[str, Figure] = {}
    if curves.capture:
        drawn["lift"] = _capture(evaluation)
    if curves.reliability:
        drawn["reliability"] = _reliability(evaluation)
    if curves.roc:
        drawn["roc"] = _roc(evaluation)
    if any(not math.isnan(cell.auc) for cell in evaluation.stages):
        drawn["stages"] = _stages(evaluation)
    return drawn


def _figure(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    # a figure of its own, so that pyplot keeps no state
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(6.4, 4.6), layout="constrained", dpi=130)
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    return figure, axes


def _capture(evaluation: Evaluation) -> Figure:
    points = evaluation.curves.capture
    figure, axes = _figure(
        "Whom contacting the riskiest reaches", "share contacted", "share of all dissatisfied"
    )
    for name, colour in _COLOURS.items():
        if name in points:
            width = 2.4 if name == "risk" else 1.2
            axes.plot(points["share"], points[name], color=colour, lw=width, label=LABELS[name])
    axes.plot([0, 1], [0, 1], color="0.5", lw=1, ls="--", label="at random")
    axes.legend(frameon=False, loc="lower right")
    return figure


def _reliability(evaluation: Evaluation) -> Figure:
    points = evaluation.curves.reliability
    figure, axes = _figure("Whether the risks are right", "mean risk", "share of dissatisfied")
    top = max(*points["risk"], *points["rate"], *points["high"]) * 1.05
    axes.plot([0, top], [0, top], color="0.5", lw=1, ls="--", label="exactly right")
    axes.fill_between(
        points["risk"],
        points["low"],
        points["high"],
        color="0.6",
        alpha=0.3,
        lw=0,
        label="what chance allows (95 %)",
    )
    axes.plot(points["risk"], points["rate"], "o-", color=_COLOURS["risk"], label="the model, 15 bins")
    axes.legend(frameon=False, loc="upper left")
    return figure


def _roc(evaluation: Evaluation) -> Figure:
    points = evaluation.curves.roc
    figure, axes = _figure(
        f"How well the risks rank: AUC {evaluation.overall['auc']:.3f}", "false alarms", "dissatisfied caught"
    )
    axes.plot(points["false_alarms"], points["caught"], color=_COLOURS["risk"], lw=2.4)
    axes.plot([0, 1], [0, 1], color="0.5", lw=1, ls="--")
    return figure


def _stages(evaluation: Evaluation) -> Figure:
    cells = [cell for cell in evaluation.stages if not math.isnan(cell.auc)]
    figure, axes = _figure("How early it is right", "stage of the interaction", "AUC")
    names = [cell.name.replace("_", " ") for cell in cells]
    axes.plot(names, [cell.auc for cell in cells], "o-", color=_COLOURS["risk"])
    for name, cell in zip(names, cells, strict=True):
        axes.annotate(
            f"{cell.auc:.2f}", (name, cell.auc), textcoords="offset points", xytext=(0, 7), ha="center"
        )
    axes.axhline(0.5, color="0.5", lw=1, ls="--")
    axes.tick_params(axis="x", labelrotation=20)
    axes.margins(y=0.2)
    return figure
