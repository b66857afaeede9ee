# Two commands: `make demo` shows a real model's answer, `make test` runs everything on every Python that is here.

PYTHON   ?= python3
VENV     ?= .venv
QUESTION ?= What is the chemical formula of water?
TOX_ARGS ?=

BIN     := $(VENV)/bin
SOURCES := $(shell find llamacffi bindgen cmake -type f \( -name '*.py' -o -name '*.c' -o -name '*.cpp' -o -name '*.h' -o -name '*.hpp' -o -name '*.cmake' \) 2>/dev/null) \
           pyproject.toml build_ffi.py CMakeLists.txt vendor/llama.lock.toml

.PHONY: demo test lint format generate bench clean distclean help

help:      ## what there is
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

demo: $(VENV)/.installed ## a model's answer, word by word
	$(BIN)/llamacffi chat --temperature 0 "$(QUESTION)"

test: $(VENV)/.tox-installed ## everything, on every Python that is here
	$(BIN)/tox run $(TOX_ARGS)

lint: $(VENV)/.tox-installed ## ruff, mypy, import-linter, generated files
	$(BIN)/tox run -e lint,types,floors,fresh

format: $(VENV)/.tox-installed ## let ruff rewrite what it can
	$(BIN)/tox exec -e lint -- ruff check --fix .
	$(BIN)/tox exec -e lint -- ruff format .

generate: $(VENV)/.tox-installed ## the stub, the options and api.json from llama.cpp's headers
	$(BIN)/tox exec -e fresh -- python build_ffi.py generate

bench: $(VENV)/.installed ## every benchmark, beside its rival
	$(BIN)/python -m pip install --disable-pip-version-check --quiet 'setuptools>=77' cffi pcpp pycparser
	$(BIN)/python build_ffi.py bench
	for file in ffi_call import_time decode tokenizer state embedding; do $(BIN)/python benchmarks/$$file.py || exit 1; done

clean: ## what was built, but not llama.cpp's source
	rm -rf build dist .tox $(VENV) *.egg-info .coverage .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	rm -rf llamacffi/_native/lib llamacffi/_native/_llama.*so llamacffi/_native/_build_info.json
	find . -name __pycache__ -type d -not -path './vendor/*' -prune -exec rm -rf {} +

distclean: clean ## that too
	rm -rf vendor/llama.cpp

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "$(PYTHON) is $$($(PYTHON) --version 2>&1): llamacffi needs Python 3.10 or newer, try make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || \
	  { echo "no venv in $(PYTHON): on Debian and Ubuntu, apt install python3-venv" >&2; exit 1; }

# --verbose, because compiling llama.cpp takes minutes and pip shows nothing of it otherwise.
$(VENV)/.installed: $(VENV)/bin/python $(SOURCES)
	$(BIN)/python -m pip install --disable-pip-version-check --verbose '.[cli]'
	@touch $@

$(VENV)/.tox-installed: $(VENV)/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check --quiet 'tox>=4.25'
	@touch $@
