"""What is scheduled: training, promotion, scoring and evaluation, each one call."""
