"""Monitoring: whether a registered model is still right on new data."""
