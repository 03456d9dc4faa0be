"""The measured saved share of a policy: `saved_share: measured` takes it from `effect.json` beside `model.yaml`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from forestall.errors import UsageError, must_be

MEASURED, EFFECT = "measured", "effect.json"


def with_measured_share(content: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the content of a `model.yaml` with the measured saved share in place of the word `measured`.

    It is the lower end of the interval that decides, and `measured` in the policy says where it comes from.

    Parameters
    ----------
    content
        What stands in `model.yaml`.
    folder
        The folder with `effect.json`, as `forestall effect` wrote it.

    Raises
    ------
    UsageError
        There is no `effect.json`, it is another file, or it shows no saving.
    """
    policy = content.get("policy")
    if not isinstance(policy, dict) or policy.get("saved_share") != MEASURED:
        return content
    file = folder / EFFECT
    do = f"copy the effect.json of `forestall effect` to {file}, or give the share that you assume"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))["measured_saved_share"]
        if found is not None:
            source = f"experiment {found['experiment']}, {found['date']}, {found['outcome']}, "
            source += f"lower end of the {found['decides']}"
            own = policy | {"saved_share": found["saved_share"], MEASURED: source}
    except FileNotFoundError:
        raise UsageError(
            must_be("policy.saved_share: measured", "backed by an experiment", "not", do=do)
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(must_be(str(file), "the effect.json of `forestall effect`", do=do)) from None
    if found is None:
        raise UsageError(
            f"{file} must show a saving, shows none beyond chance (or a check of its design failed); contact longer, "
            "or give the share that you assume in policy.saved_share"
        )
    return content | {"policy": own}
