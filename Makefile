.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r
LOCK := $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--no-emit-find-links --python-version 3.11 --custom-compile-command "make lock"
TYPED := src adapters web/shop $(wildcard tests contract-tests benchmarks scripts)
TESTS := $(wildcard tests contract-tests)
# Tests start dozens of our own processes: compiled once, each is there in half of the time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help install web clients run demo test journeys deep cover check bench simulate chaos drill openapi docs lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.installed ## Create .venv with the locked dependencies and this project

$(UV):
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; try make PYTHON=python3.11 ...")'
	@echo "creating .venv"
	@$(PYTHON) -m venv .venv
	@$(PIP) requirements/build.txt

# uv is much faster; pip also obeys a mirror or proxy that only pip is configured for.
.venv/.locked: requirements/build.txt requirements/dev.txt | $(UV)
	@echo "installing the locked dependencies into .venv"
	@$(UV) pip sync --quiet --require-hashes --python $(BIN)/python requirements/dev.txt \
		|| $(PIP) requirements/dev.txt
	@touch $@

.venv/.installed: .venv/.locked pyproject.toml
	@$(UV) pip install --quiet --offline --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@

web: install ## Build the pages of web/ into the package, unless they are there
	@$(BIN)/python -m scripts.web build

clients: install ## Generate the TypeScript and the Python client into build/clients
	@$(BIN)/python -m scripts.web clients

run: install ## Start the middleware and its stand-in backends
	@$(BIN)/python -m scripts.web try
	@$(BIN)/unshackled up

demo: install ## Play a customer through a whole checkout, step by step
	@$(BIN)/unshackled demo

# Who is done takes over what others have not begun; modules stay together, and share what they built.
# One worker more than there are cores: tests of whole systems wait more than they work.
PYTEST := $(BIN)/python -m pytest -n $(shell expr $$(nproc) + 1) --dist worksteal

test: install ## Run every test, and name the 25 slowest
	@$(BIN)/python -m scripts.web try
	@$(PYTEST) --durations=25 $(TESTS)

journeys: install ## Buy in a real browser in every way: JOURNEYS=word for those that have it in their names
	@$(BIN)/python -m scripts.web journeys $(JOURNEYS)

deep: install ## Run every test with more seeds, schedules, walks and examples
	@HYPOTHESIS_PROFILE=deep $(PYTEST) --durations=25 $(TESTS)

cover: install ## Run every test and report the branches that none took
	@$(PYTEST) --cov --cov-report=term-missing $(TESTS)

check: install ## Format, lint, types, imports, house rules, flow proofs, OpenAPI and matrix equality
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(TYPED)
	$(BIN)/python scripts/scaffold_types.py
	$(BIN)/lint-imports
	$(BIN)/python scripts/house_rules.py
	$(BIN)/hadolint Dockerfile
	$(BIN)/unshackled flows check flows/
	$(BIN)/unshackled openapi --check openapi/
	$(BIN)/unshackled adapters matrix --check docs/adapter-matrix.md
	$(BIN)/python -m scripts.web check

bench: install ## Measure cost and latency; writes benchmarks/results.json
	@$(BIN)/python -m benchmarks

simulate: install ## Storms of crashes and lost answers: SEEDS=1000 FIRST=0, or SEED=7 for its story
	@$(BIN)/unshackled simulate $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),1000) --first $(or $(FIRST),0)) $(if $(FLOWS),--flows $(FLOWS))

chaos: install ## Kill replicas, broker and database under load: MINUTES=2 SEED=7 REPORT=file.json
	@$(BIN)/python -m unshackled.proving.chaos --minutes $(or $(MINUTES),2) $(if $(SEED),--seed $(SEED)) $(if $(REPORT),--report $(REPORT))

drill: install ## Move a shop to a new backend while it sells, and break it: MINUTES=2 SEED=7 REPORT=file.json
	@$(BIN)/python -m unshackled.proving.drill --minutes $(or $(MINUTES),2) $(if $(SEED),--seed $(SEED)) $(if $(REPORT),--report $(REPORT))

openapi: install ## Write the served API documents to openapi/
	@$(BIN)/unshackled openapi --write openapi/
	@$(BIN)/python -m unshackled.authoring.lender_check.lender_document > openapi/lender.json

docs: install ## Write what is generated in docs/
	@$(BIN)/python scripts/settings_table.py
	@$(BIN)/python scripts/messages_table.py
	@$(BIN)/python scripts/flow_tables.py
	@$(BIN)/python scripts/telemetry_tables.py
	@$(BIN)/python -m scripts.adapter_tables
	@$(BIN)/unshackled adapters matrix --write docs/adapter-matrix.md

lock: | $(UV) ## Renew requirements/*.txt from pyproject.toml (add UPGRADE=1 for newer versions)
	@$(LOCK) $(if $(UPGRADE),--upgrade) pyproject.toml --all-extras -o requirements/runtime.txt
	@$(LOCK) $(if $(UPGRADE),--upgrade) pyproject.toml --all-extras --group dev -c requirements/runtime.txt -o requirements/dev.txt
	@printf 'hatchling\nnodejs-wheel-binaries\nuv\n' | $(LOCK) --no-annotate -c requirements/dev.txt - -o requirements/build.txt

clean: ## Remove everything that make can make again
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage htmlcov dist build \
		web/node_modules web/journeys/node_modules web/generated src/unshackled/web_files
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
