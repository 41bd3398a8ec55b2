# Everything runs in .venv, which each target makes as far as it needs it.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export BENTOML_DO_NOT_TRACK := True
export HF_HUB_OFFLINE ?= 1

SHARED ?= ../shared
GOLD ?= $(SHARED)/gold/dev.jsonl
ARCHIVES ?= $(SHARED)/archive/ant-multisource.jsonl.gz $(SHARED)/archive/asharq-alawsat-2015.jsonl.gz
EXTRACTION_TEST := data/labelled/extraction/test.jsonl
PORT ?= 3000

.DEFAULT_GOAL := help
.PHONY: help run test lint format train evaluate evaluate-extraction bench soak clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 24

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Qawl needs Python 3.11 or 3.12: make PYTHON=python3.12 …" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip

$(VENV)/.serving: $(BIN)/python pyproject.toml
	@echo "Installing what serving and archives need (no torch) into $(VENV) …"
	$(BIN)/pip install --quiet --editable '.[archive]'
	@touch $@

# torch first and exactly: a looser demand would take a build with gigabytes of CUDA.
$(VENV)/.dev: $(VENV)/.serving pyproject.toml
	@echo "Installing what training and the tests need into $(VENV) …"
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

run: $(VENV)/.serving ## start the service on http://127.0.0.1:3000 with the shipped model
	$(BIN)/qawl serve --port $(PORT)

test: $(VENV)/.dev lint ## install the rest, lint, check types, run every test
	$(BIN)/pytest

lint: $(VENV)/.dev ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

train: $(VENV)/.dev ## train the shipped artifact from the repository alone
	$(BIN)/qawl train configs/embedded.yaml --output runs/embedded

evaluate: $(VENV)/.dev ## score the shipped artifact on GOLD (default: ../shared/gold/dev.jsonl)
	$(BIN)/qawl evaluate serving/model --data $(GOLD) --report runs/evaluation

# Errors are listed for GOLD only: whoever works on the extraction must not read the test articles.
evaluate-extraction: $(VENV)/.dev ## score the extraction on GOLD, with its errors in context, and on the test articles
	@if [ -f $(GOLD) ]; then $(BIN)/python -m data.evaluation $(GOLD) --errors runs/extraction-errors.txt; \
	else echo "$(GOLD) is not here"; fi
	@if [ -f $(firstword $(ARCHIVES)) ]; then echo "Test articles, never developed on:"; \
	$(BIN)/python -m data.evaluation --standoff $(EXTRACTION_TEST) $(addprefix --archive ,$(ARCHIVES)); \
	else echo "$(firstword $(ARCHIVES)) is not here"; fi

bench: $(VENV)/.dev ## measure speed; ratios side by side in one run
	$(BIN)/python -m tests.bench

SOAK := soak overload slow-loris long sigterm kill promote
soak: $(VENV)/.dev ## hold the service under load, its overload, slow clients, signals and promotions (15 minutes)
	@status=0; for mode in $(SOAK); do $(BIN)/python -m tests.soak $$mode || status=1; done; exit $$status

clean: ## remove what was built, the virtual environment too
	rm -rf $(VENV) build dist runs *.egg-info .mypy_cache .pytest_cache .ruff_cache
