"""How good a model is on rows that it has not seen: `metrics` holds the statistics, `questions` what is asked."""

from forestall.evaluation.evaluation import Baseline, Evaluation, evaluate

__all__ = ["Baseline", "Evaluation", "evaluate"]
