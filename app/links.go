package app

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"parley/app/view"
)

// Limits of what is made a link.
const (
	maxLinks = 50 // in one message
	maxURL   = 2048
)

// links finds the addresses of the web in a text: those that begin with http:// or https:// and lead to a host.
// Text is a customer's and may be hostile: what looks like one address and is another (a name before the host,
// characters that turn the direction, anything invisible) is no link.
func links(text string) []view.Link {
	found := []view.Link{}
	units, rest := 0, text
	for len(found) < maxLinks {
		at := schemeAt(rest)
		if at < 0 {
			return found
		}
		units += utf16Len(rest[:at])
		address := addressIn(rest[at:])
		if address == "" {
			address = rest[at : at+len("http")]
		} else if mayLink(address) {
			found = append(found, view.Link{From: units, To: units + utf16Len(address), URL: address})
		}
		units += utf16Len(address)
		rest = rest[at+len(address):]
	}
	return found
}

// schemeAt is where the next http:// or https:// begins that does not stand within a word; -1: nowhere.
func schemeAt(s string) int {
	for from := 0; ; {
		i := strings.Index(s[from:], "://")
		if i < 0 {
			return -1
		}
		i += from
		for _, scheme := range []string{"https", "http"} {
			at := i - len(scheme)
			if at >= 0 && strings.EqualFold(s[at:i], scheme) && !endsInWord(s[:at]) {
				return at
			}
		}
		from = i + len("://")
	}
}

func endsInWord(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return s != "" && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// addressIn is the address that s begins with: up to a space or a quote, without the punctuation that a
// sentence puts behind it. One that is too long to be a link is not looked into: a text of many of them would hold
// up the list.
func addressIn(s string) string {
	if end := strings.IndexFunc(s[:min(len(s), maxURL+utf8.UTFMax)], ends); end >= 0 {
		s = s[:end]
	}
	if len(s) > maxURL {
		return wordIn(s)
	}
	for {
		r, size := utf8.DecodeLastRuneInString(s)
		if !strings.ContainsRune(`.,;:!?'*_~…。，)]}`, r) || balanced(s, r) {
			break
		}
		s = s[:len(s)-size]
	}
	if strings.HasSuffix(s, "://") || strings.HasSuffix(s, ":/") || !strings.Contains(s, "://") {
		return ""
	}
	return s
}

// wordIn is what s begins with up to a space or a quote, as it stands.
func wordIn(s string) string {
	if end := strings.IndexFunc(s, ends); end >= 0 {
		return s[:end]
	}
	return s
}

func ends(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("<>\"`|\\^{}“”«»„", r)
}

// balanced reports whether a closing bracket at the end of s has its opening one within.
func balanced(s string, r rune) bool {
	open := map[rune]string{')': "(", ']': "["}[r]
	return open != "" && strings.Count(s, open) >= strings.Count(s, string(r))
}

// mayLink reports whether an address shows where it leads.
func mayLink(address string) bool {
	return mayOpen(address) && strings.IndexFunc(address, func(r rune) bool {
		return !unicode.IsPrint(r) || r == utf8.RuneError || unicode.Is(unicode.Bidi_Control, r)
	}) < 0
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}
