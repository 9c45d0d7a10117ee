package clock

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
)

// fake is a committer that drops the timers which are fired, unless it is told to fail.
type fake struct {
	t     *testing.T
	store store.Store
	bell  chan struct{}

	mu    sync.Mutex
	fired map[string]chat.Millis
	tries int
	// before, if there is one, is called before a command is looked at.
	before func()
	fail   func(id string) (desk.Answer, error)
}

// soFar returns what was fired, and how many commands came.
func (f *fake) soFar() (map[string]chat.Millis, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.fired), f.tries
}

func (f *fake) Now() chat.Millis { return chat.Millis(time.Now().UnixMilli()) }

func (f *fake) Submit(ctx context.Context, command desk.Command) (desk.Answer, error) {
	id := command.(desk.TimerDue).ID
	if f.before != nil {
		f.before()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tries++
	if answer, err := f.fail(id); err != nil || answer.Problem != nil {
		return answer, err
	}
	f.fired[id] = f.Now()
	return desk.Answer{}, f.write(desk.DropTimer{ID: id})
}

func (f *fake) write(w ...desk.Write) error {
	return f.store.Commit(context.Background(), func(tx store.Tx) error {
		tx.Apply(desk.Outcome{Writes: w}, f.Now())
		return tx.Err()
	})
}

// put writes a timer and rings.
func (f *fake) put(id string, at chat.Millis) {
	f.t.Helper()
	if err := f.write(desk.PutTimer{Timer: desk.Timer{ID: id, At: at, Kind: desk.TimerAskUncertain, Target: "m"}}); err != nil {
		f.t.Fatal(err)
	}
	select {
	case f.bell <- struct{}{}:
	default:
	}
}

// start runs a Clock in a bubble until the test ends.
func start(t *testing.T, fail func(id string) (desk.Answer, error)) *fake {
	f := &fake{t: t, store: memory.New("e"), bell: make(chan struct{}, 1), fired: map[string]chat.Millis{}, fail: fail}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		New(f.store, f, f.bell, slog.New(slog.DiscardHandler)).Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return f
}

func TestFiresWhenDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := start(t, func(string) (desk.Answer, error) { return desk.Answer{}, nil })
		now := f.Now()
		f.put("late", now+180_000)
		f.put("soon", now+5_000)
		f.put("past", now-1)
		synctest.Wait()
		f.put("sooner", now+2_000)
		time.Sleep(4 * time.Minute)
		want := map[string]chat.Millis{"past": now, "sooner": now + 2_000, "soon": now + 5_000, "late": now + 180_000}
		fired, tries := f.soFar()
		if d := cmp.Diff(want, fired); d != "" {
			t.Error(d)
		}
		if tries != 4 {
			t.Errorf("%d commands", tries)
		}
	})
}

// TestOneThatIsRefused does not hold the others up, and does not make the loop spin.
func TestOneThatIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := start(t, func(id string) (desk.Answer, error) {
			if id == "bad" {
				return desk.Answer{Problem: chat.NewProblem(chat.Internal)}, nil
			}
			return desk.Answer{}, nil
		})
		now := f.Now()
		f.put("bad", now)
		f.put("good", now+500)
		time.Sleep(10 * time.Second)
		fired, tries := f.soFar()
		if _, ok := fired["good"]; !ok {
			t.Error("the good one was not fired")
		}
		if tries > 13 {
			t.Errorf("%d commands in 10 s", tries)
		}
	})
}

// TestManyThatAreRefused: those behind more of them than are read at a time are fired, and a bell that rings often does
// not fire them more often.
func TestManyThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := start(t, func(id string) (desk.Answer, error) {
			if strings.HasPrefix(id, "bad") {
				return desk.Answer{Problem: chat.NewProblem(chat.Internal)}, nil
			}
			return desk.Answer{}, nil
		})
		now, bad := f.Now(), 2*atOnce
		for i := range bad {
			f.put(fmt.Sprint("bad", i), now+1000)
		}
		f.put("good", now+1001)
		for range 50 {
			time.Sleep(100 * time.Millisecond)
			f.bell <- struct{}{}
		}
		synctest.Wait()
		fired, tries := f.soFar()
		if at := fired["good"]; at == 0 || at > now+2100 {
			t.Errorf("the good one was fired %d ms late", at-now-1001)
		}
		if tries > 6*bad {
			t.Errorf("%d commands in 5 s", tries)
		}
	})
}

// TestManyAtOnce: 2,000 timers that are due together are fired together, each once, none early.
func TestManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		most, under := 0, 0
		var f *fake
		f = start(t, func(string) (desk.Answer, error) { return desk.Answer{}, nil })
		f.before = func() {
			f.mu.Lock()
			under++
			most = max(most, under)
			f.mu.Unlock()
			time.Sleep(2 * time.Millisecond) // a commit
			f.mu.Lock()
			under--
			f.mu.Unlock()
		}
		due, writes := f.Now()+5_000, []desk.Write{}
		for i := range 2000 {
			writes = append(writes, desk.PutTimer{Timer: desk.Timer{ID: fmt.Sprint(i), At: due + chat.Millis(i/2), Kind: desk.TimerChat, Target: "c"}})
		}
		if err := f.write(writes...); err != nil {
			t.Fatal(err)
		}
		f.bell <- struct{}{}
		time.Sleep(7 * time.Second)
		fired, tries := f.soFar()
		if len(fired) != 2000 || tries != 2000 {
			t.Errorf("%d fired in %d commands", len(fired), tries)
		}
		for id, at := range fired {
			if n, _ := strconv.Atoi(id); at < due+chat.Millis(n/2) {
				t.Errorf("%s was fired %d ms early", id, due+chat.Millis(n/2)-at)
			}
		}
		if most < 2 || most > together {
			t.Errorf("%d under way at once", most)
		}
	})
}

func TestStoreThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var works atomic.Bool
		f := start(t, func(string) (desk.Answer, error) {
			if !works.Load() {
				return desk.Answer{}, errors.New("no room")
			}
			return desk.Answer{}, nil
		})
		f.put("a", f.Now())
		time.Sleep(5 * time.Second)
		if fired, tries := f.soFar(); len(fired) != 0 || tries > 7 {
			t.Errorf("fired %v after %d tries", fired, tries)
		}
		works.Store(true)
		time.Sleep(2 * time.Second)
		if fired, _ := f.soFar(); len(fired) != 1 {
			t.Error("not fired when the store came back")
		}
	})
}
