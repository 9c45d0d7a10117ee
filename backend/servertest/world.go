// Package servertest is the server stepwise: the rules (desk), the store (memory) and what a console is sent (feed) as
// they ship, driven by hand instead of by goroutines, against a vendor that counts what it took. Whoever drives it
// decides what happens next and what fails; the same decisions give the same run. It knows what the server had at
// every position of every stream, and judges each commit by rules of its own. It is for tests only; what it shows to
// the outside is the wire's and the nouns'.
package servertest

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"

	"parley/backend/chat"
	"parley/backend/internal/auth"
	"parley/backend/internal/desk"
	"parley/backend/internal/ids"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/wire"
)

// Config says how the world is.
type Config struct {
	Rand      *rand.Rand // all chance comes from it
	Servers   int        // processes on the one store
	Agents    int
	Teams     int
	Customers int
	// Limits that are small in a simulation, so that they are met.
	KeepFrames    int64 // of each stream
	KeepResults   int64 // of each device
	Watched       int   // frames that a connection may be behind
	LogBatch      int
	Requests      int
	SnapshotBytes int
	Batch         int // commands in one commit
	// Histories is how many positions are remembered for At, and how many of the vendor's messages; 0: all.
	Histories int
}

// World is the store, its servers, and the vendor with the customers behind it.
type World struct {
	cfg       Config
	rnd       *rand.Rand
	now       int64 // the true time, milliseconds
	store     *memory.Store
	full      bool // the server's disk
	ids       ids.Source
	processes []*process
	vendor    vendor
	judge     judge
	history   history
	backups   []*backup
	epochs    int
	commits   int64
	faults    Faults
	broken    *Violation

	agents []chat.AgentID
	teams  []chat.TeamID
	assets []desk.Asset
}

// Violation is a promise that was not kept.
type Violation struct {
	Invariant string
	Detail    string
}

func (v *Violation) String() string { return v.Invariant + ": " + v.Detail }

// began is when every world begins: 2026-01-01.
const began = 1767225600000

// New returns a company with everything running.
func New(cfg Config) *World {
	w := &World{cfg: cfg, rnd: cfg.Rand, now: began, ids: ids.Seeded(cfg.Rand.Uint64())}
	w.judge.w, w.history.limit = w, cfg.Histories
	w.judge.devices, w.judge.stamped = map[chat.DeviceID]int64{}, map[wire.Stream]chat.Millis{}
	w.history.reset()
	w.vendor.took = newCounts(cfg.Histories)
	w.store = memory.New(w.newEpoch())
	for n := range cfg.Servers {
		p := &process{w: w, n: n}
		w.processes = append(w.processes, p)
		p.start()
	}
	w.found()
	return w
}

func (w *World) newEpoch() string {
	w.epochs++
	return fmt.Sprintf("e%d", w.epochs)
}

// found makes the company's rows.
func (w *World) found() {
	must := func(c desk.Command) string {
		var created string
		w.processes[0].submit(&job{command: c, done: func(a desk.Answer, err error) {
			if err != nil || a.Problem != nil {
				panic(fmt.Sprintf("BUG: servertest: %T: %v %v", c, a.Problem, err))
			}
			created = a.Created
		}})
		for w.Waiting(0) > 0 {
			w.Commit(0, Durable)
		}
		return created
	}
	for n := range w.cfg.Teams {
		team, settings := chat.TeamID(must(desk.CreateTeam{Name: fmt.Sprintf("Team %d", n), Prefix: fmt.Sprintf("T%02d", n)})), w.someSettings()
		must(desk.SetTeam{ID: team, Settings: &settings})
		w.teams = append(w.teams, team)
	}
	for n := range w.cfg.Agents {
		w.agents = append(w.agents, chat.AgentID(must(desk.CreateAgent{Name: fmt.Sprintf("Agent %d", n),
			Teams: w.someTeams(), Threshold: 4 + w.rnd.IntN(20)})))
	}
	must(desk.PutCredentials{Credential: desk.Credential{Name: "shop", Channel: chat.WhatsApp, BaseURL: "https://vendor.test",
		AppSecret: "a", VerifyToken: "b", AccessToken: "c"}})
	for n, team := range w.teams {
		a := desk.Asset{Channel: chat.WhatsApp, Name: fmt.Sprintf("Line %d", n), VendorID: fmt.Sprintf("line-%d", n),
			Credential: "shop", Team: team, Shared: w.teams}
		a.ID = chat.AssetID(must(desk.CreateAsset{Asset: a}))
		w.assets = append(w.assets, a)
	}
}

// someTeams is at least one team, in order.
func (w *World) someTeams() []chat.TeamID {
	all := slices.Clone(w.teams)
	w.rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:1+w.rnd.IntN(len(all))]
}

// Now is the true time, which nobody in the world knows.
func (w *World) Now() int64 { return w.now }

// Advance lets time pass.
func (w *World) Advance(millis int64) { w.now += millis }

// Broken returns the first promise that was not kept, nil if all were.
func (w *World) Broken() *Violation { return w.broken }

// Commands is how many commands were decided and committed, and how many of them were agents'.
func (w *World) Commands() (all, agents int64) { return w.commits, w.judge.agents }

// Rows is how many rows the server keeps, and frames.
func (w *World) Rows() (n int) {
	w.read(func(r store.Reader) {
		r.Rows(func(desk.Write) bool { n++; return true })
	})
	return n
}

func (w *World) fail(invariant, format string, args ...any) {
	if w.broken == nil {
		w.broken = &Violation{invariant, fmt.Sprintf(format, args...)}
	}
}

// read runs f on the present state.
func (w *World) read(f func(store.Reader)) {
	err := w.store.Read(context.Background(), func(r store.Reader) error {
		f(r)
		return r.Err()
	})
	if err != nil {
		w.fail("store", "it cannot be read: %v", err)
	}
}

// Agent is the id of the n-th.
func (w *World) Agent(n int) chat.AgentID { return w.agents[n] }

// Head is where a stream stands.
func (w *World) Head(s wire.Stream) (p wire.Position) {
	w.read(func(r store.Reader) { p = r.Head(s) })
	return p
}

// StreamsOf is what an agent may see now.
func (w *World) StreamsOf(a chat.AgentID) (all []wire.Stream) {
	w.read(func(r store.Reader) { all = desk.StreamsOf(r, a) })
	return all
}

// Token makes a token for an agent, as an admin does; it is valid once a server has committed it.
func (w *World) Token(agent int) string {
	token := w.newToken()
	c := desk.CreateToken{Agent: w.agents[agent], Hash: auth.Hash(token), Label: "sim"}
	if p := w.anyUp(); p != nil && w.rnd.IntN(2) == 0 {
		c.ExpiresAt = p.time() + tokenLife
	}
	w.admin(c)
	return token
}

func (w *World) newToken() string {
	var b [32]byte
	for i := range b {
		b[i] = byte(w.rnd.Uint32())
	}
	return "pt_" + base64.RawURLEncoding.EncodeToString(b[:])
}

// tokenLife is how long some tokens are valid.
const tokenLife = 2 * 3_600_000

// admin gives a command to a server that runs; an admin whose command failed tries again by hand, or does not.
func (w *World) admin(c desk.Command) {
	if p := w.anyUp(); p != nil {
		p.submit(&job{command: c, done: func(desk.Answer, error) {
			for _, c := range slices.Clone(p.conns) {
				c.check()
			}
		}})
	}
}

// anyUp is one of the processes that run.
func (w *World) anyUp() *process {
	var up []*process
	for _, p := range w.processes {
		if p.up {
			up = append(up, p)
		}
	}
	if len(up) == 0 {
		return nil
	}
	return up[w.rnd.IntN(len(up))]
}
