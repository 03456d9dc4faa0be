"""A simulated company whose true risk is known; README.md has its equations."""

from forestall.simulation.data_folder import simulate, simulate_tables
from forestall.simulation.true_risk_at_moments import true_risk_at

__all__ = ["simulate", "simulate_tables", "true_risk_at"]
