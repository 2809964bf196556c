# `make parity` and `make test` need Python 3.10+ and nothing else; they make a virtual environment of their own.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
PINS   ?= requirements-ci.txt
# Workers: two more than cores, since many checks and tests wait; `make test N=0` runs everything in one process.
N      ?= $(shell $(PYTHON) -c "import os; print((os.cpu_count() or 1) + 2)")
# How long `make fuzz` lasts.
SECONDS ?= 300

# Ports with an environment of their own: the official client in three generations, other libraries, and command-line clients.
PORTS   = huggingface_hub-0.36 huggingface_hub-1 huggingface_hub-2 huggingface_hub-2-xet opendal datasets huggingface_js transformers_js curl hubdl hfms_bridge

# Programs that tests start again and again must not be compiled each time.
unexport PYTHONDONTWRITEBYTECODE

# Where the environments of ports are made, and kept.
export HUB_CONFORMANCE_ENVIRONMENTS = $(abspath $(VENV))/ports

.PHONY: parity test quick zoo generations results bench fuzz record catalogue coverage clean

parity: $(VENV)/installed
	@status=0; for port in reference huggingface_hub; do \
	  $(BIN)/hub-conformance run --port $$port --report report/$$port -n $(N) || status=1; \
	done; exit $$status

# The JavaScript ports are tested where npm can install them. Where it cannot, their tests are skipped; in CI that is an error.
test: $(VENV)/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/hub-conformance ports --install huggingface_js transformers_js || test "$$CI" != true
	$(BIN)/pytest -n $(N)

# All tests but the slow ones, and nothing before them.
quick: $(VENV)/installed
	$(BIN)/pytest -n $(N) -m 'not slow'

generations: $(VENV)/installed
	$(BIN)/hub-conformance ports --install $(PORTS) --constraint requirements-ports.txt
	@status=0; for port in $(PORTS); do \
	  $(BIN)/hub-conformance run --port $$port --report report/$$port -n $(N) || status=1; \
	done; exit $$status

# Every bundled port that can run here, as a site in report/site and as the table in conformance/ports/RESULTS.md and the README.
# What a port fails is its result, and no failure of this target.
results: $(VENV)/installed
	$(BIN)/hub-conformance ports --install $(PORTS) --constraint requirements-ports.txt
	@reports=; for port in reference huggingface_hub $(PORTS); do \
	  $(BIN)/hub-conformance run --port $$port --report report/$$port -n $(N) --quiet || test $$? != 2 || exit 1; \
	  if [ -f report/$$port/parity.json ]; then reports="$$reports report/$$port"; fi; \
	done; \
	$(BIN)/hub-conformance report $$reports --html report/site && $(BIN)/python -m conformance.report.results $$reports

record: $(VENV)/installed
	for area in gsm8k contract tulu3 deepcoder livecodebench openthoughts; do $(BIN)/hub-conformance record $$area || exit 1; done

# Each client of the zoo against every check of its areas; `make test` gives each of them a part.
zoo: $(VENV)/installed
	HUB_CONFORMANCE_WHOLE_ZOO=1 $(BIN)/pytest -n $(N) conformance/selftest/zoo

# What is generated from the checks: the table of mutants, the next profile, the list of what is not tested, outputs in PORTING.
catalogue: $(VENV)/installed
	$(BIN)/python -m conformance.catalogue.render
	$(BIN)/python -m conformance.author.walkthrough

# Which lines the quick tests run; the programs that they start are not counted.
coverage: $(VENV)/installed
	$(BIN)/coverage run --source conformance,reference_client -m pytest -q -n 0 -m 'not slow'
	$(BIN)/coverage report

# Other examples than `make test` draws, for as long as that; each round prints its seed.
fuzz: $(VENV)/installed
	$(BIN)/python -m conformance.selftest.fuzz $(SECONDS)

bench: $(VENV)/installed
	$(BIN)/python -m conformance.bench.suite
	$(BIN)/python -m conformance.bench.shim
	$(BIN)/python -m conformance.bench.client
	$(BIN)/python -m conformance.bench.rows

clean:
	rm -rf $(VENV) report build dist

$(VENV)/installed: pyproject.toml $(PINS)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(PINS) --editable '.[test]'
	@touch $@
