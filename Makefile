# Targets for development. `make help` lists them; `make demo MEDIA=~/pics` and `make test` are the main ones.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
unexport PYTHONPATH PYTHONHOME

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The number of processes that run the tests.
JOBS ?= 2
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet

# Run each candidate to check its version: a pyenv shim may exist without its Python.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$name && break; \
	done || true)

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# -- the environment -------------------------------------------------------------------------------------------------

.PHONY: ready
ready: $(READY) ## Create the virtual environment (every other target does it if needed)

$(READY): requirements-dev.lock setup.cfg pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "Pytoon needs Python 3.11, 3.12 or 3.13; set PYTHON=/path/to/python3." >&2; exit 1; }
	@echo "Creating $(VENV) with $$($(PYTHON) --version) (some minutes the first time) …"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements-dev.lock
	@$(PIP) --no-deps -e .
	@touch $@

# -- films -----------------------------------------------------------------------------------------------------------

.PHONY: demo demo-engines serve worker-gpu worker-cpu worker-api flower doctor
export MEDIA
demo: $(READY) ## Make a film from your pictures: make demo MEDIA=~/pics
	@media="$${MEDIA:-}"; $(BIN)/pytoon demo $${media:+--media "$${media/#\~/$$HOME}"}

demo-engines: $(READY) ## Make a film with every engine, against emulators of the providers: no account is needed
	@$(BIN)/python -m tests.emulators.demo $(ARGS)

serve: $(READY) ## Start everything on this machine: HTTP, workers, broker
	@$(BIN)/pytoon serve

worker-gpu: $(READY) ## Start a worker for scenes (the gpu queues)
	@$(BIN)/pytoon worker gpu

worker-cpu: $(READY) ## Start a worker for planning, sound, encoding and delivery
	@$(BIN)/pytoon worker cpu

worker-api: $(READY) ## Start a worker for orders at hosted engines
	@$(BIN)/pytoon worker api

flower: $(READY) ## Start Flower, to watch the workers in a browser
	@$(BIN)/pytoon flower

doctor: $(READY) ## List what this machine has and lacks
	@$(BIN)/pytoon doctor

# -- checks ----------------------------------------------------------------------------------------------------------

.PHONY: check test lint types imports unit tests bench
check: lint types imports unit ## Run after each edit: style, types, imports and unit tests, about four minutes

test: lint types imports tests ## Run before a change is merged: style, types, imports and all tests

lint: $(READY) ## Check the style with ruff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY) ## Check the types with mypy, strict
	@$(BIN)/mypy

imports: $(READY) ## Check the layers with import-linter
	@$(BIN)/lint-imports

# Run all tests, or those in $(1), with a temporary directory that is removed afterwards.
PYTEST = folder=$$(mktemp -d -t pytoon-XXXXXX); trap 'rm -rf "$$folder"' EXIT; \
	$(BIN)/python -m pytest -n $(JOBS) --no-loadscope-reorder --basetemp="$$folder/tests" $(1) $(ARGS)

unit: $(READY) ## Run the unit tests: they need no service and make no film
	@$(call PYTEST,tests/unit)

tests: $(READY) ## Run all tests; ARGS= is passed to pytest
	@$(call PYTEST,)

bench: $(READY) ## Measure cost, quality and queue; ARGS=--short takes three minutes
	@$(BIN)/python -m tests.bench $(ARGS)

# For example `make chaos KILLS=40 BROKER=redis SEED=7`; without SEED a seed is drawn and printed.
KILLS ?= 500
BROKER ?= embedded
.PHONY: chaos
chaos: $(READY) ## Kill processes at random and check that all jobs end right: KILLS= BROKER= SEED= ARGS=
	@$(BIN)/python -m tests.faults.chaos --kills $(KILLS) --broker $(BROKER) $(if $(SEED),--seed $(SEED)) $(ARGS)

# For example `make fuzz FUZZ_S=600`: each script in tests/fuzz for so many seconds; a finding is a file whose path is shown.
FUZZ_S ?= 60
.PHONY: fuzz
fuzz: $(READY) ## Search for inputs that are treated wrongly: FUZZ_S=seconds for each script
	@failed=0; for script in tests/fuzz/fuzz_*.py; do \
		echo "$$script"; \
		$(BIN)/python -m "tests.fuzz.$$(basename "$$script" .py)" --seconds $(FUZZ_S) || failed=1; \
	done; exit $$failed

# For example `make fuzz-api SEED=7 FUZZ_S=300 DATABASE=postgresql`.
DATABASE ?= sqlite
.PHONY: fuzz-api
fuzz-api: $(READY) ## Send random requests to the API with schemathesis: SEED= FUZZ_S= DATABASE=
	@[ -x $(BIN)/schemathesis ] || $(PIP) 'schemathesis==4.32.5'
	@$(BIN)/python -m tests.flow.fuzz_api --seed $(or $(SEED),1) --seconds $(FUZZ_S) --database $(DATABASE)

# -- maintenance -----------------------------------------------------------------------------------------------------

.PHONY: schemas previews beats format lock clean
schemas: $(READY) ## Write the JSON Schema files
	@$(BIN)/python -m schemas.export

previews: $(READY) ## Make the looping pictures of the presets and the README's picture
	@$(BIN)/python -m tests.bench.previews $(ARGS)

beats: $(READY) ## Find the beats of the bundled tracks and write them
	@$(BIN)/python -m audio.music.beat_data

format: $(READY) ## Format the code with ruff
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--custom-compile-command 'make lock' setup.cfg

lock: ## Lock the dependencies in setup.cfg (needs uv); ARGS=--upgrade takes the newest versions
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/" >&2; exit 1; }
	@$(LOCK) $(ARGS) --extra dev -o requirements-dev.lock
	@$(LOCK) --extra postgres -c requirements-dev.lock -o requirements.lock

clean: ## Remove build and cache files; films and the environment stay
	@rm -rf build dist .schemathesis tests/bench/work *.egg-info .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
