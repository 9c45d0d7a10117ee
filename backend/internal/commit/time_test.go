package commit

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
)

// stored returns a store whose highest time is at.
func stored(t *testing.T, at time.Time) store.Store {
	t.Helper()
	s := memory.New("e")
	err := s.Commit(context.Background(), func(tx store.Tx) error {
		tx.SetClock(chat.Millis(at.UnixMilli()))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestServerTime(t *testing.T) {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name    string
		stored  time.Time // before the start
		wall    time.Time // at the start
		want    time.Time // the server's time at the start
		reports bool
	}{
		{"the wall clock has gone on", noon, noon.Add(time.Hour), noon.Add(time.Hour), false},
		{"the wall clock was put back", noon, noon.Add(-time.Hour), noon, false},
		{"it was put back by days", noon, noon.Add(-48 * time.Hour), noon, true},
		{"it leapt ahead", noon, noon.Add(48 * time.Hour), noon.Add(48 * time.Hour), true},
		{"the first start", time.UnixMilli(0), noon, noon, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			wall := c.wall
			r := open(t, func(config *Config) {
				config.Store, config.Clock = stored(t, c.stored), func() time.Time { return wall }
			})
			for _, step := range []struct{ move, want time.Duration }{
				{0, 0}, {time.Second, time.Second}, {-time.Minute, time.Second}, {2 * time.Minute, 61 * time.Second},
			} {
				wall = wall.Add(step.move)
				if got, want := r.Now(), chat.Millis(c.want.Add(step.want).UnixMilli()); got != want {
					t.Fatalf("after %v: %d, want %d", step.move, got, want)
				}
			}
			if got := strings.Contains(r.log.String(), "more than a day"); got != c.reports {
				t.Errorf("reported: %v, want %v", got, c.reports)
			}
		})
	}
}

func TestTheHighestTimeIsStoredWithTheCommit(t *testing.T) {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	s := stored(t, noon)
	wall := noon.Add(time.Hour)
	r := open(t, func(c *Config) { c.Store, c.Clock = s, func() time.Time { return wall } })
	if _, err := r.Submit(t.Context(), team("a")); err != nil {
		t.Fatal(err)
	}
	err := s.Read(t.Context(), func(v store.Reader) error {
		if got := v.Clock(); got != chat.Millis(wall.UnixMilli()) {
			t.Errorf("stored %d, want %d", got, wall.UnixMilli())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestTimeOfOtherServers: what another server has stored is never later than what is committed after it.
func TestTimeOfOtherServers(t *testing.T) {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	var shared store.Store = memory.New("e")
	var at []chat.Millis
	server := func(ahead time.Duration) *room {
		return open(t, func(config *Config) {
			config.Store, config.Clock = shared, func() time.Time { return noon.Add(ahead) }
			config.Decide = func(_ desk.View, now chat.Millis, _ desk.IDs, _ desk.Command) desk.Outcome {
				at = append(at, now)
				return desk.Outcome{}
			}
		})
	}
	a, b := server(0), server(time.Minute)
	for _, s := range []*room{a, b, a} {
		if _, err := s.Submit(t.Context(), team("x")); err != nil {
			t.Fatal(err)
		}
	}
	late := chat.Millis(noon.Add(time.Minute).UnixMilli())
	if diff := cmp.Diff([]chat.Millis{late - 60_000, late, late}, at); diff != "" || a.Now() != late {
		t.Errorf("then %v; %s", a.Now(), diff)
	}
}
