"""The true risk at the moments of simulated data."""

import json

import numpy as np
import polars as pl

from forestall.simulation import simulate_tables, true_risk_at


def test_the_true_risk_at_the_end_of_simulated_data_is_that_of_its_truth(company):
    about = json.loads((company / "about.json").read_text())
    rows = pl.read_parquet(company / "interactions.parquet").head(50).select("interaction_id", "started_at")
    truth = pl.read_parquet(company / "truth.parquet")
    late = rows.with_columns(as_of=pl.col("started_at") + pl.duration(days=60))
    known = rows.join(truth, on="interaction_id", how="left", maintain_order="left")["true_risk"]
    risk = true_risk_at(about, late)
    assert risk is not None
    assert np.nanmax(np.abs((risk - known).to_numpy())) < 1e-12
    # real data, or data of another seed, has no true risk
    assert true_risk_at({}, late) is None
    shifted = late.with_columns(pl.col("started_at") + pl.duration(seconds=1))
    assert true_risk_at(about, shifted) is None
    frames = simulate_tables(50, seed=3)
    assert (
        true_risk_at(about, frames["interactions"].select("interaction_id", "started_at", as_of="started_at"))
        is None
    )
