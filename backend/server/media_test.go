package server

import (
	"mime"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestDispositionNamesAFileAndNothingElse(t *testing.T) {
	for name, want := range map[string]string{
		"bill.pdf":                        "bill.pdf",
		"":                                "attachment",
		"..":                              "attachment",
		"../../etc/passwd":                "etcpasswd",
		`C:\autoexec.bat`:                 "Cautoexec.bat",
		"a\r\nX-Evil: 1.txt":              "aX-Evil 1.txt",
		`quote".html`:                     "quote.html",
		"\u202Egpj.exe":                   "gpj.exe",
		"Rechnung für März.pdf":           "Rechnung für März.pdf",
		"صورة.jpg":                        "صورة.jpg",
		"50% off's.txt":                   "50% off's.txt",
		".hidden ":                        "hidden",
		strings.Repeat("é", 500) + ".png": strings.Repeat("é", maxName-4) + ".png",
	} {
		kind, params, err := mime.ParseMediaType(disposition(name))
		if err != nil || kind != "attachment" || params["filename"] != want {
			t.Errorf("disposition(%q) = %q, read as %q %q %v; want the name %q", name, disposition(name), kind, params, err, want)
		}
	}
}

func FuzzDisposition(f *testing.F) {
	for _, name := range []string{"a.txt", "\u202Egpj.exe", "a\"b\\c", "\xff\xfe", "%", "\x00", "🙂.png"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		header := disposition(name)
		if strings.ContainsAny(header, "\r\n\x00") || !utf8.ValidString(header) {
			t.Errorf("disposition(%q) = %q", name, header)
		}
		_, params, err := mime.ParseMediaType(header)
		if err != nil {
			t.Fatalf("disposition(%q) = %q: %v", name, header, err)
		}
		got := params["filename"]
		if got == "" || strings.ContainsAny(got, `/\:`) || strings.HasPrefix(got, ".") || utf8.RuneCountInString(got) > maxName {
			t.Errorf("disposition(%q) names %q", name, got)
		}
	})
}

func TestSafeType(t *testing.T) {
	for said, want := range map[string]string{
		"image/jpeg":               "image/jpeg",
		"audio/ogg; codecs=opus":   "audio/ogg",
		"":                         "application/octet-stream",
		"text":                     "application/octet-stream",
		"text/html\r\nX-Evil: yes": "application/octet-stream",
	} {
		if got := safeType(said); got != want {
			t.Errorf("safeType(%q) = %q, want %q", said, got, want)
		}
	}
}
