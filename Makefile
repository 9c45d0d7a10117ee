# The commands that people type. `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
TAGS := desktop,production,webkit2_41
GO_FILES := $(shell find . -name '*.go' -not -path './frontend/node_modules/*' 2>/dev/null)
PAGE_FILES := $(shell find frontend -type f -not -path 'frontend/node_modules/*' -not -path 'frontend/dist/*' 2>/dev/null)

.PHONY: help run test test-long fuzz bench dev build setup setup-test clean sim sim-mutants soak

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## open the console on the demo desk (without a display: in a browser, at the printed address)
	@bin/parley $(ARGS)

test: setup-test ## everything that CI does; sets up what is missing
	@go run ./build/check

sim: ## simulate server and consoles with every fault: 2,000 seeds; PARLEY_SEED=n replays one, PARLEY_SEEDS=n runs so many
	@PARLEY_SEEDS=$${PARLEY_SEEDS:-2000} go test -count=1 -v -run TestSeeds -timeout 20m ./app/internal/simulation

sim-mutants: ## compile faults in one by one: the simulation must find each
	@PARLEY_MUTANTS=search go test -count=1 -v -run TestMutants -timeout 30m ./app/internal/simulation

soak: ## a million commands in one simulation: nothing differs, memory stays flat
	@PARLEY_SOAK=$${PARLEY_SOAK:-1000000} go test -count=1 -v -tags soak -run TestSoak -timeout 60m ./app/internal/simulation

test-long: setup-test ## what is too long for make test: crashes, torn files, simulation, a million commands, fuzzing; an hour and a half
	@go run ./build/check -long $(STAGE)

fuzz: ## fuzz everything that is decoded, 30 seconds each; EACH=5m for longer
	@go run ./build/fuzz -each $(or $(EACH),30s)

bench: setup-test build ## measure; every figure beside a baseline of the same run
	@go run ./build/bench $(ARGS)

dev: build ## the page reloads on change, on the demo desk's data
	@go run ./build/dev

build: setup bin/parley bin/parleyd ## bin/parley and bin/parleyd

setup:
	@build/setup build

setup-test:
	@build/setup build test

frontend/node_modules/.stamp: frontend/package.json frontend/package-lock.json
	@echo "Fetching the page's packages (npm ci)"
	@cd frontend && npm ci --no-audit --no-fund --loglevel=error >/dev/null && touch node_modules/.stamp

frontend/dist/index.html: frontend/node_modules/.stamp $(PAGE_FILES)
	@echo "Building the page"
	@cd frontend && npm run --silent build

bin/parley: frontend/dist/index.html go.mod go.sum $(GO_FILES)
	@echo "Building bin/parley (the first time takes a minute or two)"
	@go build -trimpath -tags $(TAGS) -ldflags '-s -w' -o $@ .

bin/parleyd: go.mod go.sum $(GO_FILES)
	@echo "Building bin/parleyd"
	@CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o $@ ./backend/cmd/parleyd

clean: ## remove what was built
	@rm -rf bin frontend/node_modules
	@find frontend/dist -mindepth 1 -not -name .gitkeep -delete
