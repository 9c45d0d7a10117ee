package desk

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"parley/backend/chat"
)

// GraphURL is where WhatsApp's Graph API is unless credentials say otherwise.
const GraphURL = "https://graph.facebook.com"

// Limits of credentials, in bytes.
const (
	MaxCredential = 64 // of their name
	maxSecret     = 4096
)

// putCredentials creates credentials, or sets the fields of existing ones that are not empty. New ones need
// every secret: with an empty one anybody could sign.
func (d *decision) putCredentials(c Credential) Answer {
	old, exists := d.was.Credential(c.Name)
	now := Credential{
		Name: c.Name, Channel: cmp.Or(c.Channel, old.Channel), BaseURL: cmp.Or(c.BaseURL, old.BaseURL, GraphURL),
		AppSecret: cmp.Or(c.AppSecret, old.AppSecret), VerifyToken: cmp.Or(c.VerifyToken, old.VerifyToken),
		AccessToken: cmp.Or(c.AccessToken, old.AccessToken),
	}
	switch {
	case !pathName(c.Name):
		return bad("name")
	case !slices.Contains(chat.SpokenChannels(), now.Channel) || exists && now.Channel != old.Channel:
		return bad("channel")
	case !baseURL(now.BaseURL):
		return bad("base_url")
	case !secret(now.AppSecret):
		return bad("app_secret")
	case !secret(now.VerifyToken):
		return bad("verify_token")
	case !secret(now.AccessToken):
		return bad("access_token")
	}
	d.write(PutCredential{now})
	if exists {
		return Answer{}
	}
	return Answer{Created: c.Name}
}

// pathName reports whether s can be a part of a webhook's path.
func pathName(s string) bool {
	return s != "" && len(s) <= MaxCredential && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// secret reports whether s can stand in a header and is not empty.
func secret(s string) bool {
	return s != "" && len(s) <= maxSecret && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

func baseURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil &&
		u.RawQuery == "" && u.Fragment == "" && len(s) <= 2048
}

// createAsset makes an active asset.
func (d *decision) createAsset(a Asset) Answer {
	a.Active = true
	id, p := d.newAsset(a)
	return created(string(id), p)
}

// newAsset makes an asset (rule C3).
func (d *decision) newAsset(a Asset) (chat.AssetID, *chat.Problem) {
	a.Address = line(a.Address, MaxName+1)
	switch {
	case !slices.Contains(chat.SpokenChannels(), a.Channel):
		return "", chat.NewProblem(chat.BadValue, "channel")
	case !key(a.VendorID):
		return "", chat.NewProblem(chat.BadValue, "vendor_id")
	case utf8.RuneCountInString(a.Address) > MaxName:
		return "", chat.NewProblem(chat.BadValue, "address")
	case !pathName(a.Credential):
		return "", chat.NewProblem(chat.BadValue, "credential")
	}
	if cred, known := d.was.Credential(a.Credential); !known || cred.Channel != a.Channel {
		return "", chat.NewProblem(chat.NoCredentials, a.Credential)
	}
	if other, taken := d.was.AssetByVendor(a.Channel, a.VendorID); taken {
		return "", chat.NewProblem(chat.Duplicate, "vendor_id", other.Name)
	}
	a.ID, a.Revision = chat.AssetID(d.ids.Opaque()), 0
	return a.ID, d.keepAsset(a)
}

// unchangeable names what cannot be changed of an asset and would be by the set, as it is called on the wire; "" if there
// is nothing. What the set does not say stays.
func unchangeable(set *chat.AssetSet, a *Asset) string {
	switch {
	case set.Channel != "" && set.Channel != a.Channel:
		return "channel"
	case set.Address != "" && set.Address != a.Address:
		return "address"
	case set.VendorID != "" && set.VendorID != a.VendorID:
		return "vendor_id"
	case set.Credential != "" && set.Credential != a.Credential:
		return "credential"
	}
	return ""
}

func (d *decision) setAsset(c SetAsset) Answer {
	a, ok := d.was.Asset(c.ID)
	if !ok {
		return problem(chat.NotFound, "asset")
	}
	a.Name, a.Team = cmp.Or(c.Name, a.Name), cmp.Or(c.Team, a.Team)
	if c.Shared != nil {
		a.Shared = c.Shared
	}
	if c.Priority != nil {
		a.Priority = *c.Priority
	}
	if c.Active != nil {
		a.Active = *c.Active
	}
	return Answer{Problem: d.keepAsset(a)}
}
