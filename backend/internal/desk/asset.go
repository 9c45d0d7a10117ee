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
	n, ok := name(a.Name)
	cred, known := d.was.Credential(a.Credential)
	switch {
	case !ok:
		return bad("name")
	case a.Channel != chat.WhatsApp:
		return bad("channel")
	case !key(a.VendorID):
		return bad("vendor_id")
	case !known || cred.Channel != a.Channel:
		return bad("credential")
	}
	if field, ok := d.assetFields(&a); !ok {
		return bad(field)
	}
	if _, taken := d.was.AssetByVendor(a.Channel, a.VendorID); taken {
		return problem(chat.Duplicate, "vendor_id")
	}
	a.ID, a.Name, a.Address = chat.AssetID(d.ids.Opaque()), n, line(a.Address, MaxName)
	a.Shared, a.Active = inOrder(a.Shared), true
	d.assets.put(a.ID, a)
	return Answer{Created: string(a.ID)}
}

// assetFields checks what can be set later too, and names the field that cannot be so.
func (d *decision) assetFields(a *Asset) (string, bool) {
	switch {
	case !d.areTeams([]chat.TeamID{a.Team}):
		return "team", false
	case !d.areTeams(a.Shared):
		return "shared", false
	case a.Priority < chat.Unset || a.Priority > chat.Low:
		return "priority", false
	}
	return "", true
}

// setAsset changes an asset; the chats that there are keep their team and priority.
func (d *decision) setAsset(c SetAsset) Answer {
	a, ok := d.was.Asset(c.ID)
	if !ok {
		return problem(chat.NotFound, "asset")
	}
	if !set(&a.Name, c.Name) {
		return bad("name")
	}
	a.Team = cmp.Or(c.Team, a.Team)
	if c.Shared != nil {
		a.Shared = inOrder(c.Shared)
	}
	if c.Priority != nil {
		a.Priority = *c.Priority
	}
	if c.Active != nil {
		a.Active = *c.Active
	}
	if field, ok := d.assetFields(&a); !ok {
		return bad(field)
	}
	d.assets.put(a.ID, a)
	return Answer{}
}
