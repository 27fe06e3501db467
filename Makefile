# SPDX-License-Identifier: GPL-2.0-or-later
#
# Needs git, make and Python 3.11 or newer with venv; everything else goes into .venv.
# PYTHON=… chooses another Python, LEDGER=… and AS_OF=… another ledger for demo and browse.

LEDGER ?= ledgers/huadong/main.beancount
AS_OF  ?= 2024-08-12
PORT   ?= 5000
JOBS   ?= 2
PYTHON ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

unexport PYTHONPATH
.NOTPARALLEL:
.PHONY: help demo browse test matrix bench fuzz format clean

help:
	@echo 'make demo     what is open, how old, who is over the limit: on an example company'
	@echo 'make browse   the same company in Fava'
	@echo 'make test     all checks and tests'
	@echo 'make matrix   the tests on each Python and the oldest and newest hosts (QUICK=1: the short way)'
	@echo 'make bench    the benchmarks (BENCH=…: their options; OTHERS=…: of those beside other programs)'
	@echo 'make fuzz     damaged files against every reader, for long (FUZZ=…: options of pytest)'
	@echo 'make format   format the code and mend what can be mended'
	@echo 'make clean    remove what these commands made'

# --- the environment: made again only when pyproject.toml or the version changed ---

.venv/made: pyproject.toml arledger/__init__.py
	@for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python); do \
	    if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	        echo "making .venv with $$python"; \
	        "$$python" -m venv --clear .venv && touch $@ && exit 0; \
	        echo "$$python cannot make a virtual environment (on Debian and Ubuntu: apt-get install python3-venv)" >&2; \
	        exit 1; \
	    fi; \
	done; \
	echo "arledger needs Python 3.11 or newer; looked for: $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python)" >&2; \
	exit 1

.venv/fava: .venv/made
	$(PIP) --editable '.[fava]'
	@touch $@

.venv/dev: .venv/made
	$(PIP) --editable '.[dev]'
	@touch .venv/fava $@

# --- for people ---

demo: .venv/fava
	$(BIN)/arledger check $(LEDGER) --as-of $(AS_OF)
	$(BIN)/arledger aging $(LEDGER) --as-of $(AS_OF)
	$(BIN)/arledger credit $(LEDGER) --as-of $(AS_OF)
	$(BIN)/arledger allowance $(LEDGER) --as-of $(AS_OF)
	$(BIN)/arledger advances $(LEDGER) --as-of $(AS_OF)
	@echo
	@echo 'The same ledger in Fava:  make browse   (or: $(BIN)/fava $(LEDGER)), then open http://localhost:$(PORT)'

browse: .venv/fava
	$(BIN)/fava --port $(PORT) $(LEDGER)

bench: .venv/fava
	$(BIN)/python -m benchmarks $(BENCH)
	$(BIN)/python -m benchmarks.others $(OTHERS)
	$(BIN)/python -m benchmarks.fava_pages

# --- for those who work on it ---

test: .venv/dev
	scripts/browser.sh
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --hypothesis-profile ci --cov --cov-report term
	$(BIN)/python scripts/matrix.py --here $(if $(FULL),,--quick) --jobs $(JOBS)

matrix: .venv/dev
	$(BIN)/python scripts/matrix.py $(if $(QUICK),--quick) --jobs $(JOBS)

fuzz: .venv/dev
	$(BIN)/python -m pytest $(wildcard tests/reconciliation/*/test_fuzz*.py) --hypothesis-profile fuzz $(FUZZ)

format: .venv/dev
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .venv-matrix build dist *.egg-info htmlcov .coverage .coverage.*
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .grimp_cache
	find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -name .git -prune -o -name '*.picklecache' -type f -exec rm -f {} +
