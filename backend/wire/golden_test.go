package wire

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Golden files are kept for ever: what one version has said every later one must read. The flag adds files for
// samples that have none; it never changes one.
var add = flag.Bool("add", false, "write golden files for samples that have none")

const golden = "testdata/golden/v1"

func TestSamplesEncodeAsTheirGoldenFiles(t *testing.T) {
	for _, s := range samples {
		path := filepath.Join(golden, s.name+".json")
		got, err := s.encode()
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if _, err := os.Stat(path); *add && os.IsNotExist(err) {
			if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want := readGolden(t, path); !bytes.Equal(got, want) {
			t.Errorf("%s encodes as\n%s\nbut was\n%s", s.name, got, want)
		}
	}
}

func TestGoldenFilesDecodeAndEncodeAgain(t *testing.T) {
	paths, err := filepath.Glob("testdata/golden/*/*.json")
	if err != nil || len(paths) < len(samples) {
		t.Fatalf("%d golden files, %v", len(paths), err)
	}
	for _, path := range paths {
		want := readGolden(t, path)
		got, err := again(want, strings.HasPrefix(filepath.Base(path), "up-"))
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: encoded again it is\n%s", path, got)
		}
	}
}

// TestEveryFieldIsInAGoldenFile walks the types: a field that no sample sets has no promise.
func TestEveryFieldIsInAGoldenFile(t *testing.T) {
	set := map[string]bool{}
	for _, s := range samples {
		note(set, reflect.ValueOf(s.up))
		note(set, reflect.ValueOf(s.down))
	}
	missing(t, set, reflect.TypeFor[Up](), map[reflect.Type]bool{})
	missing(t, set, reflect.TypeFor[Down](), map[reflect.Type]bool{})
}

// note adds the fields of v that are not zero.
func note(set map[string]bool, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			note(set, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			note(set, v.Index(i))
		}
	case reflect.Struct:
		for f, x := range v.Fields() {
			if !x.IsZero() {
				set[v.Type().Name()+"."+f.Name] = true
			}
			note(set, x)
		}
	}
}

func missing(t *testing.T, set map[string]bool, typ reflect.Type, seen map[reflect.Type]bool) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || seen[typ] {
		return
	}
	seen[typ] = true
	for f := range typ.Fields() {
		if !set[typ.Name()+"."+f.Name] {
			t.Errorf("no sample sets %s.%s", typ.Name(), f.Name)
		}
		missing(t, set, f.Type, seen)
	}
}

// again decodes and encodes.
func again(b []byte, up bool) ([]byte, error) {
	if up {
		u, err := DecodeUp(b)
		if err != nil {
			return nil, err
		}
		return EncodeUp(&u)
	}
	d, err := DecodeDown(b)
	if err != nil {
		return nil, err
	}
	return EncodeDown(&d)
}

func readGolden(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(b, []byte("\n"))
}
