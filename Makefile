# katametal. `make lab` and `make test` need only Node >= 20.19 and npm.
.DEFAULT_GOAL := help
SHELL := /bin/bash

NODE_MODULES := node_modules/.package-lock.json

.PHONY: help install build lab kubernetes containerd test test-kubernetes check test-unit gen check-gen lint format typecheck unused bench trace release ramdisk node-image test-vm clean

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(NODE_MODULES) ## Install the dependencies

$(NODE_MODULES): package.json package-lock.json
	npm ci --no-audit --no-fund
	@touch $@

build: install ## Bundle the katametal command into dist/
	npm run --silent build

# TREES=<dir> takes captured Redfish trees (folders, .tar.gz or .tar.xz) instead of the built-in servers.
# KUBERNETES=real takes a real kube-apiserver and the real Cluster API controllers, built from Go modules at first.
# LAB_FLAGS passes anything else to `katametal lab` (see --help).
lab: build ## Bring up four simulated servers and make them a cluster; Ctrl-C ends it
	node dist/katametal.js lab $(if $(TREES),--trees $(TREES)) \
	  $(if $(filter real,$(KUBERNETES)),--kubernetes "$$(npx tsx hack/kubernetes/build.ts)") $(LAB_FLAGS)

kubernetes: install ## Build etcd, Kubernetes and Cluster API from Go modules, once; prints their folder
	@npx tsx hack/kubernetes/build.ts

# Needs Go for the first build; the suite test/containerd runs with them.
containerd: install ## Build the containerds that the rendered configuration is held against; prints their folder
	@npx tsx hack/containerd/build.ts

# Needs Go for the first build. KUBERNETES_FLAGS passes anything to vitest, for example a file name.
test-kubernetes: build ## The manager against a real API server and the real Cluster API controllers
	@npx tsx hack/kubernetes/build.ts >/dev/null
	npx vitest run --config vitest.kubernetes.config.ts $(KUBERNETES_FLAGS)

# The checks take one core while the suites take the other.
test: install ## All fast checks: generated files, lint, types, tests
	@$(MAKE) --no-print-directory -j2 check test-unit

check: install ## Generated files, lint, format and types, without the suites
	npm run --silent check-gen
	npm run --silent lint
	npm run --silent check-format
	npm run --silent typecheck

# VITEST_FLAGS passes anything to vitest, for example a file name.
test-unit: install ## The suites alone
	npx vitest run $(VITEST_FLAGS)

# Clients and validators that others wrote, against our simulators, and our client against emulators that others wrote.
# Needs python3 with venv; installs the rest once, outside of the checkout. JUDGES=<word> runs those with it in their name.
.PHONY: test-judges
test-judges: install ## Outside judges: sushy, the DMTF validators, badfish, ipmipower, sushy-tools
	KATAMETAL_JUDGES=$$(hack/judges/install.sh) npx vitest run --config test/judges/vitest.config.ts $(VITEST_FLAGS) $(JUDGES)

gen: install ## Write CRDs, RBAC, reference pages and the diagram
	npm run --silent gen

check-gen: install ## Fail when a generated file differs from its source
	npm run --silent check-gen

lint: install ## Rules, import arrows and format
	npm run --silent lint
	npm run --silent check-format

format: install ## Format the sources
	npm run --silent format

typecheck: install ## Check the types
	npm run --silent typecheck

unused: install ## List files, exports and dependencies that nothing uses
	npm run --silent unused

trace: install ## Write docs/request-trace.md: what a whole life asks of each simulated BMC
	npx tsx test/request-trace/main.ts

# KERNEL=cloud makes the small one for virtual machines. What is missing on the machine is named.
ramdisk: build ## Build the image that servers boot the deploy agent from
	hack/ramdisk/build.sh --kernel $(or $(KERNEL),generic)

# ROOT=<folder> is laid over its root file system. Needs root; what is missing on the machine is named.
node-image: ## Build a disk image of Debian 12 with cloud-init as dist/node-image/node.raw
	hack/node-image/build.sh dist/node-image/node.raw $(ROOT)

# Servers in QEMU, from a blank disk to a running system; no KVM needed. What is missing on the machine is named.
test-vm: install ## The suites with virtual machines
	npx vitest run --config vitest.vm.config.ts $(VITEST_FLAGS)

bench: build ## Scale and latency figures, as a table and as bench.json
	KATAMETAL_JUDGES=$$(hack/judges/install.sh || true) npm run --silent bench

# IMAGE=<name> is the image that nodes will pull; localhost/katametal/manager:v<version> when left out.
release: install ## Write out/release and, for clusterctl, out/repository
	npm run --silent release -- $(IMAGE)

# BOOT_IMAGE=<file> puts the boot image in; else mount it where docs/image.md says.
.PHONY: image
image: build ## Write the container image as out/image/katametal-manager.tar, without a daemon
	npm run --silent image -- $(if $(IMAGE),--name $(IMAGE)) $(if $(BOOT_IMAGE),--boot-image $(BOOT_IMAGE))

clean: ## Remove what was built or left behind
	rm -rf dist coverage .lab .cache bench.json out
