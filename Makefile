# `make parity` and `make test` need Python 3.10+ and nothing else; they make a virtual environment of their own.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
PINS   ?= requirements-ci.txt
# One worker a core; `make test N=0` runs everything in one process.
N      ?= auto

.PHONY: parity test bench record clean

parity: $(VENV)/installed
	@status=0; for port in reference huggingface_hub; do \
	  $(BIN)/hub-conformance run --port $$port --report report/$$port -n $(N) || status=1; \
	done; exit $$status

test: $(VENV)/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -n $(N)

record: $(VENV)/installed
	$(BIN)/hub-conformance record gsm8k
	$(BIN)/hub-conformance record contract

clean:
	rm -rf $(VENV) report build dist

$(VENV)/installed: pyproject.toml $(PINS)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(PINS) --editable '.[test]'
	@touch $@
