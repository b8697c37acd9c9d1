# Everything a newcomer needs: make demo, make test. Only Python 3.11 or newer with venv, git and make have to be there.

VENV ?= .venv
BIN := $(VENV)/bin
PROCESSORS := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# Two workers more than processors: whole sessions and walks, a group each, wait most of their time. Six are enough.
JOBS ?= $(shell test $(PROCESSORS) -le 4 && echo $$(($(PROCESSORS) + 2)) || echo 6)
# The first Python that is new enough and can make an environment; `make PYTHON=… demo` takes another.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	"$$name" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
CHECKED := $(wildcard src tests benchmarks docs/images docs/dev)

.DEFAULT_GOAL := help
.PHONY: help demo test test-quick check bench bench-peers bench-sentiment bench-language test-live soak clean

help:
	@echo 'make demo         open the queue on a throw-away store with a built-in network'
	@echo 'make test-quick   run the unit tests: a quarter of a minute'
	@echo 'make test         run the tests'
	@echo 'make check        format, lint, types, layers, then the tests: what CI runs'
	@echo 'make test-live    start the real servers that start within a minute, run the tests that need one, stop them'
	@echo 'make soak         1,000 replies through faults and kills, 1,000 sources of which some hang, forty accounts for ten minutes'
	@echo 'make bench        measure; N=1000000 for so many messages, JSON=FILE for the figures'
	@echo 'make bench-sentiment  how well sentiment and order are judged, by labelled texts; LANGUAGES="en hi" for some'
	@echo 'make bench-language  how well languages are told, beside the detectors alone; SETS="umsab.de" for the rows missed'
	@echo 'make bench-peers  measure beside neomutt, aerc and notmuch; installs them where it may'
	@echo 'make clean        remove what make made'

demo: $(VENV)/.runtime
	@$(BIN)/cminbox demo

# Bytecode is kept, also where Python is told not to: else each worker compiles every test anew.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n $(JOBS) --dist loadgroup

# Written as Textual does it: the real program in a terminal, and screens above each other.
PLAIN = $(addprefix tests/ui/test_,app.py draw_ahead.py ended_from_outside.py hostile_screens.py hostile_terminal.py \
	queue_resized.py tour.py)

test: $(VENV)/.tools
	$(PYTEST) -m 'not live'

test-quick: $(VENV)/.tools
	@# None of them waits.
	$(PYTEST) -n $(shell test $(PROCESSORS) -le 4 && echo $(PROCESSORS) || echo 4) tests/unit

check: $(VENV)/.tools
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/mypy
	$(BIN)/lint-imports
	@HYPOTHESIS_PROFILE=ci $(MAKE) --no-print-directory test
	@# Without a terminal only screens above each other and lines drawn ahead differ: test_terminal.py holds where.
	CMINBOX_PLAIN=1 $(PYTEST) $(PLAIN)

test-live: $(VENV)/.tools
	bash .ci/servers $(BIN)/python -m pytest -q -rs --durations=5 -m live $(wildcard tests/*/test_live_*.py)

soak: $(VENV)/.tools
	CMINBOX_WALK=$(or $(N),1000) $(BIN)/python -m pytest -q -s tests/engine/test_engine_walk.py
	CMINBOX_SOURCES=1000 $(BIN)/python -m pytest -q -s tests/engine/test_many_sources.py
	CMINBOX_MINUTES=10 $(BIN)/python -m pytest -q -s -rs tests/integration/test_live_forty.py
	CMINBOX_ALL_PACES=1 $(BIN)/python -m pytest -q tests/ui/test_sessions_typed.py

# N messages, 10,000 unless given; the figures as JSON in the file JSON.
MEASURED = CMINBOX_BENCH_MESSAGES="$(or $(N),$(CMINBOX_BENCH_MESSAGES))" CMINBOX_BENCH_JSON="$(or $(JSON),$(CMINBOX_BENCH_JSON))"

bench: $(VENV)/.tools
	@$(MEASURED) $(BIN)/python benchmarks/bench_queue.py

bench-peers: $(VENV)/.tools
	@$(MEASURED) $(BIN)/python benchmarks/bench_peers.py

bench-sentiment: $(VENV)/.tools
	@$(BIN)/python -c 'import numpy' 2>/dev/null || $(BIN)/python -m pip install -q numpy
	@$(BIN)/python benchmarks/bench_sentiment.py $(LANGUAGES)

bench-language: $(VENV)/.tools
	@$(BIN)/python benchmarks/bench_language.py $(SETS)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache snapshot_report.html
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# A file in the environment says what it was made from, so that a second run starts at once.
$(VENV)/.runtime: pyproject.toml
	@test -n '$(PYTHON)' || { echo 'make: no Python 3.11 or newer with venv was found; on Debian: apt install python3-venv' >&2; exit 1; }
	@test -e '$(VENV)/.runtime' || echo 'The first time takes about a minute: an environment is made in $(VENV), and cminbox is installed in it.'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo '1/3 making the environment with $(PYTHON)'; $(PYTHON) -m venv $(VENV); }
	@$(BIN)/python -c 'import tomllib; found = tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"]; print("2/3 installing", len(found), "packages, and what they need:")'
	@$(BIN)/python -m pip install --progress-bar off --disable-pip-version-check -e .
	@echo '3/3 compiling, so that every start is quick'
	@# Where Python is told to keep no bytecode too.
	@$(BIN)/python -m compileall -q src
	@touch $@

# The groups are read from pyproject.toml by hand: pip knows --group only from 25.1 on.
$(VENV)/.tools: $(VENV)/.runtime
	@$(BIN)/python -c 'import tomllib; groups = tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]; print(*groups["test"], *groups["lint"], sep="\n")' > $(VENV)/tools.txt
	@echo 'installing what the tests and checks need:'
	@$(BIN)/python -m pip install --progress-bar off --disable-pip-version-check -r $(VENV)/tools.txt
	@touch $@
