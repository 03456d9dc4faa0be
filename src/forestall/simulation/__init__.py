"""A simulated company with a known true risk. `README.md` in this folder has the equations."""

from forestall.simulation.data_folder import simulate, simulate_tables
from forestall.simulation.true_risk_at_moments import true_risk_at

__all__ = ["simulate", "simulate_tables", "true_risk_at"]
