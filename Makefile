# `make serve` and `make test` are all that a new machine needs (Debian, python3 with venv, make).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: serve test test-fast lint bench clean

serve: $(INSTALLED)
	$(BIN)/callwright serve --flows flows

test: $(INSTALLED)
	$(BIN)/pytest -q

# Everything that loads no speech model: a few seconds.
test-fast: $(INSTALLED)
	$(BIN)/pytest -q -m "not speech"

lint: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(INSTALLED)
	$(BIN)/python bench/report.py

# Made again only when what is to be installed has changed.
$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[local,dev]'
	touch $@

clean:
	rm -rf $(VENV) data out .pytest_cache .mypy_cache .ruff_cache .hypothesis
