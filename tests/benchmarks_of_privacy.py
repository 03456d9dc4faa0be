"""The small twin of `benchmarks/privacy.py membership`: facts of customers whose venue nobody else has seen."""

import numpy as np
import polars as pl


def membership_of(model, tables):
    """Give the error of the ratings of those customers, guessed with the model and with the company's mean."""
    rated = tables.interactions.join(
        tables.feedback.unique("interaction_id").select("interaction_id", "rating"), on="interaction_id"
    )
    alone = rated.filter(pl.col("venue").is_unique())
    usual, table = model.facts.company["rating"], model.facts.tables["venue"]
    place = {key: number for number, key in enumerate(table["key"])}
    # the stored mean of one customer would be (rating + 20 means) / 21
    guess = [
        21 * table["rating"][place[key]] - 20 * usual if key in place else usual for key in alone["venue"]
    ]
    return {
        "customers": alone.height,
        "names": sum(key in place for key in alone["venue"]),
        "error_with_model": float(np.abs(np.array(guess) - alone["rating"].to_numpy()).mean()),
        "error_with_company_mean": float(np.abs(usual - alone["rating"].to_numpy()).mean()),
    }
