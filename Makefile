# Everything sets itself up: Python 3.11 to 3.13 with venv, and make, are all that must be there.
# A GPU machine takes PyTorch's CUDA build with   make demo TORCH_INDEX=https://download.pytorch.org/whl/cu130
# a laptop the small CPU build with               make demo TORCH_INDEX=https://download.pytorch.org/whl/cpu
PYTHON ?= $(firstword $(foreach python,python3.11 python3.12 python3.13,$(shell $(python) -c 'import sys; print("$(python)")' 2>/dev/null)) python3)
TORCH_INDEX ?=
VENV ?= .venv
BIN := $(VENV)/bin
# A file of tests stays in one process, for what its tests share.
SIDE_BY_SIDE := -n 2 --dist loadfile --no-loadscope-reorder
PIP_OPTIONS := $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))

.PHONY: demo test check gate bench lint clean

demo: $(VENV)/.installed        ## two quarters of a pretend municipal web, from crawl to model, in data/demo
	$(BIN)/tvaerkom demo

test: $(VENV)/.installed-dev    ## all tests
	$(BIN)/pytest $(SIDE_BY_SIDE)

check: lint                     ## lint, types and the fast tests
	$(BIN)/pytest -m "not slow" $(SIDE_BY_SIDE)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/mypy

gate: $(VENV)/.installed-dev .venv-bench/.installed    ## quality, on Kommuneby and on real material in ../shared
	$(BIN)/python -m benchmarks.gate

bench: $(VENV)/.installed-dev .venv-bench/.installed    ## speed, and the crawl beside its rivals
	$(BIN)/python -m benchmarks.bench

# The rivals live apart, so that what they need changes nothing here.
.venv-bench/.installed: $(VENV)/bin/python benchmarks/constraints.txt
	$(BIN)/python -m venv .venv-bench
	.venv-bench/bin/pip install --quiet $(PIP_OPTIONS) -r benchmarks/constraints.txt
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	  || { echo "Python 3.11, 3.12 or 3.13 is needed; name one: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "this Python has no venv or ensurepip; on Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/pip install --quiet -c constraints.txt $(PIP_OPTIONS) -e '.[demo]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/pip install --quiet -c constraints.txt $(PIP_OPTIONS) -e '.[demo,dev]'
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) .venv-bench build dist *.egg-info
