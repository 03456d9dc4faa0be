"""Scoring and feature rows on Spark: its executors work on parts of a company's tables that hold whole customers."""
