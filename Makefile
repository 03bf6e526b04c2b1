# LeNet-5, layer by layer. `make help` lists the targets.
# Each target makes the virtual environment that it needs, and does so again when the
# requirements have changed.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
BOOK := _build/html/index.html
CHAPTERS := $(sort $(wildcard chapters/*.ipynb))
JOBS ?= 2

# A relative LENET_MNIST would be looked for beside each notebook.
ifneq ($(filter-out sample,$(LENET_MNIST)),)
export LENET_MNIST := $(abspath $(LENET_MNIST))
endif

.DEFAULT_GOAL := help
.PHONY: help book test lint chapters lab serve bench experiments assets clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

define install # a requirements file
	@$(PYTHON) tools/check_python.py
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
	  echo "$(PYTHON) cannot make a virtual environment. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing $(1) into $(VENV). The first time takes a few minutes."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(1)
	@touch $@
endef

$(VENV)/.course: requirements.txt pyproject.toml
	$(call install,requirements.txt)

$(VENV)/.tests: requirements-dev.txt requirements.txt pyproject.toml
	$(call install,requirements-dev.txt)
	@touch $(VENV)/.course

book: $(VENV)/.course ## Build the book, with warnings as errors
	@rm -rf _build
	@$(BIN)/jupyter-book build . --all -W -n --keep-going --quiet
	@echo "The book is in $(BOOK). Open it in a browser, or run: make serve"

test: $(VENV)/.tests lint ## Run all tests, every notebook among them
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile tests
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile --nbval chapters

lint: $(VENV)/.tests
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet . || { \
	  echo "Ruff has found something. Try: $(BIN)/ruff check --fix . && $(BIN)/ruff format ."; exit 1; }

chapters: $(VENV)/.course ## Execute the notebooks again, in place
	@$(BIN)/python tools/execute.py $(CHAPTERS)

lab: $(VENV)/.course ## Open the chapters in JupyterLab
	@$(BIN)/jupyter lab chapters

serve: book ## Build the book and serve it on this machine
	@echo "http://127.0.0.1:8000/ (stop with Ctrl-C)"
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html 8000

bench: $(VENV)/.tests ## Measure times, memory and errors, and print them as a table
	@$(BIN)/python tools/bench.py

experiments: $(VENV)/.course ## Run the long experiments whose results are not there yet
	@$(BIN)/python -m lenet_utils.experiments all --jobs $(JOBS)

assets: $(VENV)/.course ## Draw the logo and the picture again from the data
	@$(BIN)/python tools/draw_assets.py

clean: ## Remove what was built, not the environment
	@rm -rf _build .pytest_cache .hypothesis .ruff_cache *.egg-info
