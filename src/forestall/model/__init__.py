"""The model: its specification, the estimator, and the risk model that scores moments."""

from forestall.features.records_from_tables import records
from forestall.model.estimator import RiskClassifier
from forestall.model.risk_model import RiskModel, families_of
from forestall.model.spec import Spec, read_spec

__all__ = ["RiskClassifier", "RiskModel", "Spec", "families_of", "read_spec", "records"]
