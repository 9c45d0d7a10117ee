package simulation

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Mutant is a fault that is compiled in: patches of the product's files, and the seed that found it. Its file has
//
//	breaks: what is broken, in a line
//	seed: 17
//	file: backend/internal/desk/agent.go
//	<<<
//	the text as it stands there, once
//	===
//	the text in its place
//	>>>
//
// with as many patches as it takes. "with: rot" runs it with consoles whose cache decays.
type Mutant struct {
	Name    string
	Breaks  string
	Seed    int
	Rot     bool
	Patches []Patch
}

// Patch replaces a text in a file.
type Patch struct{ File, Old, New string }

// Mutants reads the mutants of a folder, by name.
func Mutants(folder string) (all []Mutant, err error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		m, err := parseMutant(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		m.Name = strings.TrimSuffix(filepath.Base(name), ".txt")
		all = append(all, m)
	}
	return all, nil
}

func parseMutant(text string) (m Mutant, err error) {
	var file string
	for text != "" && err == nil {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		key, value, _ := strings.Cut(line, ": ")
		switch key {
		case "breaks":
			m.Breaks = value
		case "seed":
			m.Seed, err = strconv.Atoi(value)
		case "with":
			m.Rot = value == "rot"
		case "file":
			file = value
		case "<<<":
			old, rest, ok := strings.Cut(text, "\n===\n")
			fresh, after, ended := strings.Cut(rest, "\n>>>\n")
			if !ok || !ended || file == "" {
				return m, fmt.Errorf("a patch without its end or file")
			}
			m.Patches = append(m.Patches, Patch{file, old, fresh})
			text = after
		default:
			return m, fmt.Errorf("what is %q?", line)
		}
	}
	if m.Breaks == "" || len(m.Patches) == 0 {
		err = fmt.Errorf("no patch, or no word on what it breaks")
	}
	return m, err
}

// Overlay writes the patched files of the module in root into folder, and returns what `go build -overlay` wants to
// know: for each file where its patched form lies.
func (m *Mutant) Overlay(root, folder string) (map[string]string, error) {
	patched := map[string]string{}
	replace := map[string]string{}
	for _, p := range m.Patches {
		path := filepath.Join(root, p.File)
		text, begun := patched[path]
		if !begun {
			b, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			text = string(b)
		}
		if n := strings.Count(text, p.Old); n != 1 {
			return nil, fmt.Errorf("mutant %s: %s has the text %d times, not once:\n%s", m.Name, p.File, n, p.Old)
		}
		patched[path] = strings.Replace(text, p.Old, p.New, 1)
	}
	for path, text := range patched {
		to := filepath.Join(folder, m.Name+"-"+strings.ReplaceAll(strings.TrimPrefix(path, root), string(filepath.Separator), "_"))
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			return nil, err
		}
		replace[path] = to
	}
	return replace, nil
}
