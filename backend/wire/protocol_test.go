package wire

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func protocol(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestProtocolExamplesDecode(t *testing.T) {
	examples := regexp.MustCompile("(?s)```json (up|down)\n(.*?)\n```").FindAllStringSubmatch(protocol(t), -1)
	shown := map[string]bool{}
	for _, e := range examples {
		got, err := again([]byte(e[2]), e[1] == "up")
		if err != nil || string(got) != e[2] {
			t.Errorf("%v: %s\nencoded again it is\n%s", err, e[2], got)
		}
		kind, _, _ := strings.Cut(e[2][2:], `"`)
		shown[e[1]+" "+kind] = true
	}
	for direction, typ := range map[string]reflect.Type{"up": reflect.TypeFor[Up](), "down": reflect.TypeFor[Down]()} {
		for f := range typ.Fields() {
			if kind := direction + " " + wireName(f); !shown[kind] {
				t.Errorf("no example of %s", kind)
			}
		}
	}
}

// TestProtocolExplainsEveryField: each type has a section with a table that names its fields.
func TestProtocolExplainsEveryField(t *testing.T) {
	sections := map[string]string{}
	for _, s := range strings.Split(protocol(t), "\n### ")[1:] {
		name, text, _ := strings.Cut(s, "\n")
		sections[name], _, _ = strings.Cut(text, "\n## ")
	}
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		seen[typ] = true
		frames := typ == reflect.TypeFor[Up]() || typ == reflect.TypeFor[Down]()
		for f := range typ.Fields() {
			row := regexp.MustCompile("(?m)^\\|[^|]*`" + wireName(f) + "`[^|]*\\|")
			if !frames && !row.MatchString(sections[typ.Name()]) {
				t.Errorf("the section %s has no row for %s", typ.Name(), wireName(f))
			}
			walk(f.Type)
		}
	}
	walk(reflect.TypeFor[Up]())
	walk(reflect.TypeFor[Down]())
}

func wireName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// TestProtocolNamesEveryConstant: limits with their values, close codes and problems in their tables, and every
// value of the enumerations.
func TestProtocolNamesEveryConstant(t *testing.T) {
	text := protocol(t)
	want := func(what, pattern string) {
		if !regexp.MustCompile("(?m)" + pattern).MatchString(text) {
			t.Errorf("%s is not in PROTOCOL.md (%s)", what, pattern)
		}
	}
	for _, c := range constants(t, ".") {
		switch {
		case strings.HasPrefix(c.name, "Close"):
			want(c.name, `^\| `+c.value+` \|`)
		case c.typ != "" || c.name == "MinVersion" || c.name == "MaxVersion":
			want(c.name, "`"+c.value+"`|"+"`"+c.name+"`.* "+c.value+` `)
		case c.name != "criticalName":
			want(c.name, "^\\| `"+c.name+"` \\| "+c.value+` \|`)
		}
	}
	for _, c := range constants(t, "../chat") {
		switch c.typ {
		case "ProblemKind":
			want(c.name, `^\| `+c.value+` \| `+c.name+` \|`)
		case "Status", "Channel", "Kind", "State", "MediaState", "AddressKind", "Availability", "Reason", "CommandKind",
			"Role", "ListName", "Order", "SpanUnit", "SignedOut", "AutoAssign":
			if c.value != "" {
				want(c.typ+" "+c.name, "`"+c.value+"`")
			}
		case "":
			want(c.name, c.value)
		}
	}
}

type named struct{ name, typ, value string }

// constants returns the constants of the package in dir, without its tests.
func constants(t *testing.T, dir string) []named {
	t.Helper()
	fset := token.NewFileSet()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, dir+"/"+e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	// What is imported does not matter for constants, so errors of that kind are passed over.
	config := types.Config{Importer: importer.Default(), Error: func(error) {}}
	pkg, _ := config.Check(dir, fset, files, nil)
	var all []named
	for _, name := range pkg.Scope().Names() {
		c, ok := pkg.Scope().Lookup(name).(*types.Const)
		if !ok {
			continue
		}
		n := named{name: name, value: c.Val().ExactString()}
		if c.Val().Kind() == constant.String {
			n.value = constant.StringVal(c.Val())
		}
		if typ, ok := c.Type().(*types.Named); ok {
			n.typ = typ.Obj().Name()
		}
		all = append(all, n)
	}
	if len(all) < 10 {
		t.Fatal(fmt.Sprintf("only %d constants found in %s", len(all), dir))
	}
	return all
}
