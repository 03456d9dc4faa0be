"""A simulated company whose true risk is known; README.md has its equations."""

from forestall.data.simulate.again import true_risk_at
from forestall.data.simulate.write import simulate, simulate_tables

__all__ = ["simulate", "simulate_tables", "true_risk_at"]
