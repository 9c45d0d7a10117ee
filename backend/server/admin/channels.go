package admin

import (
	"context"
	"net"
	"net/url"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// Credential is a company's access to a vendor as it is printed: which secrets there are, never what they are.
type Credential struct {
	Name        string `json:"name"`
	Channel     string `json:"channel"`
	BaseURL     string `json:"base_url"`
	Webhook     string `json:"webhook"` // where the vendor must be told to send
	AppSecret   bool   `json:"app_secret_set"`
	VerifyToken bool   `json:"verify_token_set"`
	AccessToken bool   `json:"access_token_set"`
}

// Asset is an asset as it is printed.
type Asset struct {
	ID         string   `json:"id"`
	Channel    string   `json:"channel"`
	Name       string   `json:"name"`
	Address    string   `json:"address"`
	VendorID   string   `json:"phone_number_id"`
	Credential string   `json:"credential"`
	Team       string   `json:"team"`
	Shared     []string `json:"shared"`
	Priority   int      `json:"priority,omitempty"`
	Active     bool     `json:"active"`
}

// Chat is a chat as it is listed: where it stands, nothing of what was said.
type Chat struct {
	ID           string `json:"id"`
	Status       string `json:"status"`
	Team         string `json:"team"`
	Asset        string `json:"asset"`
	CustomerID   string `json:"customer_id"`
	Assignee     string `json:"assignee,omitempty"`
	WaitingSince int64  `json:"waiting_since,omitempty"`
	Messages     int64  `json:"messages"`
	Unread       int64  `json:"unread"`
}

func (o *Office) setCredential(ctx context.Context, r *Request) (any, error) {
	if f := checkBase(r.BaseURL); f != nil {
		return nil, f
	}
	_, err := o.submit(ctx, desk.PutCredentials{Credential: desk.Credential{Name: r.Name, Channel: chat.WhatsApp, BaseURL: r.BaseURL,
		AppSecret: r.AppSecret, VerifyToken: r.VerifyToken, AccessToken: r.AccessToken}})
	if err != nil {
		return nil, err
	}
	var c Credential
	err = o.Read(ctx, func(v store.Reader) error {
		row, _ := v.Credential(r.Name)
		c = o.printedCredential(row)
		return v.Err()
	})
	return c, err
}

// checkBase keeps the access token off open networks. An empty base leaves what there is.
func checkBase(base string) *Failure {
	if base == "" {
		return nil
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fail(CodeUsage, "--base-url must be a URL such as %s", desk.GraphURL)
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && !(u.Scheme == "http" && local) {
		return fail(CodeUsage, "--base-url must begin with https:// (http:// only for this machine), or the access token could be read on the way")
	}
	return nil
}

func (o *Office) listCredentials(ctx context.Context, _ *Request) (any, error) {
	all := []Credential{}
	err := o.Read(ctx, func(v store.Reader) error {
		for _, c := range v.Credentials() {
			all = append(all, o.printedCredential(c))
		}
		return v.Err()
	})
	return all, err
}

func (o *Office) printedCredential(c desk.Credential) Credential {
	return Credential{c.Name, string(c.Channel), c.BaseURL, o.PublicURL + "/hooks/whatsapp/" + c.Name,
		c.AppSecret != "", c.VerifyToken != "", c.AccessToken != ""}
}

func (o *Office) createAsset(ctx context.Context, r *Request) (any, error) {
	a := desk.Asset{Channel: chat.WhatsApp, Name: r.Name, Address: r.Address, VendorID: r.VendorID, Credential: r.Credential,
		Team: chat.TeamID(r.Team), Shared: typed[chat.TeamID](r.Teams), Active: true}
	if r.Priority != nil {
		a.Priority = chat.Priority(*r.Priority)
	}
	id, err := o.submit(ctx, desk.CreateAsset{Asset: a})
	if err != nil {
		return nil, err
	}
	return o.asset(ctx, id)
}

func (o *Office) setAsset(ctx context.Context, r *Request) (any, error) {
	set := desk.SetAsset{ID: chat.AssetID(r.ID), Name: r.Name, Team: chat.TeamID(r.Team), Shared: typed[chat.TeamID](r.Teams),
		Active: r.Active}
	if r.Priority != nil {
		p := chat.Priority(*r.Priority)
		set.Priority = &p
	}
	if _, err := o.submit(ctx, set); err != nil {
		return nil, err
	}
	return o.asset(ctx, r.ID)
}

func (o *Office) asset(ctx context.Context, id string) (any, error) {
	var a Asset
	err := o.Read(ctx, func(v store.Reader) error {
		row, _ := v.Asset(chat.AssetID(id))
		a = printedAsset(row)
		return v.Err()
	})
	return a, err
}

func (o *Office) listAssets(ctx context.Context, _ *Request) (any, error) {
	all := []Asset{}
	err := o.Read(ctx, func(v store.Reader) error {
		for _, a := range v.Assets() {
			all = append(all, printedAsset(a))
		}
		return v.Err()
	})
	return all, err
}

func printedAsset(a desk.Asset) Asset {
	return Asset{string(a.ID), string(a.Channel), a.Name, a.Address, a.VendorID, a.Credential, string(a.Team), plain(a.Shared),
		int(a.Priority), a.Active}
}

// listChats lists the chats that are not closed: the queues' and then the agents'.
func (o *Office) listChats(ctx context.Context, r *Request) (any, error) {
	all := []Chat{}
	err := o.Read(ctx, func(v store.Reader) error {
		for _, t := range v.Teams() {
			all = appendChats(all, v, v.ChatsQueuedIn(t.ID), r.Team)
		}
		for _, a := range v.Agents() {
			all = appendChats(all, v, v.ChatsHeldBy(a.ID), r.Team)
		}
		return v.Err()
	})
	return all, err
}

func appendChats(all []Chat, v store.Reader, list []chat.Chat, team string) []Chat {
	for _, c := range list {
		if team == "" || string(c.Team) == team {
			customer, _ := v.Customer(c.Customer)
			all = append(all, Chat{string(c.ID), string(c.Status), string(c.Team), string(c.Asset), string(customer.ID),
				string(c.Assignee), int64(c.WaitingSince), c.LastNumber, c.Unread})
		}
	}
	return all
}

func (o *Office) assignChat(ctx context.Context, r *Request) (any, error) {
	if _, err := o.submit(ctx, desk.AssignChat{Chat: chat.ID(r.ID), Agent: chat.AgentID(r.Agent)}); err != nil {
		return nil, err
	}
	var list []Chat
	err := o.Read(ctx, func(v store.Reader) error {
		c, _ := v.Chat(chat.ID(r.ID))
		list = appendChats(nil, v, []chat.Chat{c}, "")
		return v.Err()
	})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

func (o *Office) listUnknown(context.Context, *Request) (any, error) {
	if o.Unknown == nil {
		return nil, fail(CodeBusy, "the server is not running on this folder; it counts unknown numbers while it runs")
	}
	return append([]UnknownNumber{}, o.Unknown()...), nil
}
