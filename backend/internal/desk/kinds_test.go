package desk_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"parley/backend/internal/desk/desktest"
)

// TestEveryCommandIsTried reads the sources for the commands that there are: each must be among those of which
// desktest fails if one never took effect.
func TestEveryCommandIsTried(t *testing.T) {
	tried := map[string]bool{}
	for _, kind := range desktest.Kinds {
		name, _, _ := strings.Cut(kind, " ")
		tried[name], tried[kind] = true, true
	}
	var there []string
	inspect(t, "command.go", func(n ast.Node) {
		if f, ok := n.(*ast.FuncDecl); ok && f.Name.Name == "command" {
			there = append(there, f.Recv.List[0].Type.(*ast.Ident).Name)
		}
	})
	inspect(t, "../../chat/command.go", func(n ast.Node) {
		v, ok := n.(*ast.ValueSpec)
		if ok && strings.HasPrefix(v.Names[0].Name, "Cmd") {
			there = append(there, "FromAgent "+strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`))
		}
	})
	for _, name := range there {
		if !tried[name] {
			t.Errorf("%s is not in desktest.Kinds", name)
		}
	}
	if len(there) < 25 {
		t.Errorf("only %d commands found: %v", len(there), there)
	}
}

func inspect(t *testing.T, file string, f func(ast.Node)) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool { f(n); return true })
}
