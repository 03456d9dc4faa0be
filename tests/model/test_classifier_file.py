"""The file of a classifier: no pickle, no type that is not trusted, and no tree that leads compiled code astray."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression

from forestall.model.classifier_file import (
    FILE,
    BrokenClassifierError,
    read_classifier,
    write_classifier,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 4))
Y = (X[:, 0] + RNG.normal(size=120) > 0).astype(int)
TREES = [
    HistGradientBoostingClassifier(max_iter=2, max_depth=3),
    RandomForestClassifier(2, max_depth=3),
    GradientBoostingClassifier(n_estimators=2),
    AdaBoostClassifier(n_estimators=2),
]


def written(classifier, folder: Path) -> Path:
    write_classifier(classifier.fit(X, Y), folder / FILE)
    return folder / FILE


@pytest.mark.parametrize("classifier", [*TREES, LogisticRegression()], ids=lambda one: type(one).__name__)
def test_a_classifier_read_again_gives_the_same_risks(classifier, tmp_path):
    again = read_classifier(written(classifier, tmp_path), 4)
    assert np.array_equal(again.predict_proba(X), classifier.predict_proba(X))


@pytest.mark.parametrize("classifier", [*TREES, LogisticRegression()], ids=lambda one: type(one).__name__)
def test_equal_classifiers_have_equal_files(classifier, tmp_path):
    if "random_state" in classifier.get_params():
        classifier.set_params(random_state=1)
    files = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        files.append(written(clone(classifier), tmp_path / name).read_bytes())
    assert files[0] == files[1]


def test_the_file_holds_json_and_arrays_without_objects(tmp_path):
    with zipfile.ZipFile(written(TREES[0], tmp_path)) as file:
        for name in file.namelist():
            if name.endswith(".npy"):
                with file.open(name) as array:
                    np.load(array, allow_pickle=False)
            else:
                assert name == "schema.json"
                json.loads(file.read(name))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("children_left", 0),
        ("children_left", 99_999),
        ("children_right", -7),
        ("feature", 4),
        ("feature", -5),
    ],
)
@pytest.mark.parametrize("classifier", TREES[1:], ids=lambda one: type(one).__name__)
def test_a_tree_whose_nodes_lead_astray_is_refused(classifier, name, value, tmp_path):
    fitted = classifier.fit(X, Y)
    tree = np.ravel(fitted.estimators_)[0].tree_
    getattr(tree, name)[0] = value
    write_classifier(fitted, tmp_path / FILE)
    with pytest.raises(BrokenClassifierError, match="tree of the classifier"):
        read_classifier(tmp_path / FILE, 4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [("left", 0), ("right", 99_999), ("feature_idx", 4), ("feature_idx", -1), ("is_categorical", 1)],
)
def test_a_histogram_tree_whose_nodes_lead_astray_is_refused(name, value, tmp_path):
    fitted = TREES[0].fit(X, Y)
    fitted._predictors[0][0].nodes[name][0] = value
    write_classifier(fitted, tmp_path / FILE)
    with pytest.raises(BrokenClassifierError, match="tree of the classifier"):
        read_classifier(tmp_path / FILE, 4)


def test_another_number_of_columns_is_refused(tmp_path):
    with pytest.raises(BrokenClassifierError, match="no classifier of 5 columns"):
        read_classifier(written(LogisticRegression(), tmp_path), 5)


@pytest.mark.parametrize("content", [b"", b"PK", b"\x80\x04K\x01."])
def test_what_is_no_file_of_skops_is_refused(content, tmp_path):
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(BrokenClassifierError, match="cannot be read"):
        read_classifier(tmp_path / FILE, 4)


def test_a_type_that_is_not_trusted_is_named_and_never_made(tmp_path):
    source, target = written(LogisticRegression(), tmp_path), tmp_path / "changed.skops"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "schema.json":
                schema = json.loads(text)
                schema["__module__"], schema["__class__"] = "subprocess", "Popen"
                text = json.dumps(schema).encode()
            new.writestr(name, text)
    with pytest.raises(BrokenClassifierError, match=r"not trusted: subprocess\.Popen"):
        read_classifier(target, 4)
