package main

import (
	"flag"
	"strconv"
	"strings"

	"parley/backend/server/admin"
)

// order is one admin command: its flags fill the request.
type order struct {
	verb    string
	summary string
	flags   func(*asked)
	need    []string // flags that must be given
}

// asked collects what one command line says.
type asked struct {
	*flag.FlagSet
	req      admin.Request
	env      func(string) string
	data     string
	database string
	out      string // where a new token goes instead of to stdout
}

// orders is every admin command, in the order of the help.
var orders = []order{
	{"team create", "makes a team, which owns a queue", func(a *asked) {
		a.StringVar(&a.req.Name, "name", "", "the team's `name`")
		a.StringVar(&a.req.Prefix, "prefix", "", "3 characters of A-Z0-9 that begin its chats' `ids`")
	}, []string{"name", "prefix"}},
	{"team set", "changes a team; what is not given stays", func(a *asked) {
		a.StringVar(&a.req.ID, "id", "", "the team's `id`")
		a.StringVar(&a.req.Name, "name", "", "the new `name`")
		settingFlags(a)
	}, []string{"id"}},
	{"team list", "lists the teams", nil, nil},
	{"agent create", "makes an agent", agentFlags, []string{"name", "team"}},
	{"agent set", "changes an agent; what is not given stays; --active=false ends every session", func(a *asked) {
		a.StringVar(&a.req.ID, "id", "", "the agent's `id`")
		agentFlags(a)
		a.active("whether the agent may sign in")
	}, []string{"id"}},
	{"agent list", "lists the agents", nil, nil},
	{"token create", "makes a token that an agent signs in with; it is printed this once", func(a *asked) {
		a.StringVar(&a.req.Agent, "agent", "", "the agent's `id`")
		a.StringVar(&a.req.Label, "label", "", "what the token is for, for the list")
		a.count(&a.req.Days, "days", "for how many `days` it lets the agent in (default 30); a console in use is given a new one in time; 0: for ever")
		a.StringVar(&a.out, "out", "", "write the token to this new `file`, which only you can read, and do not print it")
	}, []string{"agent"}},
	{"token revoke", "ends a token and the sessions that use it", func(a *asked) {
		a.StringVar(&a.req.Hash, "hash", "", "the token's `hash`, as the list shows it")
		a.secret("token-file", "", "or: the `file` that holds the token", func(s string) { a.req.Hash = admin.TokenHash(s) })
	}, nil},
	{"token list", "lists the tokens by their hashes", func(a *asked) {
		a.StringVar(&a.req.Agent, "agent", "", "only this agent's (an `id`)")
	}, nil},
	{"credential set", "puts a vendor's credentials; what is not given stays", credentialFlags, []string{"name"}},
	{"credential list", "lists the credentials without their secrets", func(a *asked) {}, nil},
	{"asset create", "makes an asset: a WhatsApp number of the company", func(a *asked) {
		a.StringVar(&a.req.Credential, "credential", "", "the `name` of the credentials that it is sent with")
		a.StringVar(&a.req.VendorID, "phone-number-id", "", "WhatsApp's `id` of the number")
		a.StringVar(&a.req.Address, "address", "", "the `number` as people know it")
		assetFlags(a)
	}, []string{"credential", "phone-number-id", "name", "team"}},
	{"asset set", "changes an asset; what is not given stays", func(a *asked) {
		a.StringVar(&a.req.ID, "id", "", "the asset's `id`")
		assetFlags(a)
		a.active("whether new chats may be begun with it; what customers write to it is taken in and answered all the same,\n" +
			"and as nobody begins chats yet it has no other effect")
	}, []string{"id"}},
	{"asset list", "lists the assets", nil, nil},
	{"chat list", "lists the chats that are not closed, without what was said", func(a *asked) {
		a.StringVar(&a.req.Team, "team", "", "only this team's (an `id`)")
	}, nil},
	{"chat assign", "gives a chat to an agent", func(a *asked) {
		a.StringVar(&a.req.ID, "chat", "", "the chat's `id`")
		a.StringVar(&a.req.Agent, "agent", "", "the agent's `id`")
	}, []string{"chat", "agent"}},
	{"unknown-numbers list", "lists the numbers that messages came for and that no asset has, since the server's start", nil, nil},
}

func agentFlags(a *asked) {
	a.StringVar(&a.req.Name, "name", "", "the agent's `name`")
	a.list(&a.req.Teams, "team", "the `ids` of the agent's teams, with commas; empty: none")
	a.IntVar(&a.req.Threshold, "threshold", 0, "how many `chats` the agent may have at a time; 0: 99, or as it is")
	a.StringVar(&a.req.Role, "role", "", "what the agent may do, a `role`: agent, manager (sets the teams of --manages) or admin (everything)")
	a.list(&a.req.Manages, "manages", "the `ids` of the teams that a manager runs, with commas; empty: none")
}

// settingFlags set what a manager sets in the console.
func settingFlags(a *asked) {
	s := &a.req.Settings
	a.count(&s.ReleaseMinutes, "release-minutes", "after so many `minutes` of a customer's waiting a picked chat goes back to the queue; 0: never")
	a.count(&s.EscalateEvery, "escalate-every", "a waiting chat's priority rises one level each so `many` minutes or hours; 0: never")
	a.StringVar(&s.EscalateUnit, "escalate-unit", "", "the `unit` of --escalate-every: minutes or hours")
	a.yesOrNo(&s.EscalateUnset, "escalate-unset", "whether a chat without a priority rises too")
	a.count(&s.HoldDays, "hold-days", "a chat in which nobody wrote for so many `days` is put on hold; 0: never")
	a.count(&s.CloseDays, "close-days", "and after so many `days` it is closed; 0: never")
	a.StringVar(&s.OnSignOut, "on-sign-out", "", "`where` an agent's chats are when the agent signs out: keep or queue")
	a.StringVar(&s.AutoAssign, "auto-assign", "", "`who` is given a queued chat: off (nobody), least_loaded, or last_agent (who had it last, else the least loaded)")
}

func assetFlags(a *asked) {
	a.StringVar(&a.req.Name, "name", "", "the asset's `name`")
	a.StringVar(&a.req.Team, "team", "", "the `id` of the team whose queue its chats come to")
	a.list(&a.req.Teams, "shared", "the `ids` of further teams that may use it, with commas; empty: none")
	a.count(&a.req.Priority, "priority", "the `priority` of its new chats: 1 urgent, 2 high, 3 normal, 4 low, 0 none")
}

func credentialFlags(a *asked) {
	a.StringVar(&a.req.Name, "name", "", "the credentials' `name`, which stands in the webhook's path")
	a.StringVar(&a.req.BaseURL, "base-url", "", "`where` the vendor's API is (default https://graph.facebook.com)")
	a.secret("app-secret-file", "PARLEY_APP_SECRET", "the `file` with the app's secret, which signs webhooks", func(s string) { a.req.AppSecret = s })
	a.secret("verify-token-file", "PARLEY_VERIFY_TOKEN", "the `file` with the token that the vendor shows when it verifies the webhook", func(s string) { a.req.VerifyToken = s })
	a.secret("access-token-file", "PARLEY_ACCESS_TOKEN", "the `file` with the access token that replies are sent with", func(s string) { a.req.AccessToken = s })
}

// active is a flag that must say true or false.
func (a *asked) active(usage string) { a.yesOrNo(&a.req.Active, "active", usage) }

func (a *asked) yesOrNo(to **bool, name, usage string) {
	a.Func(name, usage+" (`true or false`)", func(s string) error {
		on, err := strconv.ParseBool(s)
		*to = &on
		return err
	})
}

// count is a flag of a whole number; not given it is nil, which is not 0.
func (a *asked) count(to **int, name, usage string) {
	a.Func(name, usage, func(s string) error {
		n, err := strconv.Atoi(s)
		*to = &n
		return err
	})
}

// list is a flag of ids with commas; given and empty it is an empty list, which is not the same as not given.
func (a *asked) list(to *[]string, name, usage string) {
	a.Func(name, usage, func(s string) error {
		*to = append([]string{}, strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })...)
		return nil
	})
}
