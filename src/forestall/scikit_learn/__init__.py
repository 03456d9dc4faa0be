"""Forestall within scikit-learn: a transformer of moments, a splitter forward in time, and labelled moments."""

from forestall.scikit_learn.feature_table import FeatureTable
from forestall.scikit_learn.labels_of_moments import LabelledMoments, labelled_moments
from forestall.scikit_learn.time_split import TimeSplit

__all__ = ["FeatureTable", "LabelledMoments", "TimeSplit", "labelled_moments"]
