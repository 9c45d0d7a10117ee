package nettest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/app/internal/engine"
	"parley/app/internal/outbox"
	"parley/backend/wire"
	"parley/backend/worldtest"
)

// misdeed is what a server does wrong, and what the console does about it.
type misdeed struct {
	name string
	// One of the three: on an open connection; in place of a welcome; in place of an upgrade. The connections after
	// it are as they should be.
	open    func(v *visit)
	greet   func(v *visit, h *wire.Hello)
	upgrade func(w http.ResponseWriter, r *http.Request)
	// want is the close code that the console sends (open: it stays; cut: none), whether it connects again, its
	// phase five minutes later, and what became of the words of the agent.
	want string
	// mismatches is how many the console counts.
	mismatches int64
}

// Words that the agent sent before the misdeed and after it.
const (
	before = "words before"
	after  = "words after"
)

// commit runs a misdeed against a real client that has words in its outbox, and says what came of it.
func (m *misdeed) commit(t *testing.T) (said string, c *client) {
	r := newRogue(t)
	c = newClient(t, worldtest.Agent{ID: rogueAgent, Name: "Ada", Token: "token"}, r.door.DialContext, false)
	c.start()
	synctest.Wait()
	c.Watch(rogueChat)
	if p := c.Send(rogueChat, before); p != nil {
		t.Fatalf("not queued: %v", p)
	}
	synctest.Wait()
	v := m.misbehave(r)
	time.Sleep(5 * time.Minute)
	r.mu.Lock()
	dials := r.dials
	r.deaf = false
	r.mu.Unlock()
	phase := c.Picture().Status.Phase
	told := c.Send(rogueChat, after)
	time.Sleep(5 * time.Minute)
	synctest.Wait()
	soundClock(t, &c.Picture().Status)
	said = strings.Join([]string{v.ending(), again(dials - m.dialled()), phase, r.fate(c, told != nil)}, ", ")
	c.stop()
	r.stop()
	return said, c
}

// misbehave does it, and returns the connection on which it was done; nil if it never was one.
func (m *misdeed) misbehave(r *rogue) *visit {
	r.mu.Lock()
	v := r.visits[0]
	r.upgrade, r.greet = m.upgrade, m.greet
	r.mu.Unlock()
	if m.open != nil {
		m.open(v)
		return v
	}
	_ = v.ws.Close()
	time.Sleep(time.Minute) // the console is back
	r.mu.Lock()
	defer r.mu.Unlock()
	if m.upgrade != nil || len(r.visits) < 2 {
		return nil
	}
	return r.visits[1]
}

// dialled is how many connections there are without the console's answer to the misdeed.
func (m *misdeed) dialled() int {
	if m.open != nil {
		return 1
	}
	return 2
}

// ending says how the console ended the connection.
func (v *visit) ending() string {
	if v == nil {
		return "no connection"
	}
	select {
	case <-v.ended:
	default:
		return "open"
	}
	if v.code == 0 {
		return "cut"
	}
	return fmt.Sprint("closed ", v.code)
}

func again(dials int) string {
	if dials == 0 {
		return "no other"
	}
	return "connects again"
}

// fate is what became of the agent's words. told: the last were not even queued, and she was told.
func (r *rogue) fate(c *client, told bool) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	p := c.Picture()
	for _, text := range []string{before, after} {
		all = append(all, r.fateLocked(p, text))
	}
	if told {
		all[1] = "not queued"
	}
	if all[0] == all[1] {
		return "both " + all[0]
	}
	return strings.Join(all, " + ")
}

func (r *rogue) fateLocked(p *engine.Picture, text string) string {
	var fates []string
	if n := r.texts[text]; n > 0 {
		fates = append(fates, strings.TrimPrefix(fmt.Sprintf("sent x%d", n), " x1"))
	}
	for _, d := range p.Status.Decisions {
		if d.Text == text {
			fates = append(fates, "asked")
		}
	}
	if th := p.Threads[rogueChat]; th != nil {
		if slices.ContainsFunc(th.Queued, func(e *outbox.Entry) bool { return e.Command.Text == text }) {
			fates = append(fates, "queued")
		}
		if strings.Contains(th.Draft, text) {
			fates = append(fates, "draft")
		}
	}
	if len(fates) == 0 {
		return "LOST"
	}
	return strings.ReplaceAll(strings.Join(fates, " and "), "sent x1", "sent")
}

// TestMisbehavingServer: whatever a server does, the console does not fall over, keeps the agent's words, and shows
// nothing as right that is not. What it did is printed beside what PROTOCOL.md has it do.
func TestMisbehavingServer(t *testing.T) {
	for _, m := range slices.Concat(lies, positions, digests, snapshots, greetings, commands, tokens, drafts, clocks, silences, goodbyes, upgrades) {
		t.Run(m.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				said, c := m.commit(t)
				t.Log(said)
				if said != m.want {
					t.Errorf("want %s\nlog %q", m.want, c.log.all())
				}
				if n := c.log.mismatches.Load(); n != m.mismatches {
					t.Errorf("%d mismatches, want %d", n, m.mismatches)
				}
			})
		})
	}
}

// soundClock: whatever a clock has shown, once the server's is right again the console goes by that.
func soundClock(t *testing.T, s *engine.Status) {
	t.Helper()
	now := time.Now().UnixMilli()
	if s.Offset != 0 {
		t.Errorf("the console takes the server's clock to be off by %v", time.Duration(s.Offset)*time.Millisecond)
	}
	if s.DataAt > now || s.DataAt < now-time.Hour.Milliseconds() {
		t.Errorf("the data is shown as of %v", time.UnixMilli(s.DataAt).UTC())
	}
}
