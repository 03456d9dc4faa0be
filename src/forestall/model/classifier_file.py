"""The file of a classifier of scikit-learn, written and read by skops: no pickle, and no code of the file runs.

skops builds objects of types that it trusts, and no others. A few more of scikit-learn's own are trusted here: some are
plain Python, and the nodes of trees are checked, because compiled code follows their numbers without looking.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

from forestall.errors import UsageError

FILE = "classifier.skops"
_SCHEMA = "schema.json"
_PLAIN = (
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
)
_TREE = "sklearn.tree._tree.Tree"
_HISTOGRAM_TREE = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
_TRUSTED = (*_PLAIN, _TREE, _HISTOGRAM_TREE)
# where classifiers keep rows that they have learnt from
_KEPT_ROWS = ("_fit_X", "support_vectors_", "X_train_", "X_", "dataset_")


class BrokenClassifierError(ValueError):
    """The file of a classifier is not as skops writes it, or holds what Forestall does not trust."""


def write_classifier(classifier: Any, file: Path) -> None:
    """Write a fitted classifier.

    Raises
    ------
    UsageError
        It has parts of a type that is not trusted, so that it could not be read without running code of its own, or it
        keeps rows of customers.
    """
    from skops.io import dumps  # noqa: PLC0415 - takes a second, and only such models need it

    name = type(classifier).__name__
    kept = [found for part in _parts(classifier) for found in _KEPT_ROWS if hasattr(part, found)]
    if kept:
        raise UsageError(
            f"estimator.class: {name} keeps the rows that it learns from ({kept[0]}), and a packaged model holds no "
            "row of a customer; choose a class that summarises them"
        )
    try:
        content = dumps(classifier)
        unknown = _untrusted(content)
    except Exception as error:  # skops and the classifier may raise anything
        raise UsageError(
            f"estimator.class: {name} cannot be stored without pickle ({type(error).__name__}); choose a class of "
            "scikit-learn"
        ) from error
    if unknown:
        raise UsageError(
            f"estimator.class: {name} cannot be packaged, because skops does not trust what it is made of "
            f"({', '.join(unknown[:3])}): reading it would run code of the file; choose a class of scikit-learn"
        )
    file.write_bytes(_reproducible(content))


def read_classifier(file: Path, n_columns: int) -> Any:
    """Return the classifier in a file that `write_classifier` wrote.

    Parameters
    ----------
    file
        The file.
    n_columns
        The number of its columns.

    Raises
    ------
    BrokenClassifierError
        The file is not as skops writes it, names a type that is not trusted, or has a tree that is none.
    """
    from skops.io import loads  # noqa: PLC0415 - see above

    content = file.read_bytes()
    try:
        unknown = _untrusted(content)
        classifier = None if unknown else loads(content, trusted=list(_TRUSTED))
    except Exception as error:  # a file that was changed may raise anything
        raise BrokenClassifierError(
            f"{file.name} cannot be read with this scikit-learn ({type(error).__name__})"
        ) from None
    if unknown:
        raise BrokenClassifierError(f"{file.name} names types that are not trusted: {', '.join(unknown[:3])}")
    if not hasattr(classifier, "predict_proba") or getattr(classifier, "n_features_in_", None) != n_columns:
        raise BrokenClassifierError(f"{file.name} holds no classifier of {n_columns} columns")
    for part in _parts(classifier):
        _check_tree(part, n_columns)
    return classifier


def _reproducible(content: bytes) -> bytes:
    """Return a file of skops without times and addresses of this process: equal classifiers have equal files."""
    numbers: dict[Any, int] = {}
    names: dict[str, str] = {}

    def numbered(node: Any) -> Any:
        if isinstance(node, list):
            return [numbered(one) for one in node]
        if not isinstance(node, dict):
            return node
        found = {key: numbered(one) for key, one in node.items()}
        if "__id__" in node:  # an address, by which skops knows an object again
            found["__id__"] = numbers.setdefault(node["__id__"], len(numbers))
        if isinstance(node.get("file"), str):
            name = node["file"]
            found["file"] = names.setdefault(name, f"{len(names)}{Path(name).suffix}")
        return found

    target = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(target, "w", ZIP_DEFLATED) as new:
        schema = json.dumps(numbered(json.loads(old.read(_SCHEMA))))
        for name in old.namelist():
            entry = ZipInfo(names.get(name, name), date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            new.writestr(entry, schema if name == _SCHEMA else old.read(name))
    return target.getvalue()


def _untrusted(content: bytes) -> list[str]:
    from skops.io import get_untrusted_types  # noqa: PLC0415 - see above

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sorted(set(get_untrusted_types(data=content)) - {*_TRUSTED})


def _parts(thing: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """Yield a classifier and all objects within it."""
    seen = set() if seen is None else seen
    if id(thing) in seen or isinstance(thing, str | bytes | int | float | type | None):
        return
    seen.add(id(thing))
    if isinstance(thing, dict):
        inner: Any = thing.values()
    elif isinstance(thing, list | tuple | set):
        inner = thing
    elif isinstance(thing, np.ndarray):
        inner = thing.ravel() if thing.dtype == object else ()
    else:
        yield thing
        inner = vars(thing).values() if hasattr(thing, "__dict__") else ()
    for one in inner:
        yield from _parts(one, seen)


def _check_tree(part: Any, n_columns: int) -> None:
    """Check that a tree is one: each node but the first has one parent before it, and splits by a known column."""
    kind = f"{type(part).__module__}.{type(part).__qualname__}"
    if kind == _TREE:
        left, right, feature = part.children_left, part.children_right, part.feature
        is_split = left != -1
        if part.n_features != n_columns or part.n_outputs != 1 or not part.node_count:
            raise BrokenClassifierError("a tree of the classifier has other columns than the classifier")
    elif kind == _HISTOGRAM_TREE:
        nodes = part.nodes
        from sklearn.ensemble._hist_gradient_boosting.predictor import (  # noqa: PLC0415 - the only user
            PREDICTOR_RECORD_DTYPE,
        )

        if nodes.dtype != PREDICTOR_RECORD_DTYPE or nodes.ndim != 1 or not len(nodes):
            raise BrokenClassifierError("a tree of the classifier has no nodes")
        is_split = nodes["is_leaf"] == 0
        left, right, feature = (nodes[name].astype(np.int64) for name in ("left", "right", "feature_idx"))
        if nodes["is_categorical"].any() or not np.isfinite(nodes["value"]).all():
            raise BrokenClassifierError(
                "a tree of the classifier splits by categories, or has a leaf without value"
            )
    else:
        return
    parents = np.tile(np.flatnonzero(is_split), 2)
    children = np.concatenate([left[is_split], right[is_split]])
    expected = np.arange(1, len(is_split))
    if not np.array_equal(np.sort(children), expected) or (children <= parents).any():
        raise BrokenClassifierError("a node of a tree of the classifier has no parent, or more than one")
    if ((feature[is_split] < 0) | (feature[is_split] >= n_columns)).any():
        raise BrokenClassifierError(
            "a tree of the classifier splits by a column that the model does not have"
        )
