"""Own features in a model's folder: declarations as data, and the source text beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forestall.errors import FeatureError
from forestall.own_features import NO_FEATURES, OwnFeatures
from own_feature_modules import features_of


def written(own: OwnFeatures, folder: Path) -> list[dict[str, object]]:
    own.write_sources(folder)
    content: list[dict[str, object]] = json.loads(json.dumps(own.as_dict(), allow_nan=False))
    return content


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    own = features_of("only_if(WAIT_S > 5, WAIT_S / 3)", "direction=1, reason='it is {value}', low=0")
    again = OwnFeatures.load(written(own, tmp_path), tmp_path)
    assert again.as_dict() == own.as_dict()
    assert again.modules[0].text == own.modules[0].text
    assert again.described()[0] == {
        "feature": "own_x",
        "description": "A number.",
        "direction": 1,
        "contributes_to": "context",
        "module": "own",
        "sha256": own.modules[0].digest,
    }
    assert OwnFeatures.load([], tmp_path) == NO_FEATURES


def test_nothing_of_the_company_is_run_when_a_model_is_read(tmp_path: Path) -> None:
    own = features_of("WAIT_S")
    content = written(own, tmp_path)
    text = "raise SystemExit('run')\n"
    (tmp_path / "own.py").write_text(text)
    with pytest.raises(FeatureError, match="must be the text that the model was trained with"):
        OwnFeatures.load(content, tmp_path)
    import hashlib

    content[0]["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    assert OwnFeatures.load(content, tmp_path).modules[0].text == text


def test_a_content_that_was_not_written_is_refused(tmp_path: Path) -> None:
    own = features_of("WAIT_S")
    for change, said in (
        ({"name": "../own"}, "must have the name of a module"),
        ({"name": "other"}, "must hold the source text other.py"),
        ({"terms": []}, "must be as training writes them"),
        ({"families": []}, "must declare a Family"),
        ({"families": [{"name": "own"}]}, "must be as training writes them"),
        ({"sha256": "0"}, "must be the text"),
    ):
        with pytest.raises(FeatureError, match=said):
            OwnFeatures.load([{**written(own, tmp_path)[0], **change}], tmp_path)
