package commit

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
)

// TestTimeRunsOnFromAnotherServers: a server whose clock is far behind another's does not stand still until it has
// caught up: nothing would be due there for so long, and the other may be gone.
func TestTimeRunsOnFromAnotherServers(t *testing.T) {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	var shared store.Store = memory.New("e")
	var passed time.Duration
	server := func(ahead time.Duration) *room {
		return open(t, func(config *Config) {
			config.Store, config.Clock = shared, func() time.Time { return noon.Add(ahead + passed) }
		})
	}
	behind, ahead := server(0), server(25*time.Hour)
	commit := func(s *room, name string) {
		if _, err := s.Submit(t.Context(), team(name)); err != nil {
			t.Fatal(err)
		}
	}
	commit(behind, "a")
	if strings.Contains(behind.log.String(), "more than a day") {
		t.Error("a leap was reported before there was one")
	}
	commit(ahead, "b")
	commit(behind, "c")
	for range 3 {
		passed += time.Minute
		want := chat.Millis(noon.Add(25*time.Hour + passed).UnixMilli())
		if got := behind.Now(); got != want || ahead.Now() != want {
			t.Errorf("after %v: %d and %d, want %d", passed, got, ahead.Now(), want)
		}
		commit(behind, "d")
		commit(ahead, "e")
	}
	if n := strings.Count(behind.log.String(), "more than a day"); n != 1 {
		t.Errorf("the leap was reported %d times", n)
	}
}

// TestAnIdleServersTime follows another's too, or what the other has put would not be due there when the other is gone. It
// learns of the other's last commit within a minute, and does not know how long ago that was.
func TestAnIdleServersTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var shared store.Store = memory.New("e")
		server := func(ahead time.Duration) *room {
			return open(t, func(config *Config) {
				config.Store, config.Clock = shared, func() time.Time { return time.Now().Add(ahead) }
			})
		}
		idle, ahead := server(0), server(25*time.Hour)
		if _, err := ahead.Submit(t.Context(), team("a")); err != nil {
			t.Fatal(err)
		}
		committed := ahead.Now()
		time.Sleep(3 * DefaultPruneEvery)
		if got, want := idle.Now(), committed+2*chat.Millis(DefaultPruneEvery.Milliseconds()); got != want {
			t.Errorf("%d, want %d", got, want)
		}
	})
}
