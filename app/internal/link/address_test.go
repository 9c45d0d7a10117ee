package link

import (
	"errors"
	"strings"
	"testing"
)

func TestParseServer(t *testing.T) {
	for text, want := range map[string]string{
		"https://Chat.Example.com":            "wss://chat.example.com",
		"wss://chat.example.com:8443/sync":    "wss://chat.example.com:8443",
		"chat.example.com/desk/":              "wss://chat.example.com/desk",
		"https://chat.example.com/desk/sync/": "wss://chat.example.com/desk",
		"http://127.0.0.1:8420":               "ws://127.0.0.1:8420",
		"ws://[::1]:8420/sync":                "ws://[::1]:8420",
		"ws://LOCALHOST:8420/":                "ws://localhost:8420",
	} {
		s, err := ParseServer(text)
		if err != nil || s.String() != want {
			t.Errorf("%s: %s, %v", text, s, err)
		}
	}
	s, err := ParseServer("https://chat.example.com/desk")
	if err != nil || s.syncURL() != "wss://chat.example.com/desk/sync" || s.mediaURL("a/b?c") != "https://chat.example.com/desk/media/a%2Fb%3Fc" {
		t.Errorf("%s %s %v", s.syncURL(), s.mediaURL("a/b?c"), err)
	}
}

func TestParseServerRefuses(t *testing.T) {
	for _, text := range []string{"", "http://", "ftp://chat.example.com", "https://user:pw@chat.example.com", "https://chat.example.com/?token=x",
		"https://chat.example.com/#a", "wss://:8420", "https://exa mple.com", "://"} {
		if s, err := ParseServer(text); err == nil {
			t.Errorf("%q became %s", text, s)
		}
	}
	for _, text := range []string{"http://chat.example.com", "ws://10.0.0.1:8420", "ws://127.0.0.1.example.com", "ws://localhost.example.com"} {
		if _, err := ParseServer(text); !errors.Is(err, ErrNotSecure) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzParseServer: whatever is typed, an address without encryption is this machine's, and the one form is stable.
func FuzzParseServer(f *testing.F) {
	for _, text := range []string{"https://a", "ws://127.0.0.1:1/x", "ws://[::1]", "a/sync/sync", "wss://a%41/%2f"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseServer(text)
		if err != nil {
			return
		}
		again, err := ParseServer(s.String())
		if err != nil || again != s && !strings.HasSuffix(s.path, "/sync") {
			t.Errorf("%q became %q and then %q: %v", text, s, again, err)
		}
	})
}
