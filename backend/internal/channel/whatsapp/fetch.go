package whatsapp

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"parley/backend/internal/channel"
	"parley/backend/internal/desk"
)

// fileInfo is what the Graph API says of a file: where it lies for the next minutes, and its hash.
type fileInfo struct {
	URL    string `json:"url"`
	SHA256 string `json:"sha256"`
}

const maxHops = 3 // redirects on the way to a file

// Fetch asks the Graph API where the file lies and reads it from there, with the token both times.
func (v *Vendor) Fetch(ctx context.Context, cred desk.Credential, m desk.Media, w io.Writer, limit int64) (int64, error) {
	info, err := v.fileInfo(ctx, cred, m.VendorID)
	if err != nil {
		return 0, err
	}
	resp, err := v.get(ctx, v.files, cred, info.URL)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(w, sum), io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return 0, fmt.Errorf("whatsapp: read a file: %w", err)
	}
	if size > limit {
		return 0, fmt.Errorf("whatsapp: a file of more than %d bytes: %w", limit, channel.ErrFinal)
	}
	for _, promised := range []string{m.SHA256, info.SHA256} {
		if want := hash(promised); want != nil && !bytes.Equal(want, sum.Sum(nil)) {
			return 0, errors.New("whatsapp: a file that is not the one promised")
		}
	}
	return size, nil
}

func (v *Vendor) fileInfo(ctx context.Context, cred desk.Credential, id string) (fileInfo, error) {
	var info fileInfo
	resp, err := v.get(ctx, v.graph, cred, graphURL(cred, id))
	if err != nil {
		return info, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return info, fmt.Errorf("whatsapp: read where a file lies: %w", err)
	}
	if err := decode(answer, &info); err != nil {
		return info, errors.New("whatsapp: cannot read where a file lies")
	}
	return info, safeURL(cred, info.URL)
}

// safeURL lets the token go only over TLS, or to where the admin sends it anyway.
func safeURL(cred desk.Credential, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return errors.New("whatsapp: a file without an address")
	}
	base, err := url.Parse(cred.BaseURL)
	if u.Scheme == "https" || err == nil && u.Scheme == base.Scheme && u.Host == base.Host {
		return nil
	}
	return fmt.Errorf("whatsapp: a file's address is not https: %w", channel.ErrFinal)
}

// onlySafer follows a redirect that stays with its host or goes to one over TLS. The token goes to the first
// host only; net/http sees to that.
func onlySafer(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	if len(via) > maxHops || req.URL.Scheme != "https" && (req.URL.Scheme != first.Scheme || req.URL.Host != first.Host) {
		return errors.New("whatsapp: a redirect that is not followed")
	}
	return nil
}

// get asks with the token; every answer but 200 is an error.
func (v *Vendor) get(ctx context.Context, client *http.Client, cred desk.Credential, address string) (*http.Response, error) {
	req, err := bearer(ctx, cred, http.MethodGet, address)
	if err != nil {
		return nil, fmt.Errorf("whatsapp: a file's address: %w", channel.ErrFinal)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("whatsapp: fetch a file: %w", withoutURL(err))
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	resp.Body.Close()
	if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone || resp.StatusCode == http.StatusBadRequest {
		return nil, fmt.Errorf("whatsapp: the vendor does not have the file (%d): %w", resp.StatusCode, channel.ErrFinal)
	}
	return nil, fmt.Errorf("whatsapp: fetch a file: the vendor answered %d", resp.StatusCode)
}

// withoutURL drops the address, which is itself a key to the file, from what may be logged.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// hash reads a SHA-256 in either of the vendor's spellings, or returns nil.
func hash(s string) []byte {
	if sum, err := hex.DecodeString(s); err == nil && len(sum) == sha256.Size {
		return sum
	}
	if sum, err := base64.StdEncoding.DecodeString(s); err == nil && len(sum) == sha256.Size {
		return sum
	}
	return nil
}
