package app

import (
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"parley/app/view"
)

func TestLinks(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"see https://example.org/a?b=c#d now", []string{"https://example.org/a?b=c#d"}},
		{"http://example.org.", []string{"http://example.org"}},
		{"(https://example.org/a_(b)), and", []string{"https://example.org/a_(b)"}},
		{"HTTPS://Example.org", []string{"HTTPS://Example.org"}},
		{"https://a.example,https://b.example", []string{"https://a.example,https://b.example"}},
		{"two: https://a.example https://b.example!", []string{"https://a.example", "https://b.example"}},
		{"😀 https://example.org/😀", []string{"https://example.org/😀"}},
		{"\u05e9\u05dc\u05d5\u05dd https://example.org", []string{"https://example.org"}},
		{"https://", nil},
		{"https:///path", nil},
		{"http://...", nil},
		{"xhttps://example.org", nil},
		{"javascript://example.org/%0aalert(1)", nil},
		{"file:///etc/passwd ftp://example.org data:text/html,x", nil},
		{"https://bank.example@evil.example/", nil},
		{"https://user:word@evil.example/", nil},
		{"https://example.org/\u202egpj.exe", nil},
		{"https://exa\u200bmple.org/", nil},
		{"https://example.org/\x00", nil},
		{"https://example.org<script>", []string{"https://example.org"}},
		{`href="https://example.org"`, []string{"https://example.org"}},
		{"https://example.org/" + strings.Repeat("a", 3000), nil},
		{"http://https://example.org", []string{"http://https://example.org"}},
	} {
		var got []string
		for _, l := range links(c.text) {
			got = append(got, l.URL)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q: %s", c.text, diff)
		}
		placed(t, c.text, links(c.text))
	}
}

func TestLinksAreFew(t *testing.T) {
	if n := len(links(strings.Repeat("https://example.org ", 1000))); n != maxLinks {
		t.Errorf("%d links", n)
	}
}

// TestHostileTextIsReadOnce: what a customer writes may be made to be slow to read.
func TestHostileTextIsReadOnce(t *testing.T) {
	const size = 1 << 20
	for _, part := range []string{"http://", "http://(", "http://)", "http://x)))", "http://\"", "://", "http://a@b ", "https:", "("} {
		text := "http://x" + strings.Repeat(part, size/len(part))
		began := time.Now()
		links(text)
		links("http://x" + strings.Repeat(")", size))
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%q for 1 MB: %v", part, took)
		}
	}
}

// placed checks that each link stands at its place, by UTF-16 units as the page counts.
func placed(t *testing.T, text string, l []view.Link) {
	t.Helper()
	units := utf16.Encode([]rune(text))
	last := 0
	for _, x := range l {
		if x.From < last || x.To <= x.From || x.To > len(units) || string(utf16.Decode(units[x.From:x.To])) != x.URL {
			t.Fatalf("%q: %+v is not in its place", text, x)
		}
		last = x.To
	}
}

func FuzzLinks(f *testing.F) {
	f.Add("😀 https://example.org/😀, (http://a.example)")
	f.Add("https://a@b https:// http://\u202e \xff://")
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\uFFFD") // as all text of the wire is
		l := links(text)
		placed(t, text, l)
		for _, x := range l {
			if !mayOpen(x.URL) {
				t.Errorf("%q leads where nothing may be opened", x.URL)
			}
		}
	})
}
