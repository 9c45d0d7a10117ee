//go:build !race

package simulation

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// search is for how many seeds each mutant is looked for by `make sim-mutants`; a minute is never needed.
const search = 400

// nearby is for how many it is looked for where its seed has become stale.
const nearby = 60

var found = regexp.MustCompile(`FAILED seed (\d+), step (\d+): (.*)`)

// TestMutants compiles each fault in and runs the seed that found it, or with PARLEY_MUTANTS=search looks for one; the
// product as it is must pass the same seeds.
func TestMutants(t *testing.T) {
	if os.Getenv("PARLEY_INNER") != "" {
		return // this is the mutant
	}
	all, err := Mutants("mutants")
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		t.Run(m.Name, func(t *testing.T) { try(t, m, root) })
	}
}

func try(t *testing.T, m Mutant, root string) {
	folder := t.TempDir()
	binary := filepath.Join(folder, "simulation.test")
	compile(t, m, root, folder, binary)
	first, n := m.Seed, 1
	if os.Getenv("PARLEY_MUTANTS") == "search" {
		first, n = 0, search
	}
	began := time.Now()
	out := runMutant(t, m, binary, first, n)
	hit := found.FindStringSubmatch(out)
	if hit == nil && n == 1 {
		// A run depends on all of the product: after a change another seed may be the one.
		t.Logf("seed %d does not find it any more: `make sim-mutants` notes another", m.Seed)
		first, n = 0, nearby
		out = runMutant(t, m, binary, first, n)
		hit = found.FindStringSubmatch(out)
	}
	if hit == nil {
		t.Fatalf("%s: not found in %d seeds from %d\n%s", m.Breaks, n, first, out)
	}
	t.Logf("%s\n  found in %v by seed %s, step %s: %s", m.Breaks, time.Since(began).Round(10*time.Millisecond), hit[1], hit[2], hit[3])
	seed, _ := strconv.Atoi(hit[1])
	if r := Run(Config{Seed: uint64(seed), Rot: m.Rot}); r.Broken != nil {
		t.Errorf("the product as it is fails seed %d too: %s", seed, story(r))
	}
	if os.Getenv("PARLEY_MUTANTS") == "search" {
		noteSeed(t, m.Name, hit[1])
	}
}

// compile builds this package's tests with the fault in them.
func compile(t *testing.T, m Mutant, root, folder, binary string) {
	replace, err := m.Overlay(root, folder)
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", file, "-o", binary, "./app/internal/simulation")
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("it does not compile: %v\n%s", err, out)
	}
}

func runMutant(t *testing.T, m Mutant, binary string, first, n int) string {
	c := exec.Command(binary, "-test.run", "TestSeeds", "-test.timeout", "60s")
	c.Env = append(os.Environ(), "PARLEY_INNER=1", "PARLEY_SEED=", fmt.Sprintf("PARLEY_FIRST=%d", first),
		fmt.Sprintf("PARLEY_SEEDS=%d", n), "PARLEY_FAILURES=1", fmt.Sprintf("PARLEY_ROT=%v", m.Rot))
	out, err := c.CombinedOutput()
	if err == nil {
		t.Logf("it passes %d seeds from %d", n, first)
	}
	return string(out)
}

// noteSeed notes in the mutant's file which seed found it.
func noteSeed(t *testing.T, name, seed string) {
	file := filepath.Join("mutants", name+".txt")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text = regexp.MustCompile(`(?m)^seed: \d+$`).ReplaceAll(text, []byte("seed: "+seed))
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
