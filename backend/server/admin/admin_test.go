package admin

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// asking returns the failure that a request meets when the rules, or the store, say so.
func asking(t *testing.T, a desk.Answer, err error) *Failure {
	t.Helper()
	o := &Office{Submit: func(context.Context, desk.Command) (desk.Answer, error) { return a, err }}
	_, failure := o.Do(t.Context(), &Request{Verb: "team create"})
	if failure == nil {
		t.Fatal("it was done")
	}
	return failure
}

func TestFailuresSayWhatToDo(t *testing.T) {
	for words, c := range map[string]struct {
		problem *chat.Problem
		err     error
		code    string
	}{
		"--phone-number-id already":   {chat.NewProblem(chat.Duplicate, "vendor_id"), nil, CodeTaken},
		"credential set --name main":  {chat.NewProblem(chat.NoCredentials, "main"), nil, CodeNotFound},
		"--app-secret-file is":        {chat.NewProblem(chat.BadValue, "app_secret"), nil, CodeUsage},
		"no such team":                {chat.NewProblem(chat.NotFound, "team"), nil, CodeNotFound},
		"full (99 of 99 chats)":       {chat.NewProblem(chat.Full, "99", "99"), nil, CodeRefused},
		"the chat is closed":          {chat.NewProblem(chat.ChatClosed), nil, CodeRefused},
		"not in the chat's team":      {chat.NewProblem(chat.NotAllowed), nil, CodeRefused},
		"its log says more":           {chat.NewProblem(chat.Internal), nil, CodeInternal},
		"make room":                   {nil, store.ErrNoRoom, CodeBusy},
		"only read":                   {nil, store.ErrReadOnly, CodeBusy},
		"going down":                  {nil, store.ErrClosed, CodeBusy},
		"refused: problem 33":         {chat.NewProblem(chat.WindowClosed), nil, CodeRefused},
		"context deadline exceeded; ": {nil, errWrapped{}, CodeInternal},
	} {
		if f := asking(t, desk.Answer{Problem: c.problem}, c.err); f.Code != c.code || !strings.Contains(f.Message, words) {
			t.Errorf("%v, %v: %+v, want %s with %q", c.problem, c.err, f, c.code, words)
		}
	}
}

// errWrapped is an error of which nothing is known.
type errWrapped struct{}

func (errWrapped) Error() string { return "context deadline exceeded" }

func TestTokensExpire(t *testing.T) {
	var made desk.CreateToken
	o := &Office{Now: func() chat.Millis { return 1000 }, Submit: func(_ context.Context, c desk.Command) (desk.Answer, error) {
		made = c.(desk.CreateToken)
		return desk.Answer{}, nil
	}}
	const day = 24 * 60 * 60 * 1000
	for _, c := range []struct {
		days *int
		want chat.Millis
	}{{nil, 1000 + 30*day}, {new(1), 1000 + day}, {new(0), 0}, {new(3650), 1000 + 3650*day}} {
		answer, f := o.Do(t.Context(), &Request{Verb: "token create", Days: c.days})
		if f != nil || made.ExpiresAt != c.want || answer.(NewToken).ExpiresAt != int64(c.want) {
			t.Errorf("%v days: %+v, %v; want %d", c.days, answer, f, c.want)
		}
	}
	for _, days := range []int{-1, 3651, 1 << 62} {
		if _, f := o.Do(t.Context(), &Request{Verb: "token create", Days: &days}); f == nil || f.Code != CodeUsage {
			t.Errorf("%d days: %v", days, f)
		}
	}
}

func TestBaseURLKeepsTheTokenOffOpenNetworks(t *testing.T) {
	for base, ok := range map[string]bool{
		"": true, "https://graph.facebook.com": true, "http://127.0.0.1:9000": true, "http://[::1]:9000": true, "http://localhost": true,
		"http://graph.facebook.com": false, "http://localhost.example.com": false, "ftp://127.0.0.1": false, "graph": false,
		"https://user@graph.facebook.com": false, "https://graph.facebook.com/?a=b": false, "http://10.0.0.1": false,
	} {
		if f := checkBase(base); (f == nil) != ok {
			t.Errorf("checkBase(%q) = %v", base, f)
		}
	}
}

func TestSocketIsItsUsersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "admin.sock")
	for range 2 { // the second time the first one's socket lies there
		l, err := Listen(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the socket is %v, %v; want 0600", info, err)
		}
		s := &http.Server{Handler: (&Office{}).Handler()}
		go func() { _ = s.Serve(l) }()
		_, ok, err := overSocket(t.Context(), path, &Request{Verb: "nonsense"})
		if f, is := err.(*Failure); !ok || !is || f.Code != CodeUsage {
			t.Errorf("over the socket: %v, %v; want a usage failure", ok, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok, _ := overSocket(t.Context(), path, &Request{}); ok {
		t.Error("nobody listens, and somebody answered")
	}
}

func TestTooLargeARequestIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "admin.sock")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: (&Office{}).Handler()}
	go func() { _ = s.Serve(l) }()
	defer s.Close()
	if _, ok, err := overSocket(t.Context(), path, &Request{Name: strings.Repeat("x", maxRequest)}); !ok || err == nil {
		t.Errorf("%v, %v; want an error", ok, err)
	}
}

func FuzzParseRequest(f *testing.F) {
	for _, s := range []string{`{"verb":"team list"}`, `{}`, `{"verb":"x","verb":"y"}`, `{"teams":null}`, `{"new":1}`, "\xff", `[`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		req, failure := parseRequest(raw)
		if (req == nil) == (failure == nil) {
			t.Errorf("parseRequest(%q) = %v, %v", raw, req, failure)
		}
	})
}
