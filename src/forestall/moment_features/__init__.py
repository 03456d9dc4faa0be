"""Features at a moment: six families, each declared in a file of its own."""

from forestall.moment_features.catalogue import FAMILIES, columns_of, context_family, dictionary
from forestall.moment_features.family import Family, Feature
from forestall.moment_features.standards import Standards
from forestall.moment_features.table import feature_table

__all__ = [
    "FAMILIES",
    "Family",
    "Feature",
    "Standards",
    "columns_of",
    "context_family",
    "dictionary",
    "feature_table",
]
