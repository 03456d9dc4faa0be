"""The code that MLflow runs to load a packaged model: it uses the installed package and reads plain files."""

from mlflow.models import set_model

from forestall.registry.package import PackagedModel

set_model(PackagedModel())
