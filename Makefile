# make run: the product on this machine. make test: every check and every test.
# Variables: PORT=8001, DONNEES=folder, DEMO=0 (see .env.example for the others).

BIN := .venv/bin
STAMP := .venv/.installe
UV := $(shell command -v uv 2>/dev/null)
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
COMPILER := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate

# What `check --deploy` looks at: a production configuration, with a key of the moment.
PRODUCTION = DATABASE_URL=postgresql://artjardin@base/artjardin REDIS_URL=redis://valkey:6379/0 \
	EMAIL_URL=smtp://relais:25 S3_ENDPOINT_URL=https://s3.example S3_BUCKET_DOCUMENTS=documents \
	S3_BUCKET_SAUVEGARDES=sauvegardes S3_CLE=clef S3_SECRET=secret \
	SAUVEGARDE_CLES_PUBLIQUES=age1$$(printf 'q%.0s' $$(seq 58)) SAUVEGARDE_CLE_EXERCICE=clef \
	HOTES_AUTORISES=gestion.example \
	ORIGINES_CSRF=https://gestion.example ADRESSE_PUBLIQUE=https://gestion.example MANDATAIRES=1 \
	CLES_CHIFFREMENT=k1:$$(head -c 32 /dev/urandom | base64) \
	SECRET_KEY=$$(head -c 64 /dev/urandom | base64 | tr -d '\n')

MAKEFLAGS += --no-print-directory
.PHONY: help install run test fuzz check format bench lock migrate clean-data verify-facturx

help:
	@echo "make install | run | test | fuzz | check | format | bench | lock | migrate | clean-data"
	@echo "make verify-facturx FILE=facture.pdf"

install: $(STAMP)
	@:

$(STAMP): requirements.lock requirements-dev.lock
ifneq ($(UV),)
	@$(BIN)/python -c '' 2>/dev/null || uv venv --quiet --clear --python '>=3.11,<3.14' .venv
	@uv pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.lock
else
ifeq ($(PYTHON),)
	@echo "Il faut Python 3.11 ou plus récent : sudo apt-get install python3 python3-venv" >&2
	@exit 1
else
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Il manque venv : sudo apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@echo "Installation dans .venv (une demi-minute)…"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes \
		-r requirements-dev.lock
endif
endif
	@touch $@

run: install
	@exec $(BIN)/python -m artjardin.embarque

test: check
	$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-floor --cov-report=term:skip-covered

# The OpenAPI document tried at length as each role: make fuzz EXEMPLES=500
fuzz: export EXEMPLES ?= 100
fuzz: install
	$(BIN)/python -m pytest -n auto tests/artjardin/test_schemathesis.py

# The data folder of the moment keeps the real one out of the checks.
check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@donnees=$$(mktemp -d) && trap 'rm -rf "$$donnees"' EXIT && \
		DONNEES=$$donnees/donnees $(BIN)/python manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@$(BIN)/python -m tests.paquets

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install
	@exec $(BIN)/python -m bench

lock:
	@command -v uv >/dev/null || { echo "make lock a besoin de uv (pip install uv)." >&2; exit 1; }
	$(COMPILER) requirements.in -o requirements.lock
	$(COMPILER) requirements-dev.in -o requirements-dev.lock

migrate: install
	@exec $(BIN)/python manage.py migrate

clean-data: install
	@exec $(BIN)/python -m artjardin.embarque.vider

# A variable given to make is in the environment too: no quoting to get wrong.
verify-facturx: install
	@exec $(BIN)/python -m facturation.facturx "$$FILE"
