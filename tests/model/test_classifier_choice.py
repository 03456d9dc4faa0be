"""`estimator` in model.yaml: what it may name, and with what sentence all else is refused."""

import pytest
from pydantic import ValidationError

from forestall.errors import UsageError
from forestall.model.classifier_choice import EstimatorChoice, chosen_classifier
from forestall.model.spec import Spec

HISTOGRAMS = "sklearn.ensemble.HistGradientBoostingClassifier"
LABEL = {"scale": [1, 5], "dissatisfied_at_or_below": 2}


def choice(path: str, **parameters: object) -> EstimatorChoice:
    return EstimatorChoice.model_validate({"class": path, "parameters": parameters})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        (HISTOGRAMS, {"max_iter": 3}),
        ("sklearn.linear_model.LogisticRegression", {"C": 0.1}),
        ("sklearn.ensemble.RandomForestClassifier", {"n_estimators": 3}),
        ("sklearn.ensemble.GradientBoostingClassifier", {"n_estimators": 3}),
        ("sklearn.neural_network.MLPClassifier", {"hidden_layer_sizes": [4], "max_iter": 5}),
        ("sklearn.naive_bayes.GaussianNB", {}),
    ],
)
def test_classifiers_of_scikit_learn_can_be_named(path, parameters):
    found = chosen_classifier(choice(path, **parameters), seed=7)
    assert found.get_params().get("random_state", 7) == 7
    for name, value in parameters.items():
        assert found.get_params()[name] == value


@pytest.mark.parametrize(
    ("path", "parameters", "message"),
    [
        ("sklearn.ensemble.HistGradientBoostingClasifier", {}, "did you mean 'HistGradientBoostingClassifier'"),
        ("sklearn.ensemble.RandomForest", {}, "did you mean 'RandomForestClassifier'"),
        ("sklearn.nothing.Classifier", {}, "must be a class that can be imported"),
        ("os.path.join", {}, "must be a class, is os.path.join, which is none"),
        ("sklearn.linear_model.Ridge", {}, "must be a classifier as scikit-learn defines it"),
        ("sklearn.svm.LinearSVC", {}, "must be a classifier with predict_proba"),
        ("sklearn.neighbors.KNeighborsClassifier", {}, "must be a classifier whose fit takes sample_weight"),
        ("sklearn.svm.SVC", {"probability": True}, "keeps the rows that it learns from"),
        ("lightgbm.LGBMClassifier", {"verbosity": -1, "n_estimators": 2}, "skops does not trust what it is made of"),
        (HISTOGRAMS, {"max_itr": 3}, "no parameter 'max_itr', did you mean 'max_iter'"),
        (HISTOGRAMS, {"max_iter": -3}, "must suit HistGradientBoostingClassifier"),
        ("sklearn.ensemble.BaggingClassifier", {"max_features": 0.5}, "cannot be packaged"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_its_reason(path, parameters, message):
    with pytest.raises(UsageError, match="estimator") as refused:
        chosen_classifier(choice(path, **parameters), seed=7)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_name_alone_will_do():
    spec = Spec.model_validate({"name": "a", "label": LABEL, "estimator": HISTOGRAMS})
    assert spec.estimator == choice(HISTOGRAMS)
    assert spec.model_dump(mode="json")["estimator"] == {"class": HISTOGRAMS, "parameters": {}}
    assert Spec.model_validate(spec.model_dump(mode="json")) == spec


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"estimator": "NoModule"}, "pattern"),
        ({"estimator": {"class": HISTOGRAMS, "parameters": {"class_weight": "balanced"}}}, "calibration"),
        ({"estimator": {"class": HISTOGRAMS, "parameters": {"max_iter": {"a": 1}}}}, "plain value"),
        ({"estimator": HISTOGRAMS, "lightgbm": {"num_leaves": 7}}, "beside 'estimator'"),
    ],
)
def test_a_wrong_key_is_refused_without_importing_anything(content, message):
    with pytest.raises(ValidationError, match=message):
        Spec.model_validate({"name": "a", "label": LABEL} | content)


def test_reading_a_specification_imports_no_class():
    assert Spec.model_validate({"name": "a", "label": LABEL, "estimator": "no_such_module.Class"}).estimator
