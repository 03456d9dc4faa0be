"""The inputs that most jobs share: a model and the tables that it reads."""

from __future__ import annotations

from pathlib import Path

from forestall.contacts.tables_with_ledger import with_ledger
from forestall.data import Tables
from forestall.job_files import OnStep, read_data
from forestall.registry import LoadedModel, load


def load_model_and_tables(
    model_uri: str | Path | LoadedModel,
    data: Tables | str | Path,
    *,
    max_rejected: float,
    tracking_uri: str | None,
    progress: OnStep,
    ledger: str | None = None,
) -> tuple[LoadedModel, Tables]:
    """Return the model and the tables of a job, with a ledger's contacts; ratings off the model's scale are rejected.

    Raises
    ------
    UsageError
        `model_uri` is not the address of a model.
    RegistryError
        The model cannot be loaded.
    InputError
        The data are not valid, or too many rows were rejected.
    """
    progress("fetching the model")
    model = load(model_uri, tracking_uri)
    progress("reading the tables")
    return model, with_ledger(read_data(data, spec=model.spec, max_rejected=max_rejected), ledger)
