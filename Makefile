# `make serve` and `make test` are all that a new machine needs (Debian, python3 with venv, make).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
RECORDINGS := /usr/share/asterisk/sounds/en_US_f_Allison
GRAPHVIZ := /usr/bin/dot
HAPROXY := /usr/sbin/haproxy

# As in runtime/__init__.py, for the tests that import numpy before it.
export OPENBLAS_NUM_THREADS ?= 1
# Where bytecode is forbidden, each worker would compile and rewrite all tests at each run.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: serve test test-fast fuzz-api lint bench demo-outbound clean

serve: $(INSTALLED)
	$(BIN)/callwright serve --flows flows

# Calls take as long as calls take: more workers than cores, since most of them only wait.
test: $(INSTALLED) $(RECORDINGS) $(GRAPHVIZ) $(HAPROXY)
	$(BIN)/pytest -q -n 4 --dist loadscope --no-loadscope-reorder

# What needs no network, no database, no program and no speech model, for after each change:
# tests/shared/offline.py tells what that is, tests/shared/forks.py how it is run. One fork more than
# there are cores, since some tests wait. To keep it quick, look at
# `make test-fast FAST=--durations=20`: nothing should stand there with more than a fifth of a
# second. What costs is a library loaded by one test alone (load it in the test, not at its module's
# head), and thousands of rows as tests of their own (see `each_row` in tests/shared/tables.py).
test-fast: $(INSTALLED)
	$(BIN)/pytest -q --forks 3 --offline --capture=sys --hypothesis-profile=fast $(FAST)

# Some thousand requests, good and bad, to a server of its own, by its OpenAPI document; `make test`
# makes some hundred. Another number: EXAMPLES=1000, of each operation.
fuzz-api: $(INSTALLED)
	PYTHONPATH=.:tests/shared $(BIN)/python tests/shared/fuzzing.py --examples $(or $(EXAMPLES),300)

lint: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# The peers go into a virtualenv of their own (.venv-bench), by bench/peers/requirements.txt.
bench: $(INSTALLED)
	$(BIN)/python bench/report.py $(BENCH)

# A campaign of 20 calls to the stand-in carrier's people, a minute long; KILL=1 kills its worker
# in the middle and starts it again.
demo-outbound: $(INSTALLED)
	$(BIN)/python demo/outbound.py $(if $(KILL),--kill)

# Made again only when what is to be installed has changed.
$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[all,dev]'
	touch $@

# A human voice for the tests (CC-BY-SA-3.0), and the second synthesiser. Debian's packages need
# root; without them the tests that use them are skipped, and say so.
$(RECORDINGS):
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
	    --no-install-recommends asterisk-core-sounds-en asterisk-core-sounds-en-wav espeak-ng; \
	else \
	  echo "For all tests: apt-get install asterisk-core-sounds-en asterisk-core-sounds-en-wav espeak-ng"; \
	fi

# Takes the graphs that are printed for it.
$(GRAPHVIZ):
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
	    --no-install-recommends graphviz; \
	else \
	  echo "For all tests: apt-get install graphviz"; \
	fi

# Stands before two servers, as in deploy/haproxy.cfg.
$(HAPROXY):
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
	    --no-install-recommends haproxy; \
	else \
	  echo "For all tests: apt-get install haproxy"; \
	fi

clean:
	rm -rf $(VENV) .venv-bench data out .pytest_cache .mypy_cache .ruff_cache .hypothesis
