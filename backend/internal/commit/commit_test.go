package commit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/ids"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/wire"
)

var tenant = wire.Stream{Kind: wire.TenantStream}

// teams decides CreateTeam by putting a team that is its own id, and an agent's reply by making the team that
// its text names. The team "panic" panics; a prefix that another team has is a conflict.
func teams(v desk.View, now chat.Millis, _ desk.IDs, c desk.Command) desk.Outcome {
	var writes []desk.Write
	var answer desk.Answer
	var team desk.Team
	switch c := c.(type) {
	case desk.CreateTeam:
		team = desk.Team{ID: chat.TeamID(c.Name), Name: c.Name, Prefix: c.Prefix}
		answer.Created = c.Name
	case desk.FromAgent:
		team = desk.Team{ID: chat.TeamID(c.Text), Name: c.Text, Prefix: c.Text}
		result := desk.Result{Device: c.Device, Number: c.Number, ID: c.ID, Outcome: wire.Done}
		writes = []desk.Write{desk.PutDevice{Device: desk.Device{ID: c.Device, Agent: c.Agent, LastNumber: c.Number}},
			desk.PutResult{Result: result}}
		answer.Result = &result
	case desk.TimerDue:
		return desk.Outcome{Writes: []desk.Write{desk.PutTimer{Timer: desk.Timer{ID: c.ID, At: now}}}}
	}
	if team.Name == "panic" {
		panic("the customer wrote: secret words")
	}
	return desk.Outcome{
		Writes: append(writes, desk.PutTeam{Team: team}),
		Frames: []desk.Frame{{Stream: tenant, Changes: []wire.Change{{Team: &wire.Team{ID: team.Name, Name: team.Name}}}}},
		Answer: answer,
	}
}

// gate is a store whose commits can be held, counted and made to fail.
type gate struct {
	store.Store
	mu      sync.Mutex
	hold    chan struct{}
	fail    error
	commits int

	lastRoom bool // commits that end something do not fail
}

func (g *gate) Commit(ctx context.Context, f func(store.Tx) error) error {
	g.mu.Lock()
	g.commits++
	hold, fail := g.hold, g.fail
	g.mu.Unlock()
	if hold != nil {
		<-hold
	}
	return g.Store.Commit(ctx, func(tx store.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		if g.lastRoom && store.IsEnding(ctx) {
			return nil
		}
		return fail
	})
}

func (g *gate) set(hold chan struct{}, fail error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hold, g.fail, g.commits = hold, fail, 0
}

// room is a Committer on a memory store with what its tests look at.
type room struct {
	*Committer
	gate *gate
	log  *bytes.Buffer
	sunk []int64 // the seqs that the sink was given; read it when nothing is under way
}

func open(t *testing.T, change func(*Config)) *room {
	t.Helper()
	r := &room{gate: &gate{Store: memory.New("e")}, log: &bytes.Buffer{}}
	config := Config{Store: r.gate, IDs: ids.Seeded(1), Decide: teams, Log: slog.New(slog.NewTextHandler(r.log, nil)),
		Sink: func(frames []store.Frame) {
			for _, f := range frames {
				r.sunk = append(r.sunk, f.Seq)
			}
		}}
	if change != nil {
		change(&config)
	}
	var err error
	if r.Committer, err = New(config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// submit submits in a goroutine and returns where its error will be after synctest.Wait.
func (r *room) submit(ctx context.Context, c desk.Command) *submitted {
	s := &submitted{err: errors.New("not yet")}
	go func() { s.answer, s.err = r.Submit(ctx, c) }()
	synctest.Wait()
	return s
}

type submitted struct {
	answer desk.Answer
	err    error
}

func team(name string) desk.Command { return desk.CreateTeam{Name: name, Prefix: name} }

func reply(number int64, text string) desk.Command {
	return desk.FromAgent{Agent: "ann", Device: "d", Number: number, ID: chat.CommandID(fmt.Sprint("id", number)),
		Command: chat.Command{Kind: chat.CmdReply, Text: text}}
}

func (r *room) teams(t *testing.T) (names []string) {
	t.Helper()
	err := r.gate.Read(t.Context(), func(v store.Reader) error {
		for _, team := range v.Teams() {
			names = append(names, team.Name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestAnAnswerComesWhenItIsDurableAndTheSinkHasIt(t *testing.T) {
	r := open(t, nil)
	for i, name := range []string{"a", "b", "c"} {
		answer, err := r.Submit(t.Context(), team(name))
		if err != nil || answer.Created != name {
			t.Fatalf("%q: answer %+v, error %v", name, answer, err)
		}
		if len(r.sunk) != i+1 || len(r.teams(t)) != i+1 {
			t.Fatalf("after %q: sink has %v, store has %v", name, r.sunk, r.teams(t))
		}
	}
	if diff := cmp.Diff([]int64{1, 2, 3}, r.sunk); diff != "" {
		t.Errorf("the sink's order: %s", diff)
	}
}

func TestWhatWaitsIsOneCommitOfAtMostMaxBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, func(c *Config) { c.MaxBatch = 4 })
		hold := make(chan struct{})
		r.gate.set(hold, nil)
		for i := range 10 {
			r.submit(t.Context(), team(fmt.Sprintf("%02d", i)))
		}
		close(hold)
		synctest.Wait()
		if r.gate.commits != 4 { // 1 that was under way, then 4, 4 and 1
			t.Errorf("10 commands took %d commits", r.gate.commits)
		}
		if !slices.IsSorted(r.sunk) || len(r.sunk) != 10 {
			t.Errorf("the sink's order is %v", r.sunk)
		}
	})
}

func TestAFullQueueBlocksAndEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, func(c *Config) { c.MaxQueue = 2 })
		hold := make(chan struct{})
		r.gate.set(hold, nil)
		for _, name := range []string{"under way", "waits", "waits too"} {
			r.submit(t.Context(), team(name))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		late := r.submit(ctx, team("too many"))
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if !errors.Is(late.err, context.DeadlineExceeded) {
			t.Errorf("the command beyond the limit: %v", late.err)
		}
		close(hold)
		synctest.Wait()
		if diff := cmp.Diff([]string{"under way", "waits", "waits too"}, r.teams(t)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestACommandWhoseCallerHasGoneIsNotDecided(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, nil)
		hold := make(chan struct{})
		r.gate.set(hold, nil)
		r.submit(t.Context(), team("a"))
		ctx, cancel := context.WithCancel(t.Context())
		gone := r.submit(ctx, team("gone"))
		r.submit(t.Context(), team("z"))
		cancel()
		close(hold)
		synctest.Wait()
		if !errors.Is(gone.err, context.Canceled) {
			t.Errorf("error %v", gone.err)
		}
		if diff := cmp.Diff([]string{"a", "z"}, r.teams(t)); diff != "" {
			t.Error(diff)
		}
	})
}

// batchOf has commands decided in one transaction: they wait behind one that is held.
func (r *room) batchOf(t *testing.T, commands ...desk.Command) []*submitted {
	hold := make(chan struct{})
	r.gate.set(hold, nil)
	r.submit(t.Context(), team("first"))
	var out []*submitted
	for _, c := range commands {
		out = append(out, r.submit(t.Context(), c))
	}
	close(hold)
	synctest.Wait()
	r.gate.set(nil, nil)
	return out
}

func TestAPanicConcernsItsOwnCommandOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, nil)
		got := r.batchOf(t, team("a"), team("panic"), reply(1, "panic"), reply(2, "b"), team("c"))
		for i, s := range got {
			if s.err != nil {
				t.Fatalf("command %d: %v", i, s.err)
			}
		}
		if p := got[1].answer.Problem; p == nil || p.Kind != chat.Internal {
			t.Errorf("the admin is told %+v", got[1].answer)
		}
		if res := got[2].answer.Result; res == nil || res.Outcome != wire.Refused || res.Problem.Kind != chat.Internal {
			t.Errorf("the agent is told %+v", got[2].answer)
		}
		if diff := cmp.Diff([]string{"a", "b", "c", "first"}, r.teams(t)); diff != "" {
			t.Error(diff)
		}
		r.checkRefused(t, 1)
		if log := r.log.String(); strings.Contains(log, "secret") || !strings.Contains(log, "desk.FromAgent") {
			t.Errorf("the log says %s", log)
		}
	})
}

// checkRefused checks that the result of ann's command is stored and stands in her stream.
func (r *room) checkRefused(t *testing.T, number int64) {
	t.Helper()
	err := r.gate.Read(t.Context(), func(v store.Reader) error {
		if res, ok := v.Result("d", number); !ok || res.Outcome != wire.Refused {
			t.Errorf("stored: %+v %v", res, ok)
		}
		frames := v.Frames(wire.Stream{Kind: wire.AgentStream, ID: "ann"}, 0, 10)
		if len(frames) != 1 || !strings.Contains(string(frames[0].Bytes), `"outcome":"refused"`) {
			t.Errorf("frames: %v", frames)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAPanickingCommandOutOfOrderIsNotStored(t *testing.T) {
	r := open(t, nil)
	answer, err := r.Submit(t.Context(), reply(7, "panic"))
	if err != nil || answer.Result != nil || answer.Problem == nil {
		t.Fatalf("answer %+v, error %v", answer, err)
	}
	if len(r.sunk) != 0 {
		t.Errorf("frames %v", r.sunk)
	}
}

func TestAConflictConcernsItsOwnCommandOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, nil)
		got := r.batchOf(t, team("a"), desk.CreateTeam{Name: "b", Prefix: "a"}, desk.CreateTeam{Name: "x", Prefix: "y"},
			reply(1, "y"), team("c"))
		for i, want := range []error{nil, store.ErrConflict, nil, nil, nil} {
			if !errors.Is(got[i].err, want) {
				t.Errorf("command %d: %v, want %v", i, got[i].err, want)
			}
		}
		if res := got[3].answer.Result; res == nil || res.Outcome != wire.Refused {
			t.Errorf("the agent is told %+v", got[3].answer)
		}
		if diff := cmp.Diff([]string{"a", "c", "first", "x"}, r.teams(t)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]int64{1, 2, 3, 1, 4}, r.sunk); diff != "" {
			t.Errorf("the sink's order: %s", diff)
		}
		r.checkRefused(t, 1)
	})
}

func TestCommandsSubmittedTogetherAreOneCommit(t *testing.T) {
	r := open(t, nil)
	r.gate.set(nil, nil)
	answers, err := r.SubmitAll(t.Context(), []desk.Command{team("a"), team("panic"), team("b")})
	if err != nil || len(answers) != 3 || answers[0].Created != "a" || answers[1].Problem == nil || answers[2].Created != "b" {
		t.Errorf("answers %+v, %v", answers, err)
	}
	if r.gate.commits != 1 {
		t.Errorf("%d commits, want 1", r.gate.commits)
	}
	if _, err := r.SubmitAll(t.Context(), []desk.Command{team("c"), desk.CreateTeam{Name: "d", Prefix: "a"}}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("with a conflict: %v", err)
	}
	if diff := cmp.Diff([]string{"a", "b"}, r.teams(t)); diff != "" {
		t.Error(diff)
	}
}

func TestAFrameBeyondTheLimitConcernsItsOwnCommandOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, nil)
		huge := strings.Repeat("x", wire.MaxDownBytes)
		got := r.batchOf(t, team("a"), reply(1, huge), team(huge), reply(2, "b"))
		for i, want := range []error{nil, nil, store.ErrUnfit, nil} {
			if !errors.Is(got[i].err, want) {
				t.Errorf("command %d: %v, want %v", i, got[i].err, want)
			}
		}
		if diff := cmp.Diff([]string{"a", "b", "first"}, r.teams(t)); diff != "" {
			t.Error(diff)
		}
		r.checkRefused(t, 1)
	})
}

func TestWithoutRoomNothingHappenedAndTheNextCommandIsTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, nil)
		r.gate.set(nil, fmt.Errorf("write: %w", store.ErrNoRoom))
		for range 2 {
			if _, err := r.Submit(t.Context(), team("a")); !errors.Is(err, store.ErrNoRoom) {
				t.Fatalf("error %v", err)
			}
		}
		if r.gate.commits != 2 || len(r.sunk) != 0 || r.teams(t) != nil {
			t.Errorf("%d commits, sink %v, store %v", r.gate.commits, r.sunk, r.teams(t))
		}
		r.gate.set(nil, nil)
		if _, err := r.Submit(t.Context(), team("a")); err != nil {
			t.Errorf("with room again: %v", err)
		}
	})
}

func TestCloseCommitsWhatWaitsAndRefusesTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, func(c *Config) { c.MaxBatch = 1 })
		hold := make(chan struct{})
		r.gate.set(hold, nil)
		var waiting []*submitted
		for i := range 20 {
			waiting = append(waiting, r.submit(t.Context(), team(fmt.Sprint(i))))
		}
		go r.Close()
		synctest.Wait()
		if _, err := r.Submit(t.Context(), team("late")); !errors.Is(err, store.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		close(hold)
		r.Close()
		synctest.Wait()
		for i, s := range waiting {
			if s.err != nil {
				t.Errorf("command %d, which waited: %v", i, s.err)
			}
		}
	})
}

func TestTheBellRingsForWhatBecomesDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, nil)
		bell := r.Bell()
		rung := func() bool {
			select {
			case <-bell:
				return true
			default:
				return false
			}
		}
		r.submit(t.Context(), team("a"))
		if rung() {
			t.Error("it rang for a team")
		}
		r.submit(t.Context(), desk.TimerDue{ID: "x"})
		r.submit(t.Context(), desk.TimerDue{ID: "y"})
		if !rung() || rung() {
			t.Error("two timers are not one ring")
		}
	})
}

func TestTheLogIsPruned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, func(c *Config) {
			c.Retention = store.Retention{Frames: 3, Age: chat.Millis(time.Hour.Milliseconds()), Batch: 100}
			c.PruneEvery = time.Minute
		})
		for i := range 10 {
			r.submit(t.Context(), team(fmt.Sprintf("%02d", i)))
		}
		for _, step := range []struct {
			wait  time.Duration
			floor int64
		}{{30 * time.Second, 0}, {time.Minute, 7}, {time.Hour, 10}} {
			time.Sleep(step.wait)
			synctest.Wait()
			if floor := r.floor(t); floor != step.floor {
				t.Errorf("floor %d, want %d", floor, step.floor)
			}
		}
	})
}

// TestPruningKeepsUpWithABusyServer: more than a batch of frames comes between two prunings.
func TestPruningKeepsUpWithABusyServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, func(c *Config) {
			c.Retention = store.Retention{Frames: 3, Age: chat.Millis(time.Hour.Milliseconds()), Batch: 2}
			c.PruneEvery = time.Minute
		})
		for i := range 10 {
			r.submit(t.Context(), team(fmt.Sprintf("%02d", i)))
		}
		time.Sleep(time.Minute + time.Second)
		synctest.Wait()
		if floor := r.floor(t); floor != 7 {
			t.Errorf("floor %d, want 7", floor)
		}
	})
}

func (r *room) floor(t *testing.T) (floor int64) {
	t.Helper()
	err := r.gate.Read(t.Context(), func(v store.Reader) error {
		floor = v.Floor(tenant)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return floor
}

func TestEachGoroutineKeepsItsOrder(t *testing.T) {
	var order []string
	r := open(t, func(c *Config) {
		c.MaxBatch = 5
		c.Decide = func(v desk.View, now chat.Millis, ids desk.IDs, c desk.Command) desk.Outcome {
			order = append(order, c.(desk.TimerDue).ID)
			return desk.Outcome{}
		}
	})
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 50 {
				if _, err := r.Submit(t.Context(), desk.TimerDue{ID: fmt.Sprintf("%d/%02d", g, i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	r.Close()
	slices.SortStableFunc(order, func(a, b string) int { return strings.Compare(a[:1], b[:1]) })
	if len(order) != 400 || !slices.IsSorted(order) {
		t.Errorf("the order is %v", order)
	}
}
