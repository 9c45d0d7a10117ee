package secret

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zalando/go-keyring"
)

func TestANewTokenStandsBeforeTheOlder(t *testing.T) {
	keyring.MockInit()
	k := New("/folder", 0)
	k.Keep(t.Context(), server, "given")
	for _, step := range []struct{ token, want string }{
		{"a", "a given"}, {"b", "b a given"}, {"c", "c b a given"}, {"c", "c b a given"}, {"d", "d c b given"},
	} {
		all, err := k.Renew(t.Context(), server, step.token)
		if diff := cmp.Diff(strings.Fields(step.want), all); diff != "" || err != nil {
			t.Errorf("renewed with %s: %s %v", step.token, diff, err)
		}
		found, _, _ := New("/folder", 0).Find(t.Context(), server)
		if diff := cmp.Diff(all, found); diff != "" {
			t.Errorf("after a new start: %s", diff)
		}
	}
	if _, err := k.Renew(t.Context(), server, "two words"); err == nil {
		t.Error("what is no token was kept")
	}
}

// TestAnOfferThatCameTooLate: the keychain waited for its person while the connection on which a token was offered ended,
// and on the next one another is offered in its place. What that one was signed in with is still there, as a server that
// is put back from a backup knows it.
func TestAnOfferThatCameTooLate(t *testing.T) {
	keyring.MockInit()
	k := New("/folder", 0)
	k.Keep(t.Context(), server, "given")
	for _, token := range []string{"used", "late", "taken"} {
		if _, err := k.Renew(t.Context(), server, token); err != nil {
			t.Fatal(err)
		}
	}
	if all, _, _ := New("/folder", 0).Find(t.Context(), server); !slices.Contains(all, "used") || !slices.Contains(all, "given") {
		t.Errorf("%q", all)
	}
}

// TestTheFileOfATokenThatWasRenewed: a start with the same token file as ever must not sign in with what the server
// knows no more; another token replaces all.
func TestTheFileOfATokenThatWasRenewed(t *testing.T) {
	keyring.MockInit()
	New("/folder", 0).Keep(t.Context(), server, "given")
	for _, token := range []string{"a", "b", "c"} {
		if _, err := New("/folder", 0).Renew(t.Context(), server, token); err != nil {
			t.Fatal(err)
		}
	}
	again, _ := New("/folder", 0).Keep(t.Context(), server, "given")
	if diff := cmp.Diff([]string{"c", "b", "a", "given"}, again); diff != "" {
		t.Error(diff)
	}
	other, _ := New("/folder", 0).Keep(t.Context(), server, "another")
	if diff := cmp.Diff([]string{"another"}, other); diff != "" {
		t.Error(diff)
	}
}

func TestAnEntryThatIsNoTokens(t *testing.T) {
	keyring.MockInit()
	if err := keyring.Set(service, account(server)+" in /folder", "not\na token"); err != nil {
		t.Fatal(err)
	}
	if all, _, err := New("/folder", 0).Find(t.Context(), server); !errors.Is(err, ErrNotFound) {
		t.Errorf("found %q, %v", all, err)
	}
	if all, err := New("/folder", 0).Renew(t.Context(), server, "new"); err != nil || len(all) != 1 {
		t.Errorf("%q, %v", all, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"one", "a b c", "a b c d", "", " ", "a  b", "a\tb", "a\x00", "ä", strings.Repeat("x", maxToken+1)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, entry string) {
		all, err := parse(entry)
		if err != nil {
			return
		}
		if all.entry() != entry || len(all) == 0 || len(all) > maxTokens {
			t.Fatalf("%q became %q", entry, all)
		}
		if again, err := parse(all.renewed("new").entry()); err != nil || again[0] != "new" {
			t.Fatalf("renewed: %q, %v", again, err)
		}
	})
}
