# Everything a newcomer types. `make help` lists it.
# Nothing is needed beforehand but Python 3.11 or newer and make; uv is used where it is present, pip otherwise.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help up venv test check fmt bench screenshots lock

VENV := .venv
BIN := $(VENV)/bin
# How many tests run at once.
JOBS ?= 2

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(VENV)/.product ## Start Penstock: database, library, demo, web, workers and clock. PORT, DATABASE_URL, PENSTOCK_DEMO=0
	@exec $(BIN)/python -m dashboards.up

venv: $(VENV)/.development ## Build the environment in .venv, with the tools for development

test: $(VENV)/.development ## Run every test on SQLite, then what asks the database in words of its own on PostgreSQL
	@failed=0; \
	echo "The tests, on SQLite"; \
	$(BIN)/pytest -n $(JOBS) --dist loadgroup --no-loadscope-reorder tests || failed=1; \
	echo "The tests that touch the database, on PostgreSQL"; \
	TEST_DATABASE=postgres $(BIN)/pytest -n $(JOBS) --dist loadgroup --no-loadscope-reorder tests || failed=1; \
	exit $$failed

check: $(VENV)/.development ## Look at the code: lint, format, types of the engine, who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

fmt: $(VENV)/.development ## Put the code in its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.development ## Measure: compiling, moving, watching; RUNS=1000000 fills the board with so many
	@PENSTOCK_LOG_LEVEL=WARNING $(BIN)/python -m tests.benchmarks

screenshots: $(VENV)/.development ## Take the docs' pictures anew, of the real pages (needs Chromium)
	$(BIN)/pytest tests/browser/screenshots.py

lock: ## Pin every package again, from pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/"; exit 1; }
	@.ci/lock requirements.lock
	@.ci/lock requirements-dev.lock --group dev

$(VENV)/.product: requirements.lock
	@.ci/install $(VENV) requirements.lock
	@touch $@

$(VENV)/.development: requirements-dev.lock
	@.ci/install $(VENV) requirements-dev.lock
	@touch $@
