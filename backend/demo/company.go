package demo

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/vendors"
	"parley/backend/server/admin"
)

// The company. Its numbers are from the ranges that are kept for fiction.
const credential = "demo"

var (
	teams   = []admin.Team{{Name: "Orders", Prefix: "ORD"}, {Name: "Technical help", Prefix: "TEC"}}
	numbers = []vendors.Number{{ID: "106540352242922", Display: "+44 20 7946 0100"}, {ID: "106540352242923", Display: "+44 20 7946 0200"}}
	lines   = []string{"Orders and returns", "Technical help"} // the names of the numbers
	you     = person{name: "Robin Ashe", teams: []int{0, 1}, role: chat.Admin}
	others  = []person{{name: "Maya Lindqvist", teams: []int{0, 1}, role: chat.Manager, manages: []int{1}},
		{name: "Tomás Herrera", teams: []int{1}, threshold: holdMost}, {name: "Amina Diallo", teams: []int{0}}}
	out = person{name: "Jun Park", teams: []int{0, 1}} // has the day off
)

// settings are what the teams' managers have set. The first team answers by a clock.
var settings = []admin.Settings{
	{ReleaseMinutes: new(10), HoldDays: new(7), CloseDays: new(30), OnSignOut: string(chat.QueueChats)},
	{EscalateEvery: new(15), EscalateUnset: new(true)},
}

// priorities are those of the numbers' new chats.
var priorities = []chat.Priority{chat.Unset, chat.Normal}

// person is somebody who works there; teams are places in the list of teams.
type person struct {
	name      string
	teams     []int
	role      chat.Role
	manages   []int
	threshold int // 0: as usual
}

// company is who and what the server has ids for.
type company struct {
	you    chat.AgentID
	others []chat.AgentID
	teams  []string
}

// here are those whose devices are heard without a console: those who are played.
func (c *company) here() desk.Heard { return desk.Heard{Agents: c.others} }

// secrets are the company's access to its vendor, new with every start.
type secrets struct {
	app, verify, access string
	seed                uint64
}

func newSecrets() secrets {
	var b [8]byte
	rand.Read(b[:])
	return secrets{rand.Text(), rand.Text(), rand.Text(), binary.BigEndian.Uint64(b[:])}
}

func numberIDs() []string {
	var ids []string
	for _, n := range numbers {
		ids = append(ids, n.ID)
	}
	return ids
}

// company makes what is missing of the company, and the agent's token.
func (d *Demo) company(ctx context.Context, access secrets) (*company, error) {
	o := founder{ctx: ctx, office: d.server.Office()}
	o.do(&admin.Request{Verb: "credential set", Name: credential, BaseURL: URL, AppSecret: access.app, VerifyToken: access.verify,
		AccessToken: access.access})
	var ids []string
	for _, t := range teams {
		ids = append(ids, o.team(t))
	}
	for i, n := range numbers {
		o.asset(&admin.Request{Verb: "asset create", Name: lines[i], Credential: credential, VendorID: n.ID, Address: n.Display,
			Team: ids[i], Teams: ids, Priority: new(int(priorities[i]))})
	}
	c := &company{you: o.agent(you, ids), teams: ids}
	for _, p := range others {
		c.others = append(c.others, o.agent(p, ids))
	}
	o.agent(out, ids)
	if o.err == nil {
		d.Token, o.err = o.token(c.you, d.config.TokenFile)
	}
	return c, o.err
}

// ruled is a file that is there once the teams were given their settings, which are the agent's to change from then on.
func (d *Demo) ruled() string { return filepath.Join(d.config.DataDir, "demo-ruled") }

// rule has the managers set their teams, once, and waits until the clocks go by that. A demo that an earlier version has
// made has its people's roles then too.
func (d *Demo) rule(ctx context.Context, c *company) error {
	if _, err := os.Stat(d.ruled()); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	o := founder{ctx: ctx, office: d.server.Office()}
	o.do(&admin.Request{Verb: "agent set", ID: string(c.you), Role: string(you.role)})
	for i, id := range c.teams {
		o.do(&admin.Request{Verb: "team set", ID: id, Settings: settings[i]})
	}
	if o.err != nil {
		return o.err
	}
	if err := d.atRest(ctx); err != nil {
		return err
	}
	return os.WriteFile(d.ruled(), nil, 0o600)
}

// atRest waits until nothing is due.
func (d *Demo) atRest(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for due := true; due; {
		err := d.server.Read(ctx, func(r store.Reader) error {
			due = len(r.DueTimers(d.server.Now(), 1)) > 0
			return r.Err()
		})
		if err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// founder asks the office for one thing after the other, until something fails.
type founder struct {
	ctx    context.Context
	office *admin.Office
	err    error
}

func (o *founder) do(r *admin.Request) any {
	if o.err != nil {
		return nil
	}
	answer, failure := o.office.Do(o.ctx, r)
	if failure != nil {
		o.err = fmt.Errorf("%s: %w", r.Verb, failure)
	}
	return answer
}

// find returns what a list has for which is holds, or what create makes.
func find[T any](o *founder, list string, is func(T) bool, create *admin.Request) T {
	all, _ := o.do(&admin.Request{Verb: list}).([]T)
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i]
	}
	made, _ := o.do(create).(T)
	return made
}

func (o *founder) team(t admin.Team) string {
	return find(o, "team list", func(is admin.Team) bool { return is.Prefix == t.Prefix },
		&admin.Request{Verb: "team create", Name: t.Name, Prefix: t.Prefix}).ID
}

func (o *founder) asset(create *admin.Request) {
	find(o, "asset list", func(is admin.Asset) bool { return is.VendorID == create.VendorID }, create)
}

func (o *founder) agent(p person, ids []string) chat.AgentID {
	of := func(places []int) []string {
		in := []string{}
		for _, i := range places {
			in = append(in, ids[i])
		}
		return in
	}
	return chat.AgentID(find(o, "agent list", func(is admin.Agent) bool { return is.Name == p.name },
		&admin.Request{Verb: "agent create", Name: p.name, Teams: of(p.teams), Role: string(p.role), Manages: of(p.manages),
			Threshold: p.threshold}).ID)
}

// token returns the one in the file if it is still valid, else a new one; those before are revoked.
func (o *founder) token(agent chat.AgentID, file string) (string, error) {
	known, err := keptToken(file)
	if err != nil {
		return "", err
	}
	tokens, _ := o.do(&admin.Request{Verb: "token list", Agent: string(agent)}).([]admin.Token)
	for _, t := range tokens {
		switch {
		case t.RevokedAt != 0:
		case known != "" && t.Hash == admin.TokenHash(known):
			return known, o.err
		default:
			o.do(&admin.Request{Verb: "token revoke", Hash: t.Hash})
		}
	}
	made, _ := o.do(&admin.Request{Verb: "token create", Agent: string(agent), Label: "demo", Days: new(0)}).(admin.NewToken)
	if o.err == nil && file != "" {
		o.err = os.WriteFile(file, []byte(made.Token+"\n"), 0o600)
	}
	return made.Token, o.err
}

func keptToken(file string) (string, error) {
	raw, err := os.ReadFile(file)
	if err != nil && file != "" && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read the token: %w", err)
	}
	return strings.TrimSpace(string(raw)), nil
}
