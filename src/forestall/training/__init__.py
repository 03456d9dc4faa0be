"""Training: from labelled moments to a fitted model."""
