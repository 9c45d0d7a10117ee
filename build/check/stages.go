package main

import (
	"time"
)

// windowTags are the build tags of the window that ships on Linux.
const windowTags = "desktop,production,webkit2_41"

// nocgo: everything but the window builds and is tested without C.
var nocgo = []string{"CGO_ENABLED=0"}

// stages is everything that CI does. The shares add up to less than the budget.
func stages() []stage {
	min := time.Minute
	return []stage{
		{"page: packages and build", 2 * min, plain(".", nil, "make", "--no-print-directory", "frontend/dist/index.html")},
		{"page: types and lint", 1 * min, plain("frontend", nil, "npm", "run", "--silent", "check")},
		{"page: unit tests", 1 * min, vitest},
		{"format", 1 * min, silent("run gofmt -w on", "gofmt", "-l", "app", "backend", "build", "frontend/embed.go", "main.go")},
		{"vet", 3 * min, all(
			plain(".", nocgo, "go", "vet", "./..."),
			plain(".", nil, "go", "vet", "-tags", windowTags, ".", "./app/shell"),
			plain(".", nocgo, "go", "vet", "-tags", "e2e,crashpoints,soak", "./app/...", "./backend/..."))},
		{"modules", 1 * min, plain(".", nil, "go", "mod", "verify")},
		{"generated code", 2 * min, all(
			plain(".", nil, "go", "tool", "wails", "generate", "module"),
			silent("generated code is not current: commit what `go tool wails generate module` wrote", "git", "status", "--porcelain", "--", "frontend/wailsjs"))},
		{"licences", 1 * min, plain(".", nil, "go", "run", "./build/licences/collect", "-check")},
		{"go tests, with the race detector", 6 * min, goTest(nil, "-race", "./...")},
		{"simulation, and its mutants", 4 * min, goTest(nil, "-count=1", "./app/internal/simulation")},
		{"build", 2 * min, plain(".", nil, "make", "--no-print-directory", "build")},
		{"windows compiles", 2 * min, plain(".", append([]string{"GOOS=windows"}, nocgo...), "go", "build", "-tags", "desktop,production", "-o", "/dev/null", ".")},
		{"end to end", 3 * min, goTest(nil, "-count=1", "-tags", "e2e", "./backend/e2e")},
		{"crashes", 2 * min, goTest(nil, "-count=1", "-tags", "e2e", "./backend/crashtest")},
	}
}
