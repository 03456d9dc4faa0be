"""When compiled loops are used."""

from forestall.model import compiled_loops, many_rows


def test_a_process_compiles_for_many_rows_and_then_uses_the_loops_for_few_too(monkeypatch):
    monkeypatch.setattr(many_rows, "_compiled", [])
    assert many_rows.loops_for(many_rows.MANY_ROWS - 1) is None
    assert many_rows.loops_for(many_rows.MANY_ROWS) is compiled_loops
    assert many_rows.loops_for(100) is compiled_loops
    assert many_rows.loops_for(1) is None  # a call costs more than it saves


def test_a_server_compiles_before_its_first_request(monkeypatch):
    monkeypatch.setattr(many_rows, "_compiled", [])
    many_rows.compile_loops()
    assert many_rows.loops_for(100) is compiled_loops
    n_compiled = [len(loop.signatures) for loop in (compiled_loops.add_trees, compiled_loops.fill_lines)]
    assert min(n_compiled) > 0
