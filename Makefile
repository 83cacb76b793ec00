# Everything is run from here. `make help` lists it; `make demo MEDIA=~/pics` and `make test` are all one needs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
unexport PYTHONPATH PYTHONHOME

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# How many processes the tests run in.
JOBS ?= 2
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet

# A pyenv shim may be there without its Python, so each is asked and not only looked for.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$name && break; \
	done || true)

.PHONY: help
help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# -- the one environment ---------------------------------------------------------------------------------------------

.PHONY: ready
ready: $(READY) ## Make the virtual environment (every other target does it by itself)

$(READY): requirements-dev.lock setup.cfg pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "Pytoon needs Python 3.11, 3.12 or 3.13; name one by PYTHON=/path/to/python3." >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) (some minutes the first time) …"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements-dev.lock
	@$(PIP) --no-deps -e .
	@touch $@

# -- films -----------------------------------------------------------------------------------------------------------

.PHONY: demo serve worker-gpu worker-cpu flower doctor
export MEDIA
demo: $(READY) ## Make a film from your pictures: make demo MEDIA=~/pics
	@media="$${MEDIA:-}"; $(BIN)/pytoon demo $${media:+--media "$${media/#\~/$$HOME}"}

serve: $(READY) ## Start everything on this machine: HTTP, workers, broker
	@$(BIN)/pytoon serve

worker-gpu: $(READY) ## Start a worker for scenes (the gpu queue)
	@$(BIN)/pytoon worker gpu

worker-cpu: $(READY) ## Start a worker for planning, sound and encoding
	@$(BIN)/pytoon worker cpu

flower: $(READY) ## Watch the workers in a browser
	@$(BIN)/pytoon flower

doctor: $(READY) ## Say what this machine has and lacks
	@$(BIN)/pytoon doctor

# -- checks ----------------------------------------------------------------------------------------------------------

.PHONY: check test lint types imports unit tests bench
check: lint types imports unit ## What to run after each edit: style, types, imports and the unit tests, under two minutes

test: lint types imports tests ## Everything that must be true before a change is kept

lint: $(READY) ## Style: ruff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY) ## Types: mypy, strict
	@$(BIN)/mypy

imports: $(READY) ## Who may import whom: import-linter
	@$(BIN)/lint-imports

# All tests, or those in $(1), in a folder of their own that is removed afterwards.
PYTEST = folder=$$(mktemp -d -t pytoon-XXXXXX); trap 'rm -rf "$$folder"' EXIT; \
	$(BIN)/python -m pytest -n $(JOBS) --no-loadscope-reorder --basetemp="$$folder/tests" $(1) $(ARGS)

unit: $(READY) ## The unit tests alone: no service, no film
	@$(call PYTEST,tests/unit)

tests: $(READY) ## All tests; ARGS= goes to pytest
	@$(call PYTEST,)

bench: $(READY) ## Measure cost, quality and queue; ARGS=--short takes three minutes
	@$(BIN)/python -m tests.bench $(ARGS)

# How the queue is hurt, and over what: `make chaos KILLS=40 BROKER=redis SEED=7`; without SEED one is drawn and printed.
KILLS ?= 500
BROKER ?= embedded
.PHONY: chaos
chaos: $(READY) ## Kill everything at random and look whether all was done: KILLS= BROKER= SEED= ARGS=
	@$(BIN)/python -m tests.faults.chaos --kills $(KILLS) --broker $(BROKER) $(if $(SEED),--seed $(SEED)) $(ARGS)

# -- upkeep ----------------------------------------------------------------------------------------------------------

.PHONY: schemas format lock clean
schemas: $(READY) ## Write the JSON Schema files anew
	@$(BIN)/python -m schemas.export

format: $(READY) ## Bring the code into its form
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--custom-compile-command 'make lock' setup.cfg

lock: ## Lock what setup.cfg names (needs uv); ARGS=--upgrade takes the newest of everything
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/" >&2; exit 1; }
	@$(LOCK) $(ARGS) --extra dev -o requirements-dev.lock
	@$(LOCK) --extra postgres -c requirements-dev.lock -o requirements.lock

clean: ## Remove what the tools left behind; films and the environment stay
	@rm -rf build dist tests/bench/work *.egg-info .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
