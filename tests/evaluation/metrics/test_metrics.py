"""The module of the metrics is what its import gives, and its names are there."""

import inspect

import forestall
import forestall.evaluation.metrics as m


def test_the_import_gives_the_module():
    assert inspect.ismodule(m)
    assert m.__name__ == "forestall.evaluation.metrics"
    assert inspect.ismodule(forestall.evaluation.metrics)


def test_each_public_name_is_there_and_has_a_docstring():
    for name in m.__all__:
        assert inspect.getdoc(getattr(m, name))


def test_an_evaluation_function_is_not_hidden_by_a_module():
    assert inspect.isfunction(forestall.evaluate)
    assert inspect.isfunction(forestall.evaluation.evaluate)
