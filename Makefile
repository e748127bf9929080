# doorknock: `make run` starts it, `make demo` shows it, `make test` is what CI runs.

SHELL      := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

LINT_VERSION := v2.15.0
BIN          := $(CURDIR)/bin
LINT         := $(BIN)/golangci-lint-$(LINT_VERSION)
export GOFLAGS := -mod=readonly -trimpath
export GOTOOLCHAIN := local
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)

.PHONY: build run demo test nightly gate worst shots check-go check-vet lint fuzz browser help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

build: check-go ## builds bin/doorknock
	@mkdir -p $(BIN)
	@[ -x $(BIN)/doorknock ] || echo "Building doorknock; the first time takes a minute or two (SQLite is compiled from C)."
	@go build -ldflags "-X main.version=$(VERSION)" -o $(BIN)/doorknock ./cmd/doorknock

run: build ## starts everything with configs/doorknock.yaml; Ctrl-C ends it
	@$(BIN)/doorknock run --config configs/doorknock.yaml || { code=$$?; [ $$code -eq 130 ] || exit $$code; }

demo: build ## a made-up town that changes while you watch; needs no network
	@$(BIN)/doorknock demo || { code=$$?; [ $$code -eq 130 ] || exit $$code; }

test: check-go browser check-vet lint fuzz ## format, vet, lint, fuzz 5 s each, race tests with the town and the browser
	@$(MAKE) --no-print-directory -j2 race plain

# What runs without the race detector, which makes it ten times dearer: packages in which nothing runs at once, and the program,
# whose tests start it as a process of its own, as users get it. What of the program runs at once within a test is tested with it
# (AT_ONCE), and by night these packages are (.ci/nightly, race). What never is says `//go:build !race`: tables that run in one
# goroutine, and limits of processor time.
# The program is the first, as the longest, and four of its tests run at once, since most wait for a process. All is vetted already.
PLAIN   := cmd/doorknock audit configs crawler/checks crawler/platform evidence/archive internal/hostile score score/talk
AT_ONCE := TestFortnight$$|ADutyBegins|ReadWithPermission|ReloadGoesBack
# A test that hangs ends with HANGS; a machine of one slow core that has much else to do needs half of it.
HANGS   := 90m
.PHONY: race plain
race:
	go test -vet=off -race -shuffle=on -timeout $(HANGS) $$(go list ./... | grep -vxE 'doorknock/($(subst $() ,|,$(PLAIN)))')
	go test -vet=off -race -shuffle=on -timeout $(HANGS) -run '$(AT_ONCE)' ./cmd/doorknock

check-go:
	@command -v go >/dev/null || { echo "doorknock needs Go 1.26 or newer: https://go.dev/dl/"; exit 1; }
	@v=$$(go env GOVERSION); v=$${v#go}; case "$$v" in 1.2[6-9]*|1.[3-9][0-9]*|[2-9].*) ;; *) echo "doorknock needs Go 1.26 or newer; this is Go $$v: https://go.dev/dl/"; exit 1;; esac
	@command -v gcc >/dev/null || { echo "doorknock needs a C compiler for SQLite: sudo apt-get install gcc libc6-dev"; exit 1; }

browser:
	@command -v chromium >/dev/null || $(MAKE) --no-print-directory packages PACKAGES="chromium fonts-dejavu-core"

.PHONY: packages
packages:
	@command -v apt-get >/dev/null || { echo "doorknock's tests need $(PACKAGES), and there is no apt-get to install them with"; exit 1; }
	@echo "Installing $(PACKAGES) by apt-get."
	@sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  { $$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -qq -y --no-install-recommends $(PACKAGES); } >/tmp/doorknock-apt.log 2>&1 \
	  || { echo "apt-get could not install $(PACKAGES): see /tmp/doorknock-apt.log"; exit 1; }

# What is built by night and to fail on purpose; golangci-lint vets the rest, with the same analyzers.
check-vet:
	@files=$$(git ls-files '*.go' | xargs -r gofmt -l); [ -z "$$files" ] || { echo "gofmt would change:"; echo "$$files"; exit 1; }
	go vet -tags nightly,faults ./...

$(LINT):
	@echo "Building golangci-lint $(LINT_VERSION); the first time takes a few minutes."
	@mkdir -p $(BIN)
	@GOFLAGS=-trimpath GOBIN=$(BIN)/tmp go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv $(BIN)/tmp/golangci-lint $(LINT) && rmdir $(BIN)/tmp

lint: $(LINT)
	$(LINT) run ./...

FUZZTIME ?= 5s
# A package's targets are built once, since to link them takes longer than to run one; they run where go test would run them.
# One worker a target, as many targets at once as there are processors. On a busy machine Go's fuzzer sometimes misses its
# own end and says "context deadline exceeded" without an input that fails: that is no finding, and the target runs again.
FUZZ_ONE = cd "$$0" || exit 255; target=$$1 log=$$(mktemp); trap 'rm -f $$log' EXIT; echo "fuzz $$0 $$target"; \
  for try in 1 2 3 4 5 6; do \
    "$$FUZZ_BIN/$${0//\//_}.test" -test.run "^$$" -test.fuzz "^$$target\$$" -test.parallel 1 -test.fuzztime $(FUZZTIME) \
      -test.fuzzcachedir "$$FUZZ_KEPT/$$0" >$$log 2>&1 && grep -q "^fuzz: elapsed" $$log && exit 0; \
    grep -q "context deadline exceeded" $$log && ! grep -q "Failing input" $$log || break; done; cat $$log; exit 255
export FUZZ_ONE
export FUZZ_BIN := $(BIN)/fuzz
fuzz: export FUZZ_KEPT = $(shell go env GOCACHE)/fuzz/doorknock
fuzz:
	@mkdir -p $(FUZZ_BIN)
	@grep -rl --include='*_test.go' '^func Fuzz' * | xargs -n 1 dirname | sort -u | while read -r dir; do \
	    go test -c -vet=off -ldflags "-s -w" -fuzz=. -o "$(FUZZ_BIN)/$${dir//\//_}.test" "./$$dir" || exit 1; \
	    grep -h '^func Fuzz' "$$dir"/*_test.go | sed "s|^func \(Fuzz[A-Za-z0-9_]*\).*|$$dir \1|"; done \
	  | xargs -P "$$(nproc)" -L 1 bash -c "$$FUZZ_ONE"

# Of other packages, the tables that run in one goroutine and are dear under the detector.
ONE_BY_ONE := CrossValidate$$|Bombs|ExplainingIsQuick|TwoThousand|SoundJSON|Decode$$|TidyChangesNothing|AuditCosts|SlackLimits|ManyChannels|ArrivalOrder|HostileRobots|SlowSites
plain: ## what needs no race detector, and would be ten times dearer under it
	go test -vet=off -shuffle=on -parallel 4 -timeout $(HANGS) $(addprefix ./,$(PLAIN))
	go test -vet=off -shuffle=on -timeout $(HANGS) -run '$(ONE_BY_ONE)' ./alerts ./crawler ./cmd/doorknock/bench ./evidence ./score/comment ./store ./web

NIGHTLY_PACKAGES := wordpress mariadb-server php-cli php-mysql wordpress-theme-twentytwentyone wordpress-theme-twentytwentythree \
  strace e2fsprogs python3-scrapy mediawiki php-sqlite3 dokuwiki python3-django-hyperkitty redis-server
nightly: check-go browser ## the long loops one after the other, about three hours; PARTS="warc soak" runs some of them
	@for p in $(NIGHTLY_PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || missing="$${missing:-} $$p"; done; \
	  [ -z "$${missing:-}" ] || $(MAKE) --no-print-directory packages PACKAGES="$$missing"
	@.ci/node-servers
	@.ci/alertmanager
	@nice -n 10 .ci/nightly

gate: check-go ## measures all that doorknock bench does, two minutes; fails past the goals, or past today's figures where one is missed
	@PARTS=gate .ci/nightly

worst: ## measures every bad input by itself and writes the ten worst into docs/security.md
	DOORKNOCK_WORST=1 go test -count=1 -timeout 10m -run 'TestWorst$$' ./internal/hostile

shots: browser ## screenshots of every page into docs/screenshots
	DOORKNOCK_SHOTS=$(CURDIR)/docs/screenshots go test -count=1 -run Browser ./web
