package filename

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSafe(t *testing.T) {
	for name, want := range map[string]string{
		"invoice.pdf":                     "invoice.pdf",
		"Rechnung März 2026.pdf":          "Rechnung März 2026.pdf",
		"../../etc/passwd":                "passwd",
		`C:\Windows\evil.exe`:             "evil.exe",
		".bashrc":                         "bashrc",
		"..":                              "file",
		"":                                "file",
		"a\x00b\n.txt":                    "ab.txt",
		"photo\u202egpj.exe":              "photogpj.exe",
		"what: is <this>?.txt":            "what_ is _this__.txt",
		"/":                               "_",
		strings.Repeat("é", 200):          strings.Repeat("é", 60),
		strings.Repeat("x", 200) + ".pdf": strings.Repeat("x", 116) + ".pdf",
	} {
		if got := Safe(name); got != want {
			t.Errorf("%q became %q", name, got)
		}
	}
}

// FuzzSafe: whatever a customer calls a file, it lands in the folder that was chosen.
func FuzzSafe(f *testing.F) {
	for _, name := range []string{"a.txt", "../x", `..\x`, ". .", "\xff\xfe", strings.Repeat("ä.", 90)} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := Safe(name)
		if got == "" || len(got) > maxBytes || !utf8.ValidString(got) || !filepath.IsLocal(got) ||
			filepath.Base(got) != got || strings.HasPrefix(got, ".") || strings.ContainsAny(got, `/\:`) {
			t.Errorf("%q became %q", name, got)
		}
		if again := Safe(got); again != got {
			t.Errorf("%q became %q and then %q", name, got, again)
		}
	})
}
