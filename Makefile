# LeNet-5, layer by layer. `make help` lists the targets.
# Each target makes the virtual environment that it needs, and does so again when the
# requirements have changed.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
BOOK := _build/html/index.html
CHAPTERS := $(sort $(wildcard chapters/*.ipynb))
JOBS ?= 2
REPORT ?=
MARKS ?=
# The first of these Pythons that is here: what Colab and Binder have is nicer, not needed.
first = $(shell for p in $(1); do $$p --version >/dev/null 2>&1 && echo $$p && break; done)
COLAB_PYTHON ?= $(call first,python3.13 $(PYTHON))
BINDER_PYTHON ?= $(call first,python3.12 $(PYTHON))

# A relative LENET_MNIST would be looked for beside each notebook.
ifneq ($(filter-out sample,$(LENET_MNIST)),)
export LENET_MNIST := $(abspath $(LENET_MNIST))
endif

.DEFAULT_GOAL := help
.PHONY: help book test lint chapters lab serve bench experiments assets clean \
  address hooks dist pdf colab binder newest

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

define install # a requirements file, a Python, a folder for the environment
	@$(2) tools/check_python.py
	@test -x $(3)/bin/python || $(2) -m venv $(3) || { \
	  echo "$(2) cannot make a virtual environment. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing $(1) into $(3). The first time takes a few minutes."
	@$(3)/bin/python -m pip install --quiet --disable-pip-version-check -r $(1)
	@touch $@
endef

$(VENV)/.course: requirements.txt pyproject.toml
	$(call install,requirements.txt,$(PYTHON),$(VENV))

$(VENV)/.tests: requirements-dev.txt requirements.txt pyproject.toml
	$(call install,requirements-dev.txt,$(PYTHON),$(VENV))
	@touch $(VENV)/.course

.venv-colab/.ready: requirements-colab.txt
	$(call install,requirements-colab.txt,$(COLAB_PYTHON),.venv-colab)

.venv-binder/.ready: requirements.txt runtime.txt
	$(call install,requirements.txt,$(BINDER_PYTHON),.venv-binder)

# The chapters' part of requirements.txt, without the versions.
.venv-newest/requirements.txt: requirements.txt
	@mkdir -p $(@D)
	@sed -n '/^# The chapters/,$$p' $< | sed 's/==[^;]*//' > $@

book: $(VENV)/.course ## Build the book, with warnings as errors
	@rm -rf _build
	@$(BIN)/jupyter-book build . --all -W -n --keep-going --quiet
	@echo "The book is in $(BOOK). Open it in a browser, or run: make serve"

test: $(VENV)/.tests lint ## Run all tests, every notebook among them
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile $(if $(MARKS),-m "$(MARKS)") \
	  $(if $(REPORT),--junitxml=$(REPORT)/tests.xml) --nbval tests chapters

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

bench: $(VENV)/.tests ## Measure times, memory and errors, and where the time of make test goes
	@$(BIN)/python tools/bench.py
	@$(BIN)/python tools/bench_tests.py

experiments: $(VENV)/.course ## Run the long experiments whose results are not there yet
	@$(BIN)/python -m lenet_utils.experiments all --jobs $(JOBS)

assets: $(VENV)/.course ## Draw the logo and the picture again from the data
	@$(BIN)/python tools/draw_assets.py

dist: book ## Make one zip: the book to read without a network, and the notebooks
	@$(BIN)/python tools/dist.py

pdf: book $(VENV)/.tests ## Make a PDF of the whole book (needs Chromium)
	@$(BIN)/python tools/pdf.py

colab: .venv-colab/.ready $(VENV)/.tests ## Run each chapter alone, with Colab's versions
	@$(BIN)/python tools/colab.py $(CHAPTERS)

binder: .venv-binder/.ready $(VENV)/.tests ## Run the chapters in what Binder would install
	@$(BIN)/python tools/binder.py $(CHAPTERS)

newest: .venv-newest/requirements.txt ## Run the chapters with the newest versions of everything
	@$(PYTHON) -m venv .venv-newest
	@.venv-newest/bin/python -m pip install --quiet --upgrade --upgrade-strategy eager -r $<
	@.venv-newest/bin/python -m pip list
	@.venv-newest/bin/python -m pytest -q --nbval-lax chapters

address: $(VENV)/.course ## Say where the repository is: make address URL=https://github.com/OWNER/NAME
	@$(BIN)/python tools/address.py $(if $(URL),'$(URL)')

hooks: $(VENV)/.tests ## Let Git check what you commit
	@$(BIN)/pre-commit install

clean: ## Remove what was built, not the environments
	@rm -rf _build dist .pytest_cache .hypothesis .ruff_cache *.egg-info
