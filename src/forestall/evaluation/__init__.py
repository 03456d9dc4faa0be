"""How good a model is on rows that it has not learnt from.

`metrics` holds the statistics, `questions` one file for each question that an evaluation answers.
"""

from forestall.evaluation.evaluation import Baseline, Evaluation, evaluate

__all__ = ["Baseline", "Evaluation", "evaluate"]
