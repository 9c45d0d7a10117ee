package auth

import (
	"errors"
	"net/http"
	"testing"
)

// FuzzAuthenticate: whatever stands in the header, only the token that was made lets in, and only its agent.
func FuzzAuthenticate(f *testing.F) {
	for _, seed := range []string{"", "Bearer", "Bearer ", "bearer pt_", "Basic eDp5", "Bearer pt_\x00", "Bearer  pt_AAAA "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		d, _, a, _ := door(t)
		h := http.Header{"Authorization": {header}}
		if g, err := d.Authenticate(t.Context(), Bearer(h)); !errors.Is(err, ErrDenied) || g != (Grant{}) {
			t.Errorf("%q: %+v, %v", header, g, err)
		}
		h.Set("Authorization", "Bearer "+a)
		if g, err := d.Authenticate(t.Context(), Bearer(h)); err != nil || g.Agent != "a" {
			t.Errorf("the token: %+v, %v", g, err)
		}
	})
}
