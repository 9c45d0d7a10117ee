// Command collect writes build/licences/licences.txt: the licence of every Go module that is linked into
// bin/parley or bin/parleyd on any system, of Go itself, and of every npm package that is built into the page.
// With -check it writes nothing and fails if the file is not what it would write.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

const target = "build/licences/licences.txt"

func main() {
	check := flag.Bool("check", false, "fail if the file is not current, write nothing")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	parts, err := modules()
	if err != nil {
		return err
	}
	packages, err := npmPackages()
	if err != nil {
		return err
	}
	text, err := render(append(parts, packages...))
	if err != nil {
		return err
	}
	if !check {
		return os.WriteFile(target, text, 0o644)
	}
	have, err := os.ReadFile(target)
	if err != nil {
		return err
	}
	if !bytes.Equal(have, text) {
		return fmt.Errorf("%s is not current: run `go run ./build/licences/collect`", target)
	}
	return nil
}

// part is one library.
type part struct{ name, version, dir string }

// modules lists the Go modules behind both programs on the three systems, and Go itself.
func modules() ([]part, error) {
	found := map[string]part{}
	for _, system := range []string{"linux", "windows", "darwin"} {
		list := exec.Command("go", "list", "-deps", "-tags", "desktop,production,webkit2_41",
			"-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", ".", "./backend/cmd/parleyd")
		list.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=1")
		list.Stderr = os.Stderr
		out, err := list.Output()
		if err != nil {
			return nil, fmt.Errorf("go list for %s: %w", system, err)
		}
		for line := range strings.Lines(string(out)) {
			f := strings.Split(strings.TrimSpace(line), "\t")
			if len(f) == 3 {
				found[f[0]] = part{f[0], f[1], f[2]}
			}
		}
	}
	parts := []part{{name: "The Go standard library and runtime", dir: runtime.GOROOT()}}
	for _, p := range found {
		parts = append(parts, p)
	}
	return parts, nil
}

// npmPackages lists what package.json calls dependencies, and theirs.
func npmPackages() ([]part, error) {
	found := map[string]part{}
	if err := follow("frontend", found); err != nil {
		return nil, err
	}
	var parts []part
	for _, p := range found {
		parts = append(parts, p)
	}
	return parts, nil
}

func follow(dir string, found map[string]part) error {
	raw, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return err
	}
	var p struct {
		Version      string            `json:"version"`
		Dependencies map[string]string `json:"dependencies"`
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	for name := range p.Dependencies {
		sub := filepath.Join("frontend/node_modules", name)
		if _, seen := found[name]; seen {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(sub, "package.json"))
		if err != nil {
			return err
		}
		var q struct {
			Version string `json:"version"`
		}
		if err := json.Unmarshal(raw, &q); err != nil {
			return fmt.Errorf("%s: %w", sub, err)
		}
		found[name] = part{name, q.Version, sub}
		if err := follow(sub, found); err != nil {
			return err
		}
	}
	return nil
}

// render puts the texts one after the other, by name.
func render(parts []part) ([]byte, error) {
	slices.SortFunc(parts, func(a, b part) int { return strings.Compare(a.name, b.name) })
	var out bytes.Buffer
	own, err := os.ReadFile("LICENSE")
	if err != nil {
		return nil, err
	}
	entry(&out, "Parley", own)
	for _, p := range parts {
		text, err := licence(p)
		if err != nil {
			return nil, err
		}
		entry(&out, strings.TrimSpace(p.name+" "+p.version), text)
	}
	return out.Bytes(), nil
}

func entry(out *bytes.Buffer, title string, text []byte) {
	fmt.Fprintf(out, "%s\n%s\n\n%s\n\n", title, strings.Repeat("=", len(title)), bytes.TrimSpace(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))))
}

// licence joins the files in the library's folder that are called LICENSE, COPYING or NOTICE.
func licence(p part) ([]byte, error) {
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		return nil, err
	}
	var texts [][]byte
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if e.IsDir() || !(strings.HasPrefix(name, "LICEN") || strings.HasPrefix(name, "COPYING") || strings.HasPrefix(name, "NOTICE")) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(p.dir, e.Name()))
		if err != nil {
			return nil, err
		}
		texts = append(texts, bytes.TrimSpace(text))
	}
	if len(texts) == 0 {
		return declared(p)
	}
	return bytes.Join(texts, []byte("\n\n")), nil
}

// declared is what the package.json of a package without a licence file says of its licence and its author.
func declared(p part) ([]byte, error) {
	raw, err := os.ReadFile(filepath.Join(p.dir, "package.json"))
	if err != nil {
		return nil, fmt.Errorf("%s %s has no licence file: %w", p.name, p.version, err)
	}
	var q struct {
		License string          `json:"license"`
		Author  json.RawMessage `json:"author"`
	}
	if err := json.Unmarshal(raw, &q); err != nil || q.License == "" {
		return nil, fmt.Errorf("%s %s has no licence: %v", p.name, p.version, err)
	}
	return fmt.Appendf(nil, "The package has no licence file. Its package.json says: licence %s, author %s", q.License, q.Author), nil
}
