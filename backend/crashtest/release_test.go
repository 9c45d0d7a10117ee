//go:build e2e && linux

package crashtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/backend/chat"
	"parley/backend/crash"
	"parley/backend/internal/auth"
	"parley/backend/internal/commit"
	"parley/backend/internal/desk"
	"parley/backend/internal/ids"
	"parley/backend/internal/store"
	"parley/backend/internal/store/sqlite"
	"parley/backend/internal/vendors"
)

// How large each rush is.
const (
	rushAgents = 8
	rushChats  = 2000
	rushKills  = 12              // that meet chats which are due
	lead       = 6 * time.Second // from the first assignment to the first moment at which a chat is due
)

// TestReleasesSurviveKills: chats that are all due within a second, and a server that is killed again and again while it
// releases them and their agents reply. PARLEY_KILLS makes it as many rushes as have so many kills.
func TestReleasesSurviveKills(t *testing.T) {
	seed := setting(t, "PARLEY_SEED", defaultSeed)
	rushes := max(1, int(setting(t, "PARLEY_KILLS", 0))/rushKills)
	for n := range rushes {
		t.Run(fmt.Sprintf("rush %d", n+1), func(t *testing.T) {
			r := newRush(t, seed, uint64(n))
			r.prepare()
			end := r.reply()
			r.killWhileReleasing()
			r.rest(end)
			r.judge()
		})
	}
}

// rush is a server and those who are late to answer.
type rush struct {
	*world
	chance  *rand.Rand
	address string
	agents  []*lateAgent
	chats   []chat.ID
	due     time.Time // the first; the last a second later
	kills   int       // that met chats which were due
	points  map[crash.Name]int
}

func newRush(t *testing.T, seed, n uint64) *rush {
	t.Helper()
	dir := t.TempDir()
	ctx, stop := context.WithTimeout(context.Background(), 3*patience)
	w := &world{t: t, ctx: ctx, seed: seed, now: fmt.Sprintf("rush %d", n+1), data: filepath.Join(dir, "server")}
	r := &rush{world: w, address: "127.0.0.1:" + freePort(t), chance: rand.New(rand.NewPCG(seed, 1<<32+n)), points: map[crash.Name]int{}}
	w.whatsapp = vendors.New(vendors.Config{AppSecret: appSecret, AccessToken: accessToken, Seed: seed,
		Numbers: []vendors.Number{{ID: number, Display: "15550100"}}, Statuses: vendors.Statuses{Names: []string{}}})
	graph := httptest.NewServer(w.whatsapp)
	w.server = &process{t: t, name: "parleyd", args: []string{"serve", "--listen", r.address, "--data", w.data},
		ready: regexp.MustCompile(`msg=listening`)}
	t.Cleanup(func() {
		stop()
		w.working.Wait()
		w.server.tidy()
		graph.Close()
	})
	if err := os.MkdirAll(w.data, 0o700); err != nil {
		t.Fatal(err)
	}
	r.found(graph.URL)
	return r
}

// office gives commands to the company's desk, by the rules and at times of its own, while no server runs.
type office struct {
	r      *rush
	db     *sqlite.Store
	commit *commit.Committer
	now    atomic.Int64 // milliseconds
}

func (r *rush) office() *office {
	r.t.Helper()
	o := &office{r: r, db: r.database()}
	o.now.Store(time.Now().Add(-time.Hour).UnixMilli())
	var err error
	o.commit, err = commit.New(commit.Config{Store: o.db, IDs: ids.Random(), Clock: func() time.Time { return time.UnixMilli(o.now.Load()) }})
	if err != nil {
		r.t.Fatal(err)
	}
	return o
}

// do has commands carried out, none of which may be refused, and returns what the first has made.
func (o *office) do(all ...desk.Command) string {
	o.r.t.Helper()
	answers, err := o.commit.SubmitAll(o.r.ctx, all)
	if err != nil {
		o.r.t.Fatal(err)
	}
	for _, a := range answers {
		if a.Problem != nil {
			o.r.t.Fatal(a.Problem)
		}
	}
	return answers[0].Created
}

func (o *office) close() {
	o.r.t.Helper()
	o.commit.Close()
	if err := o.db.Close(); err != nil {
		o.r.t.Fatal(err)
	}
}

func (r *rush) database() *sqlite.Store {
	r.t.Helper()
	db, err := sqlite.Open(context.Background(), filepath.Join(r.data, "parley.db"), sqlite.Options{Epoch: "e1"})
	if err != nil {
		r.t.Fatal(err)
	}
	return db
}

// found makes what a company needs, with agents who can have all the chats.
func (r *rush) found(graph string) {
	r.t.Helper()
	o := r.office()
	defer o.close()
	r.team = chat.TeamID(o.do(desk.CreateTeam{Name: "Support", Prefix: "SUP"}))
	o.do(desk.SetTeam{ID: r.team, Settings: oneMinute},
		desk.PutCredentials{Credential: desk.Credential{Name: "main", Channel: chat.WhatsApp, BaseURL: graph, AppSecret: appSecret,
			VerifyToken: "a-verify-token", AccessToken: accessToken}},
		desk.CreateAsset{Asset: desk.Asset{Channel: chat.WhatsApp, Name: "Hotline", VendorID: number, Credential: "main", Team: r.team}})
	for i := range rushAgents {
		token, hash := auth.NewToken()
		a := newLateAgent(r, fmt.Sprint("Agent ", i+1), token)
		a.id = chat.AgentID(o.do(desk.CreateAgent{Name: a.name, Teams: []chat.TeamID{r.team}, Threshold: rushChats}))
		o.do(desk.CreateToken{Agent: a.id, Hash: hash, Label: "test"})
		r.agents = append(r.agents, a)
	}
}

var oneMinute = &chat.TeamSettings{ReleaseMinutes: 1}

// prepare has the customers write, and gives their chats to the agents in turns, all within a second that is a minute
// before the moment at which lead is over.
func (r *rush) prepare() {
	r.t.Helper()
	const together = 50
	o := r.office()
	defer o.close()
	for n := 0; n < rushChats; n += together {
		var all []desk.Command
		for i := n; i < n+together; i++ {
			all = append(all, desk.Inbound{Channel: chat.WhatsApp, AssetVendor: number, VendorID: fmt.Sprint("wamid.", i), Text: "Hello?",
				Addresses: []chat.Address{{Kind: chat.Phone, Value: fmt.Sprintf("+1555%07d", i)}}})
		}
		o.do(all...)
	}
	read(r, o.db, func(v store.Reader) {
		for _, c := range v.ChatsQueuedIn(r.team) {
			r.chats = append(r.chats, c.ID)
		}
	})
	r.due = time.Now().Add(lead)
	for n := 0; n < rushChats; n += together {
		o.now.Store(r.due.Add(time.Duration(n)*time.Second/rushChats - time.Minute).UnixMilli())
		var all []desk.Command
		for i := n; i < n+together; i++ {
			all = append(all, desk.AssignChat{Chat: r.chats[i], Agent: r.agents[i%rushAgents].id})
		}
		o.do(all...)
	}
}

func read(r *rush, db store.Store, f func(store.Reader)) {
	r.t.Helper()
	if err := db.Read(context.Background(), func(v store.Reader) error { f(v); return v.Err() }); err != nil {
		r.t.Fatal(err)
	}
}

// reply has every agent work until all that was to be written has its answer. It returns how to wait for that.
func (r *rush) reply() (end func()) {
	var all sync.WaitGroup
	for i, a := range r.agents {
		for n := i; n < len(r.chats); n += rushAgents {
			if r.chance.IntN(4) > 0 {
				at := r.due.Add(time.Duration(n)*time.Second/rushChats - time.Duration(r.chance.IntN(500)-100)*time.Millisecond)
				a.plan = append(a.plan, planned{r.chats[n], fmt.Sprintf("answer %d of %s", n, a.name), at})
			}
		}
		all.Add(1)
		r.working.Go(func() { defer all.Done(); a.work(r.ctx) })
	}
	return all.Wait
}

// killWhileReleasing kills the server, first soon after the first chat is due, then again and again within the next few
// commits, until that was often enough or nothing is due any more.
func (r *rush) killWhileReleasing() {
	r.t.Helper()
	r.startServer("")
	r.dies(time.Until(r.due) + time.Duration(r.chance.IntN(100))*time.Millisecond)
	for r.kills = 1; r.left() > 0 && r.kills < 4*rushKills; r.kills++ {
		point := []crash.Name{crash.CommitBefore, crash.CommitAfter}[r.chance.IntN(2)]
		r.startServer(fmt.Sprintf("%s=%d", point, 2+r.chance.IntN(4)))
		if !r.dies(time.Second) {
			point = "any moment"
		}
		r.points[point]++
	}
	r.startServer("")
}

// dies reports whether the server has ended at a named moment. If it has not when after is over it is killed.
func (r *rush) dies(after time.Duration) (byItself bool) {
	r.t.Helper()
	late := time.NewTimer(after)
	defer late.Stop()
	select {
	case <-r.server.ended:
		byItself = true
	case <-late.C:
		r.server.kill()
	}
	if !r.server.killed() {
		r.t.Fatalf("it ended otherwise:\n%s", r.server.out)
	}
	return byItself
}

// left is how many chats are due, and are neither released nor answered. No server runs.
func (r *rush) left() (n int) {
	r.t.Helper()
	db := r.database()
	defer db.Close()
	now := chat.Millis(time.Now().UnixMilli())
	read(r, db, func(v store.Reader) {
		for _, id := range r.chats {
			if c, _ := v.Chat(id); c.ReleaseAt != 0 && c.ReleaseAt <= now {
				n++
			}
		}
	})
	return n
}
