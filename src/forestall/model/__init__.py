"""The model: its specification, the estimator, and the risk model that scores moments."""

from forestall.model.estimator import RiskClassifier
from forestall.model.families import families_of
from forestall.model.risk_model import RiskModel
from forestall.model.spec import Spec, read_spec
from forestall.moment_features.records_from_tables import records

__all__ = ["RiskClassifier", "RiskModel", "Spec", "families_of", "read_spec", "records"]
