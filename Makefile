# Every step of development and CI. `make` alone lists the commands; the work is done in scripts/.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

.PHONY: help setup build run start stop restart status logs reset-build start-distributed stop-distributed \
        status-distributed clean test test-dev test-asan test-tsan journey crash chaos bench bench-quick lint format tidy fuzz doctor service

help: ## print this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)$$/\1\t\2/p' Makefile | awk -F'\t' '{ printf "  make %-18s %s\n", $$1, $$2 }'

setup: ## install what building, testing and linting need (Debian 12)
	@scripts/setup.sh all

# CONTAINER=1: the same in containers, by docker-compose.yml; profile=distributed adds RabbitMQ and CouchDB.
ifeq ($(CONTAINER),1)
driver := scripts/containers.sh
do_build := $(driver) build
export profile
else
driver := scripts/daemon.sh
do_build := scripts/setup.sh run && scripts/build.sh release edm
endif

build: ## build what users run: build/release/app/edm
	@$(do_build)

run: build ## build, then serve everything in this terminal: sqlite + embedded, http://127.0.0.1:8080
	@exec build/release/app/edm serve

start: build ## the same in the background; CONTAINER=1: build … reset-build in containers, profile=distributed
	@$(driver) start

stop: ## stop what start started
	@$(driver) stop

restart: build ## stop and start
	@$(driver) restart

status: ## does it run, is it ready
	@$(driver) status

logs: ## follow its log
	@$(driver) logs

reset-build: ## remove what was built and all data, after asking (YES=1: without)
	@$(driver) reset

start-distributed: setup ## several processes with RabbitMQ, here; placement=per-service|one|pairs store=sqlite|couchdb port=…
	@scripts/build.sh release edm
	@placement=$(placement) store=$(store) port=$(port) scripts/distributed.py start

stop-distributed: ## stop all of that
	@scripts/distributed.py stop

status-distributed: ## which processes run and are ready, and the audit of them all
	@scripts/distributed.py status
	@scripts/distributed.py audit

clean: ## remove build/
	@rm -rf build

test: setup ## build and run all tests, plain and with sanitizers; file=… class=… test_name=… preset=dev|asan|tsan picks some
ifneq ($(strip $(file)$(class)$(test_name)),)
	@scripts/test.sh one "$(file)" "$(class)" "$(test_name)" "$(preset)"
else
	@scripts/test.sh dev
	@scripts/test.sh asan
	@scripts/test.sh tsan
endif

journey: setup ## the whole journey over real HTTP, with a kill between purchase and payment
	@scripts/build.sh dev edm
	@python3 tests/flows/journey.py "$(CURDIR)/build/dev/app/edm"

crash: setup ## kill the program at every system call of a purchase; points=… seed=… draws some instead
	@scripts/build.sh dev edm
	@python3 tests/crash/crash.py $(if $(points),--points $(points),--all) $(if $(seed),--seed $(seed)) build/dev/app/edm

chaos: setup ## faults under load on every engine and placement; minutes=… each seed=… cell=…
	@scripts/build.sh dev edm
	@python3 tests/chaos/long.py $(if $(minutes),--minutes $(minutes)) $(if $(seed),--seed $(seed)) $(if $(cell),--cell $(cell)) build/dev/app/edm

test-dev: setup ## plain build: everything
	@scripts/test.sh dev

test-asan: setup ## AddressSanitizer and UndefinedBehaviorSanitizer: all but crash, arch and deploy
	@scripts/test.sh asan

test-tsan: setup ## ThreadSanitizer: platform, engines and conformance
	@scripts/test.sh tsan

bench: setup ## all benchmarks; results in bench/results/
	@scripts/build.sh release edm edm_bench
	@build/release/bench/edm_bench

bench-quick: setup ## the same in under two minutes
	@scripts/build.sh release edm edm_bench
	@build/release/bench/edm_bench --quick

lint: setup ## formatting, rules of the architecture, generated documents
	@scripts/lint.sh

format: setup ## clang-format over all tracked sources
	@git ls-files -z -- '*.cpp' '*.hpp' | xargs -0 -r clang-format-19 -i

tidy: setup ## clang-tidy on changed files; base=<commit> compares with another than HEAD
	@scripts/tidy.sh "$(base)"

fuzz: setup ## run every fuzz target; seconds=60 each, name=… picks one
	@scripts/fuzz.sh "$(name)" "$(seconds)"

doctor: build ## check this installation: settings, files, subscriptions
	@build/release/app/edm doctor

service: ## scaffold a service of the common shape: name=gift-cards
	@scripts/new_service.sh "$(name)"
