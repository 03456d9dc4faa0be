"""The served model: loaded, checked, and with the headers of its answers."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from forestall.model.many_rows import WORTH_A_CALL
from forestall.registry import LoadedModel, RegistryError
from forestall.registry.loaded_model import RunFigures, run_figures
from forestall.registry.package import input_example

log = logging.getLogger(__name__)

N_WARM = 3


@dataclass(frozen=True)
class ServedModel:
    """A model that has been checked, with the headers of its answers.

    Attributes
    ----------
    model
        The model.
    since
        When it started to answer.
    headers
        `X-Model-Name` and `X-Model-Version`.
    run
        The figures of the run that trained it.
    """

    model: LoadedModel
    since: datetime
    headers: tuple[tuple[bytes, bytes], ...]
    run: RunFigures

    @classmethod
    def of(cls, model: LoadedModel) -> ServedModel:
        """Return the model, after it has scored its own example.

        Raises
        ------
        RegistryError
            It returns no risk for the example.
        """
        example = input_example(model.spec).to_dict(orient="records")
        for reasons in (False, True) * N_WARM:  # the first scores are slow; they are made now
            rows = model.risk_model.score([dict(one) for one in example], reasons=reasons)
            risk = rows["dissatisfaction_risk"][0] if rows.height == len(example) else None
            if risk is None or not (math.isfinite(risk) and 0 <= risk <= 1):
                raise RegistryError(f"{model.uri} does not score its own input example")
        headers = ((b"x-model-name", model.name), (b"x-model-version", model.version or "unregistered"))
        found = cls(
            model,
            datetime.now(UTC),
            tuple((key, quote(value).encode()) for key, value in headers),
            _figures(model),
        )
        found.warm()
        return found

    def warm(self) -> None:
        """Score as many rows at once as compiled loops need, with reasons, so that the trees are read for them now."""
        example = input_example(self.model.spec).to_dict(orient="records")[0]
        rows = [{**example, "interaction_id": f"warm-{number}"} for number in range(WORTH_A_CALL)]
        self.model.risk_model.score(rows, reasons=True)


def _figures(model: LoadedModel) -> RunFigures:
    """Return the figures of the run; none if the run was deleted, because scoring does not need them."""
    try:
        return run_figures(model)
    except RegistryError as error:
        log.warning("%s is served without its figures: %s", model.uri, error)
        return RunFigures({}, {})
