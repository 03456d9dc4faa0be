# What to type. `make` alone lists it.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# One line per tested release: what `make` installs is what was tested.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

# Tests of one file share their models and servers, so a file stays on one worker. The files begin in the order of
# tests/run_order.py; and what pytest compiles is kept, because each worker needs all of it. One worker more than there are
# cores: tests wait for servers, databases and Spark a quarter of their time.
WORKERS := $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')
PARALLEL := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help run test test-fast latest lint format bench prove notebooks docs clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .make/installed ## simulate a company, train, promote and score: the whole job on made-up data
	@$(BIN)/python pipelines/demo.py

test: .make/installed ## run all tests, with up to four workers
	@$(PYTEST) $(PARALLEL)

test-fast: .make/installed ## run the tests for the inner loop: without those that train, start a process, read public data or take most of a second
	@$(PYTEST) $(PARALLEL) -m "not slow"

latest: ## install the newest allowed libraries into .venv-latest, and run all tests with them
	@$(PYTHON) -m venv --clear .venv-latest
	@.venv-latest/bin/python -m pip install --quiet --disable-pip-version-check -e '.[test,lint,spark,docs]'
	@.venv-latest/bin/mypy
	@.venv-latest/bin/python -m pytest $(PARALLEL)

lint: .make/linters ## check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: .make/linters ## put the code in its style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: .make/installed ## measure speed and memory, as ratios in one run
	@$(BIN)/python benchmarks/bench.py

prove: .make/peers ## run the full-scale proofs; their results are committed
	@$(BIN)/python benchmarks/prove.py

notebooks: .make/installed ## run the notebooks
	@$(BIN)/python -m pytest tests/test_notebooks.py

docs: .make/docs ## build the manual into site/, offline
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "open site/index.html; with the search: $(BIN)/python -m http.server --directory site"

clean: ## remove the environment, the demonstration and all caches; models and runs in mlflow.db stay
	rm -rf .venv .venv-latest .make build site demo notebooks/workshop scores report.html MODEL_CARD.md contact_list.parquet contact_list.html partings.parquet summary.json manifest.json rejected .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say which by make PYTHON=…")'
	@echo "setting up .venv" >&2
	@$(PYTHON) -m venv .venv

.make/installed: .venv/bin/python pyproject.toml constraints.txt
	@echo "installing what is needed into .venv (once; some minutes)" >&2
	@$(INSTALL) -e '.[test]'
	@mkdir -p .make && touch $@

.make/linters: .make/installed
	@$(INSTALL) -e '.[test,lint]'
	@touch $@

.make/peers: .make/installed
	@$(INSTALL) -e '.[test,peers,spark]'
	@touch $@

.make/spark: .make/installed
	@$(INSTALL) -e '.[test,spark]'
	@touch $@

.make/docs: .make/installed
	@$(INSTALL) -e '.[test,docs]'
	@touch $@
