package main

import (
	"time"
)

// windowTags are the build tags of the window that ships on Linux.
const windowTags = "desktop,production,webkit2_41"

// nocgo: everything but the window builds and is tested without C.
var nocgo = []string{"CGO_ENABLED=0"}

// dayLong has tests that play whole days; the race detector would make hours of them.
const dayLong = "./app/internal/nettest"

// stages is everything that CI does. The shares add up to less than the budget.
func stages() []stage {
	const s = time.Second
	return []stage{
		{"page: packages and build", 60 * s, plain(".", nil, "make", "--no-print-directory", "frontend/dist/index.html")},
		{"page: types and lint", 30 * s, plain("frontend", nil, "npm", "run", "--silent", "check")},
		{"page: unit tests", 30 * s, vitest},
		{"format", 10 * s, silent("run gofmt -w on", "gofmt", "-l", "app", "backend", "build", "frontend/embed.go", "main.go")},
		{"vet", 130 * s, all(
			plain(".", nocgo, "go", "vet", "./..."),
			plain(".", nil, "go", "vet", "-tags", windowTags, ".", "./app/shell"),
			plain(".", nocgo, "go", "vet", "-tags", "e2e,crashpoints,soak", "./app/...", "./backend/..."))},
		{"modules", 20 * s, plain(".", nil, "go", "mod", "verify")},
		{"generated code", 40 * s, all(
			plain(".", nil, "go", "tool", "wails", "generate", "module"),
			silent("generated code is not current: commit what `go tool wails generate module` wrote", "git", "status", "--porcelain", "--", "frontend/wailsjs"))},
		{"licences", 20 * s, plain(".", nil, "go", "run", "./build/licences/collect", "-check")},
		{"go tests, with the race detector", 450 * s, raced},
		{"simulation, mutants, a day", 130 * s, goTest(nil, "-count=1", "./app/internal/simulation", dayLong)},
		{"build", 110 * s, plain(".", nil, "make", "--no-print-directory", "build")},
		{"windows compiles", 55 * s, plain(".", append([]string{"GOOS=windows"}, nocgo...), "go", "build", "-tags", "desktop,production", "-o", "/dev/null", ".")},
		{"end to end", 340 * s, goTest(nil, "-count=1", "-tags", "e2e", "./backend/e2e")},
		{"crashes", 50 * s, goTest(nil, "-count=1", "-tags", "e2e", "./backend/crashtest")},
	}
}
