package desk

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/backend/chat"
)

// Limits of what comes from outside, in characters (runes) unless said otherwise.
const (
	MaxInboundText = 16_384 // of a customer's message; the rest is cut off
	MaxName        = 128    // of a person, a team or an asset
	MaxFileName    = 200
	MaxDetail      = 500 // of a vendor's words on a failure
	MaxKey         = 128 // of an id or an address, in bytes
	MaxFiles       = 10  // of a message
	MaxAddresses   = 4   // of the sender of a message
	maxPreview     = 200
)

// clean returns text from outside as every store and every frame can keep it: UTF-8, line breaks as \n, no
// control characters but \n and \t (each becomes U+FFFD), at most n characters.
func clean(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r != '\n' && r != '\t' && unicode.IsControl(r):
			return '\uFFFD'
		}
		return r
	}, s)
	return cut(s, n)
}

// line returns text from outside as one line without space around it, at most n characters.
func line(s string, n int) string {
	return cut(strings.Join(strings.Fields(clean(s, 4*n)), " "), n)
}

// cut ends what it shortens with an ellipsis.
func cut(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return string(r[:n-1]) + "…"
}

// preview is what a list shows of m.
func preview(m *chat.Message) string {
	if s := line(m.Text, maxPreview); s != "" || len(m.Attachments) == 0 {
		return s
	}
	return line(m.Attachments[0].Name, maxPreview)
}

// key reports whether s can be an id, a vendor's id or an address: printable ASCII without spaces.
func key(s string) bool {
	return s != "" && len(s) <= MaxKey && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// keyOrNone: what no store can keep is not looked for either, or it would fail the whole commit.
func keyOrNone(s string) bool { return s == "" || key(s) }

// fileName is the last part of a file's name as its sender gave it, which may hold anything.
func fileName(s string) string {
	s = line(s, MaxFileName)
	s = s[strings.LastIndexAny(s, `/\`)+1:]
	if strings.Trim(s, ". ") == "" {
		return "file"
	}
	return s
}
