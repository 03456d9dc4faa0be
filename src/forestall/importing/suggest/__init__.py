"""Suggestions: a commented mapping file and a first model for tables that were never seen."""

from forestall.importing.suggest.suggestion import Suggestion, suggest_mapping

__all__ = ["Suggestion", "suggest_mapping"]
