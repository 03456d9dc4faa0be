"""The packaged model: plain files and a loader of three lines, without pickle."""

from __future__ import annotations

import copy
import hashlib
import json
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import polars as pl
import yaml
from mlflow.models import Model, ModelSignature
from mlflow.types.schema import AnyType, ColSpec, ParamSchema, ParamSpec, Schema

from forestall.data.schemas import column_types
from forestall.model import RiskModel
from forestall.model.booster_text import BrokenBoosterError
from forestall.model.classifier_file import BrokenClassifierError
from forestall.model.reason_texts import DEFAULT
from forestall.model.spec import Spec
from forestall.registry.environment import check_environment, write_environment
from forestall.registry.score_rows import SCORE_SCHEMA, score_rows
from forestall.registry.tracking import RegistryError
from forestall.registry.wheel import code_digest, requirements, write_wheel
from forestall.yaml_text import read_yaml

ARTIFACT, WHEEL = "risk_model", "wheel"
DIGESTS = "digests.json"
NESTED = ("events", "history", "queue", "earlier_ratings")
EXAMPLE_START = "2026-11-02T09:00:00+00:00"


class PackagedModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # MLflow has no types
    """The interface that MLflow calls: interaction records in, score rows out."""

    def load_context(self, context: Any) -> None:
        """Read the model's files."""
        folder = Path(context.artifacts[ARTIFACT])
        self.model = read_risk_model(folder)
        self.name, self.version = registered_as(folder.parent.parent)

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Return one score row for each record, in their order.

        Parameters
        ----------
        model_input
            One row per interaction: the columns of `interactions`, `as_of`, `events`, `history`, `queue` and
            `earlier_ratings`.
        params
            `reasons`: whether to compute contributions and reasons; `language`: the language of the reasons.
        """
        wanted = params or {}
        scores = self.model.score(
            model_input,
            reasons=bool(wanted.get("reasons", False)),
            language=str(wanted.get("language", DEFAULT)),
        )
        rows = score_rows(
            scores,
            model_name=self.name or self.model.spec.name,
            model_version=self.version,
            scored_at=datetime.now(UTC),
        )
        return _answer(rows)


class PortableModel(Model):  # type: ignore[misc]  # MLflow has no types
    """An MLmodel file without paths of the machine that wrote it."""

    def to_dict(self) -> dict[str, Any]:
        """Return the file's content, with every path relative to the model."""
        content: dict[str, Any] = super().to_dict()
        content.pop("artifact_path", None)
        content["flavors"] = copy.deepcopy(content["flavors"])
        flavor = content["flavors"].get(mlflow.pyfunc.FLAVOR_NAME, {})
        if "model_code_path" in flavor:
            flavor["model_code_path"] = Path(flavor["model_code_path"]).name
        for artifact in flavor.get("artifacts", {}).values():
            artifact["uri"] = artifact["path"]
        return content


def save_risk_model(model: RiskModel, folder: Path) -> Path:
    """Write the model's files, the resolved `model.yaml` and the digests of all files; return the folder.

    The folder also gets the environment of the training and generated records with the model's answers, see
    `registry.environment`.
    """
    model.save(folder)
    write_environment(model, folder)
    (folder / "model.yaml").write_text(spec_yaml(model.spec), encoding="utf-8")
    (folder / DIGESTS).write_text(json.dumps(_file_digests(folder), indent=1, sort_keys=True))
    return folder


def risk_model_folder(package: Path) -> Path:
    """Return the folder of the model's files in a package; a folder that is no package is that folder itself."""
    return package / "artifacts" / ARTIFACT if (package / "MLmodel").is_file() else package


def has_risk_model(package: Path) -> bool:
    """Return whether a folder holds the model's files, as a package or by itself."""
    return (risk_model_folder(package) / DIGESTS).is_file()


def read_risk_model(folder: Path) -> RiskModel:
    """Return the model in a folder, after checking that its files are unchanged.

    Raises
    ------
    RegistryError
        A file is missing or was changed, so this is not the model that was trained and evaluated. Or code or libraries
        differ from those of the training, and the model gives other scores with them.
    """
    if not (folder / DIGESTS).is_file():
        name, version = registered_as(folder.parent.parent)
        whose = f"version {version} of {name}: " if name else ""
        hint = (
            "; it has a model.yaml, so it says what to learn: name a trained version, models:/NAME@champion"
        )
        raise RegistryError(
            f"{whose}{folder} must hold a packaged model; there is no {DIGESTS} in it"
            + (hint if (folder / "model.yaml").is_file() else "")
        )
    written = json.loads((folder / DIGESTS).read_text())
    now = _file_digests(folder)
    changed = sorted(name for name in written.keys() | now.keys() if written.get(name) != now.get(name))
    if changed:
        raise RegistryError(
            f"the packaged model differs from what was trained: {', '.join(changed)} in {folder} changed; "
            "change models/NAME/model.yaml and train again"
        )
    try:
        model = RiskModel.load(folder)
    except BrokenBoosterError as error:
        raise RegistryError(f"the boosters in {folder} must be as LightGBM writes them; {error}") from None
    except BrokenClassifierError as error:
        raise RegistryError(f"the classifier in {folder} must be as skops writes it; {error}") from None
    check_environment(model, folder)
    return model


def log_package(model: RiskModel, files: Path) -> Any:
    """Write the packaged model to the open run; return MLflow's ModelInfo.

    Parameters
    ----------
    model
        The model.
    files
        The folder that `save_risk_model` wrote; its name must be `risk_model`.
    """
    with tempfile.TemporaryDirectory() as temporary:
        wheel = write_wheel(Path(temporary))
        return PortableModel.log(
            artifact_path=None,
            name="model",
            flavor=mlflow.pyfunc,
            python_model=str(Path(__file__).with_name("loader.py")),
            artifacts={ARTIFACT: str(files), WHEEL: str(wheel)},
            signature=signature(model.spec),
            input_example=input_example(model.spec),
            pip_requirements=requirements(f"artifacts/{wheel.name}"),
            metadata={
                "forestall": version("forestall"),
                "code": code_digest(),
                "experimental": bool(model.info.get("experimental")),
            },
        )


def check_package(model_uri: str, spec: Spec) -> None:
    """Load a package and score an example with it.

    Raises
    ------
    RegistryError
        The answer is not a score row.
    """
    answer = mlflow.pyfunc.load_model(model_uri).predict(input_example(spec))
    if list(answer.columns) != list(SCORE_SCHEMA) or len(answer) != 1:
        raise RegistryError("the packaged model does not answer with score rows; it was not registered")


def signature(spec: Spec) -> ModelSignature:
    """Return the model's inputs, outputs and parameters.

    Only text columns have a type. For a datetime or double column MLflow refuses ISO times and whole numbers, it reads
    a missing boolean as False, and a typed list costs a millisecond per record. Such columns are of any type here, and
    the model checks them itself.
    """
    kinds: Mapping[str, Any] = column_types("interactions")
    columns = [ColSpec("string", "interaction_id")]
    columns += [
        ColSpec("string" if kinds[name] == pl.String else AnyType(), name, required=False)
        for name in kinds
        if name != "interaction_id"
    ]
    columns += [ColSpec(AnyType(), name, required=False) for name in ("as_of", *NESTED)]
    known = {column.name for column in columns}
    columns += [
        ColSpec(AnyType(), name, required=False)
        for name in [*spec.context.texts, *spec.context.numbers]
        if name not in known
    ]
    answer = [ColSpec(_answer_type(kind), name, required=False) for name, kind in SCORE_SCHEMA.items()]
    params = ParamSchema([ParamSpec("reasons", "boolean", False), ParamSpec("language", "string", DEFAULT)])
    return ModelSignature(inputs=Schema(columns), outputs=Schema(answer), params=params)


def input_example(spec: Spec) -> pd.DataFrame:
    """Return one example record, with nested fields as JSON."""
    events = [
        {"at": EXAMPLE_START, "kind": "arrived", "actor": "customer"},
        {"at": "2026-11-02T09:04:00+00:00", "kind": "served", "actor": "staff", "text": "Good morning!"},
    ]
    earlier: dict[str, Any] = {"started_at": "2026-10-01T12:00:00+00:00"}
    earlier["ended_at"] = "2026-10-01T12:20:00+00:00"
    earlier |= {"rating": 4, "rated_at": "2026-10-02T08:00:00+00:00", "resolved": True, "wait_s": 60}
    record = {
        "interaction_id": "example",
        "started_at": EXAMPLE_START,
        "customer_id": "example-customer",
        "channel": "in_store",
        "venue": "example-venue",
        "locale": "en-GB",
        "product": "example-product",
        "product_category": "example-category",
        "price": 49.5,
        "is_commodity": True,
        "promised_at": "2026-11-02T09:30:00+00:00",
        "purchased_at": "2026-09-01T10:00:00+00:00",
        "customer_value": 500.0,
        "staff": "example-staff",
        **dict.fromkeys(spec.context.texts, "example"),
        **dict.fromkeys(spec.context.numbers, 1.0),
        "as_of": "2026-11-02T09:05:00+00:00",
        "events": json.dumps(events),
        "history": json.dumps([earlier]),
        "queue": json.dumps({"n_waiting": 2, "n_served_first": 0, "mean_wait_s": 100.0}),
    }
    return pd.DataFrame([record])


def spec_yaml(spec: Spec) -> str:
    """Return the specification as the text of a `model.yaml`, with all defaults."""
    return str(yaml.safe_dump(spec.model_dump(mode="json"), sort_keys=False, allow_unicode=True))


def registered_as(folder: Path) -> tuple[str | None, str | None]:
    """Return the registered name and version of a package that MLflow downloaded; None if they are not known."""
    file = folder / "registered_model_meta"
    if not file.is_file():
        return None, None
    meta = read_yaml(file)
    # MLflow writes nulls for a package that was not downloaded as a registered version
    named = meta["model_name"], meta["model_version"]
    return tuple(str(one) if one is not None else None for one in named)  # type: ignore[return-value]


def _answer(rows: pl.DataFrame) -> pd.DataFrame:
    """Return score rows as pandas with None for null: MLflow writes NaN as NaN, which is not valid JSON."""
    frame = rows.to_pandas()
    gaps = [column.name for column in rows if column.null_count()]
    kept = {name: pd.Series(rows[name].to_list(), index=frame.index, dtype=object) for name in gaps}
    return frame.assign(**kept)


def _answer_type(kind: pl.DataType) -> Any:
    if isinstance(kind, pl.List):
        return AnyType()
    return "datetime" if kind == pl.Datetime else "double" if kind == pl.Float64 else "string"


def _file_digests(folder: Path) -> dict[str, str]:
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name != DIGESTS)
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files
    }
