.PHONY: check test format analysis requirements

check:  ## What CI runs: the whole suite and every check
	.ci/run

test:  ## The suite alone
	python3 manage.py test

format:  ## Let ruff put right what it can
	.venv/bin/python -m ruff check --fix .
	.venv/bin/python -m ruff format .

analysis:  ## Run the cells of docs/analysis.md, and keep what they print and draw
	REWRITE=1 python3 manage.py test tests/test_analysis.py

# Wants uv, which the project needs for nothing else: python3 -m pip install uv
# No index lines and no annotations: the files say what to install, not where from or how they were made.
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml

requirements:  ## Compile the hashed requirements from pyproject.toml; UPGRADE=1 takes newer releases
	$(COMPILE) $(if $(UPGRADE),--upgrade) --output-file requirements.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) --extra parquet --output-file requirements-parquet.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) --extra local --output-file requirements-local.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) --extra dev --output-file requirements-dev.txt
