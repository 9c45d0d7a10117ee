// Package whatsapp speaks WhatsApp's Cloud API: signed webhooks in, the Graph API out. It owns the vendor's format
// and the meaning of the vendor's errors, and nothing else; who calls it is said at package channel.
package whatsapp

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"

	"parley/backend/internal/channel"
	"parley/backend/internal/desk"
)

const (
	// Version is the release of the Graph API that this package speaks.
	Version = "v25.0"

	maxBody      = 3 << 20 // what the vendor posts at most
	maxChallenge = 512
)

// Vendor is WhatsApp's side as channel.Vendor has it. Where it lies is each credential's BaseURL.
type Vendor struct {
	graph *http.Client // follows no redirect: a call is made once, where the admin said
	files *http.Client
}

var _ channel.Vendor = (*Vendor)(nil)

// New returns a Vendor that calls with client's transport. Time limits are the contexts' of its methods.
func New(client *http.Client) *Vendor {
	graph, files := *client, *client
	graph.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	files.CheckRedirect = onlySafer
	return &Vendor{graph: &graph, files: &files}
}

// MaxBody is the vendor's own limit for a webhook's body.
func (v *Vendor) MaxBody() int64 { return maxBody }

// Verify checks hub.mode and hub.verify_token and gives back hub.challenge. Credentials without a verify token
// verify nothing.
func (v *Vendor) Verify(cred desk.Credential, q url.Values) (string, bool) {
	token, challenge := q.Get("hub.verify_token"), q.Get("hub.challenge")
	if cred.VerifyToken == "" || q.Get("hub.mode") != "subscribe" {
		return "", false
	}
	if subtle.ConstantTimeCompare([]byte(token), []byte(cred.VerifyToken)) != 1 {
		return "", false
	}
	if challenge == "" || len(challenge) > maxChallenge || strings.ContainsFunc(challenge, notPrintable) {
		return "", false
	}
	return challenge, true
}

// signed reports whether h holds the signature over raw that secret makes. An empty secret signs nothing.
func signed(secret string, h http.Header, raw []byte) bool {
	given, ok := strings.CutPrefix(h.Get("X-Hub-Signature-256"), "sha256=")
	sum, err := hex.DecodeString(given)
	if secret == "" || !ok || err != nil {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(raw)
	return hmac.Equal(sum, mac.Sum(nil))
}

// notPrintable reports what has no place in an id or a challenge: anything but visible ASCII.
func notPrintable(r rune) bool { return r <= ' ' || r > '~' }

// plainID reports whether s can be one of the vendor's ids.
func plainID(s string, longest int) bool {
	return s != "" && len(s) <= longest && !strings.ContainsFunc(s, notPrintable)
}

// bearer makes a request to the vendor with the credentials' token.
func bearer(ctx context.Context, cred desk.Credential, method, address string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+cred.AccessToken)
	return req, nil
}

// graphURL is the address of path below the credentials' base. Each element is escaped.
func graphURL(cred desk.Credential, path ...string) string {
	address := strings.TrimRight(cred.BaseURL, "/") + "/" + Version
	for _, element := range path {
		address += "/" + url.PathEscape(element)
	}
	return address
}
