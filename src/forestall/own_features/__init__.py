"""A company's own features: modules that `features` in model.yaml names, and the checks that they must pass."""

from forestall.own_features.own_features import NO_FEATURES, OwnFeatures, OwnModule
from forestall.own_features.read_modules import read_own_features

__all__ = ["NO_FEATURES", "OwnFeatures", "OwnModule", "read_own_features"]
