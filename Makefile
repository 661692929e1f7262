# Two commands for newcomers: `make demo` and `make test`. Everything else is for those who change the code.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test verify lint docs baseline bench bench-pages clean

demo: $(STAMP)
	@# exit code 1 says that a target is missed, which is an answer and no failure
	$(BIN)/sparesim run hp-china-2017 -r 2 --set "run.length=28 days" --set "run.warm_up=30 days" --out results/runs/demo || test $$? -eq 1

test: $(STAMP)
	$(BIN)/python -m pytest -n auto --dist worksteal

verify: $(STAMP)
	$(BIN)/python -m pytest -n auto --dist worksteal -m "slow or not slow"

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: $(STAMP)
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/gallery.py

baseline: $(STAMP)
	$(BIN)/sparesim check

# Everything takes about half an hour: make bench; a part of it: make bench ONLY=a,b REPEATS=3
bench: $(STAMP) .venv-peers/.installed
	$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(REPEATS),--repeats $(REPEATS))

bench-pages: $(STAMP)
	$(BIN)/python -m benchmarks --pages

# Other simulators have an environment of their own: what they bring along slows every start of Python down.
.venv-peers/.installed: benchmarks/peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/peers.txt
	touch $@

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch $(STAMP)

clean:
	rm -rf $(VENV) build dist results/runs
