"""Features at a moment: six families, each declared in a file of its own."""

from forestall.features.catalogue import FAMILIES, columns_of, context_family, dictionary
from forestall.features.family import Family, Feature
from forestall.features.standards import Standards
from forestall.features.table import feature_table

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
