# `make app` starts the app on a real sample, `make test` passes the tests, `make docs` builds the site.
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: app test check docs sbom clean

app: .venv/installed
	$(BIN)/lart app

test: .venv/installed-dev
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

check: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python requirements.txt pyproject.toml
	$(BIN)/pip install -q -r requirements.txt
	$(BIN)/pip install -q --no-deps -e .
	touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	$(BIN)/pip install -q -r requirements-dev.txt
	touch $@

# What the product consists of (CycloneDX), and the licences of all that an installation brings.
sbom: .venv/installed .sbom/installed
	mkdir -p artefacts
	.sbom/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
	  --output-file artefacts/sbom.cdx.json $(BIN)/python
	.sbom/bin/pip-licenses --python $(BIN)/python --format markdown --with-urls \
	  --output-file artefacts/licences.md

.sbom/installed:
	$(PYTHON) -m venv .sbom
	.sbom/bin/pip install -q cyclonedx-bom==7.5.0 pip-licenses==5.5.5
	touch $@

clean:
	rm -rf .venv .sbom site
