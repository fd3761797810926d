# The commands of the project. `make help` lists them.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# A value of TORCH replaces the pinned torch, e.g. a local wheel: make demo TORCH=./torch-2.13.0.whl
TORCH ?=
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
DEMO ?=
TESTS ?= tests
INTEGRATION ?=
MATRIX ?=
BENCH ?=
TORTURE ?=
JOBS ?= 2
PICTURES ?=
STUDIES ?=

.PHONY: help demo test test-python test-page integration matrix bench bench-growth bench-documents torture check format bundle proto golden screenshots pictures studies corpus demo-log lock audit clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

demo: .venv/runtime  ## train a character RNN on C source and watch it in the RNNbow tab
	@$(BIN)/python examples/char_rnn.py --serve $(DEMO)

test: test-python test-page  ## all tests, the browser's included

# Two workers of one thread each: numerics this small only lose by more threads. The browser tests
# need axe-core, which npm brings.
test-python: .venv/development frontend/node_modules/.installed
	tools/chromium.sh
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile $(TESTS)

test-page: frontend/node_modules/.installed
	cd frontend && npm test --silent

# Each script of tests/integration in an environment of its own, with the public package it is for.
integration:  ## train models of public packages, recorded (not part of test)
	PYTHON="$(PYTHON)" TORCH="$(TORCH)" tests/integration/run.sh $(INTEGRATION)

# MATRIX="oldest oldtorch" runs a part; those with a torch of their own run only when they are named.
matrix:  ## wire and backend with the oldest and newest Python, TensorBoard and protobuf
	tools/matrix.sh $(MATRIX)

# BENCH="itemization --quick" measures a part. The figures go to benchmarks/results.
bench: .venv/development  ## measure: one table of ratios, also as JSON and Markdown
	tools/chromium.sh
	$(BIN)/python -m benchmarks $(BENCH)

# BENCH="LSTM --quick" measures a part.
bench-growth: .venv/development  ## measure and draw how time and memory grow, docs/growth*.svg
	$(BIN)/python -m benchmarks.growth $(BENCH)
	$(BIN)/python -m benchmarks.growth_plot

bench-documents: .venv/development  ## put what `make bench` measured into README and docs
	$(BIN)/python -m benchmarks.documents

# TORTURE="--seed 7" tries the same again, TORTURE="kills --share 0.1" a part, which is only printed.
torture: .venv/development  ## kill, fill, damage and attack it, and write docs/reliability.md
	tools/chromium.sh
	OMP_NUM_THREADS=1 $(BIN)/python -m torture $(TORTURE)

check: .venv/development frontend/node_modules/.installed  ## lint, types, format, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	tools/proto.sh --check
	cd frontend && npm run check --silent

format: .venv/development frontend/node_modules/.installed  ## put the sources in shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd frontend && npm run format --silent

bundle: frontend/node_modules/.installed  ## build the page into rnnbow_plugin/static
	cd frontend && npm run build --silent

proto: .venv/development frontend/node_modules/.installed  ## generate code from rnnbow.proto
	tools/proto.sh
	cd frontend && npm run proto --silent

golden: .venv/development  ## write the example records of tests/golden anew
	$(BIN)/python -m tests.golden.make

screenshots: .venv/development  ## take the README's pictures anew
	tools/chromium.sh
	$(BIN)/python tools/screenshots.py

# PICTURES="batch matrix" renews a part.
pictures: .venv/development frontend/node_modules/.installed  ## take the reference pictures of tests/pictures anew
	tools/chromium.sh
	$(BIN)/python tools/pictures.py $(PICTURES)

# STUDIES="spectrum" renews a part.
studies: .venv/development  ## run the studies anew, and put figures and pictures into docs/studies
	tools/chromium.sh
	OMP_NUM_THREADS=1 $(BIN)/python tools/studies.py $(STUDIES)

corpus:  ## fetch the C of Linux that one study trains on into .corpus (make studies does it too)
	tools/kernel.sh

demo-log: .venv/runtime  ## train anew what `make demo` shows beside its own training, examples/demo
	OMP_NUM_THREADS=1 $(BIN)/python tools/make_demo_log.py

lock: .venv-tools/installed  ## write the lock files anew from requirements*.txt
	$(PYTHON) tools/lock.py

audit: .venv-tools/installed frontend/node_modules/.installed  ## ask whether a known hole is in what we install
	tools/audit.sh

clean:  ## remove what was installed and built; logs stay
	rm -rf .venv .venv-integration .venv-matrix .venv-tools frontend/node_modules build dist *.egg-info

# Each environment is made once, and again only when its requirements change.
.venv/runtime: requirements.txt requirements.lock pyproject.toml setup.py
	@test -n "$(PYTHON)" || { echo "make: no python3 found; install Python 3.11 to 3.13" >&2; exit 1; }
	@echo "Installing into .venv (once) ..."
	@$(PYTHON) -m venv .venv
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) "$(or $(TORCH),$(shell grep '^torch==' requirements.txt))"
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/development: .venv/runtime requirements-dev.lock
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

.venv-tools/installed: requirements-tools.lock
	@$(PYTHON) -m venv .venv-tools
	@.venv-tools/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

frontend/node_modules/.installed: frontend/package-lock.json
	@command -v npm >/dev/null || { echo "make: no npm found; install Node.js 20 or later" >&2; exit 1; }
	cd frontend && npm ci --silent --no-audit --no-fund
	@touch $@
