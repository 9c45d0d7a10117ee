// Package filename makes the names that customers gave their files fit for this machine's folders.
package filename

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxBytes is the longest name that comes out.
const maxBytes = 120

// Safe makes of a name that a customer chose one that is a name everywhere: no folders, no control or direction
// characters, not hidden, not too long, never empty.
func Safe(name string) string {
	name = path.Base(strings.ReplaceAll(name, "\\", "/"))
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == utf8.RuneError:
			return -1
		case strings.ContainsRune(`/:*?"<>|`, r):
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(name, ". ")
	if ext := path.Ext(name); len(name) > maxBytes && len(ext) < maxBytes {
		name = cutText(name[:len(name)-len(ext)], maxBytes-len(ext)) + ext
	}
	if name = strings.Trim(cutText(name, maxBytes), ". "); name == "" {
		return "file"
	}
	return name
}

// cutText shortens s to at most n bytes, at a character.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
