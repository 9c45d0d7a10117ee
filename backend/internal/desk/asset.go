package desk

import (
	"cmp"
	"net/url"
	"strings"

	"parley/backend/chat"
)

// GraphURL is where WhatsApp's Graph API is unless credentials say otherwise.
const GraphURL = "https://graph.facebook.com"

// maxSecret is in bytes.
const maxSecret = 4096

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
	case now.Channel != chat.WhatsApp || exists && now.Channel != old.Channel:
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
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
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
	cred, known := d.was.Credential(a.Credential)
	switch {
	case a.Channel != chat.WhatsApp:
		return bad("channel")
	case !key(a.VendorID):
		return bad("vendor_id")
	case !known || cred.Channel != a.Channel:
		return bad("credential")
	}
	if _, taken := d.was.AssetByVendor(a.Channel, a.VendorID); taken {
		return problem(chat.Duplicate, "vendor_id")
	}
	a.ID, a.Address, a.Active, a.Revision = chat.AssetID(d.ids.Opaque()), line(a.Address, MaxName), true, 0
	return created(string(a.ID), d.keepAsset(a))
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
