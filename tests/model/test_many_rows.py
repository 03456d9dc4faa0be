"""When compiled loops are used, and whether the machine code is kept."""

import os
from importlib.util import module_from_spec, spec_from_file_location

import lightgbm as lgb
import numpy as np
import pytest

from forestall.model import compiled_contributions, compiled_loops, many_rows
from forestall.model.lines import rank_lines
from forestall.model.tree_contributions import tree_contributions
from forestall.model.tree_log_odds import tree_log_odds


@pytest.fixture(autouse=True)
def new_process(monkeypatch):
    monkeypatch.setattr(many_rows, "_done", set())


def test_a_process_compiles_for_many_rows_and_then_uses_the_loops_for_few_too():
    assert many_rows.loops_for(many_rows.MANY_ROWS - 1) is None
    assert many_rows.loops_for(many_rows.MANY_ROWS) is compiled_loops
    assert many_rows.loops_for(100) is compiled_loops
    assert many_rows.loops_for(1) is None  # a call costs more than it saves


def test_for_contributions_the_number_of_rows_alone_decides_unless_a_server_compiled_ahead():
    loop = compiled_contributions.add_contributions
    for _ in range(2):  # before and after the loop was compiled
        assert many_rows.contribution_loop_for(many_rows.MANY_CONTRIBUTIONS - 1) is None
        assert many_rows.contribution_loop_for(many_rows.MANY_CONTRIBUTIONS) is loop
    many_rows.compile_ahead()
    assert many_rows.contribution_loop_for(16) is loop
    assert many_rows.contribution_loop_for(15) is None


def test_all_loops_are_compiled_for_the_types_that_models_have():
    many_rows.compile_ahead()
    loops = (compiled_loops.add_trees, compiled_contributions.add_contributions, compiled_loops.fill_lines)
    before = [len(loop.signatures) for loop in loops]
    matrix, y = np.random.default_rng(0).random((200, 2)), np.arange(200) % 2
    booster = lgb.train({"objective": "binary", "verbosity": -1}, lgb.Dataset(matrix, y), 2)
    tree_log_odds(booster, matrix, 2)
    tree_contributions(booster, matrix, 2)
    rank_lines(matrix, [False, False])(matrix)
    after = [len(loop.signatures) for loop in loops]
    assert after == before  # else a first request would wait for the compiler


def test_machine_code_is_kept_only_in_a_folder_that_the_environment_names(monkeypatch):
    assert compiled_loops.add_trees.stats.cache_path.startswith(os.environ["NUMBA_CACHE_DIR"])
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    spec = spec_from_file_location("loops_without_a_folder", compiled_loops.__file__)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.add_trees.stats.cache_path is None
