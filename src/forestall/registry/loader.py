"""What MLflow runs to load a packaged model: the code is the installed package's, the model plain files."""

from mlflow.models import set_model

from forestall.registry.package import PackagedModel

set_model(PackagedModel())
