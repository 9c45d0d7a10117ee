package archive

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// TestWhileItWorks: archives that are written while customers write, agents answer, the vendor takes replies and files
// come are each one consistent state.
func TestWhileItWorks(t *testing.T) {
	for kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			c := newCompany(t, kinds[kind](t))
			var working sync.WaitGroup
			stop := make(chan struct{})
			for i := range 4 {
				a := c.hire(fmt.Sprint("Agent ", i))
				working.Go(func() { a.work(fmt.Sprint("+1555", i), stop) })
			}
			var last int64
			for n := 0; n < 5; { // archives, each with more in it than the one before
				var b bytes.Buffer
				wrote, err := Write(t.Context(), &b, Source{Read: c.store.Read, Media: c.media})
				if err != nil {
					t.Fatal(err)
				}
				if wrote.Messages >= last+20 {
					n, last = n+1, wrote.Messages
					c.consistent(b.Bytes(), wrote)
				}
			}
			close(stop)
			working.Wait()
		})
	}
}

// work is an agent with a customer of their own, until stop.
func (a *agent) work(phone string, stop <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		c := a.hear(phone, fmt.Sprint("question ", n))
		m := a.answer(c.ID, fmt.Sprint("answer ", n))
		switch n % 3 {
		case 0:
			a.deliver(m)
			a.do(desk.StatusReport{Channel: chat.WhatsApp, Callback: m.ID, State: chat.Delivered})
		case 1:
			a.begin(m)
			a.do(desk.SendEnded{Message: m.ID, Attempt: 1, Ended: desk.EndFailed})
		}
	}
}

// consistent reads an archive back and looks for anything that is not one state.
func (c *company) consistent(text []byte, wrote Figures) {
	c.Helper()
	path := filepath.Join(c.TempDir(), "archive")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		c.Fatal(err)
	}
	there, done := c.moved(path, "memory", (*Archive).Restore)
	if done.Figures != wrote {
		c.Errorf("%+v was written, %+v read", wrote, done.Figures)
	}
	numbers := map[chat.ID]int64{}
	var outgoing, messages, results int64
	last := map[chat.DeviceID]int64{}
	for _, w := range there.rows() {
		switch w := w.(type) {
		case desk.PutMessage:
			messages++
			if numbers[w.Message.Chat]++; w.Message.Number != numbers[w.Message.Chat] {
				c.Errorf("chat %s: message %d follows %d", w.Message.Chat, w.Message.Number, numbers[w.Message.Chat]-1)
			}
		case desk.PutOutgoing:
			outgoing++
			if m, _ := there.state(w.Outgoing.Message); m.Chat != w.Outgoing.Chat || m.Number != w.Outgoing.Number {
				c.Errorf("an outgoing row without its message: %+v", w.Outgoing)
			}
		case desk.PutDevice:
			last[w.Device.ID] = w.Device.LastNumber
		case desk.PutResult:
			if results++; w.Result.Number > last[w.Result.Device] {
				c.Errorf("a result %d of a device that is at %d", w.Result.Number, last[w.Result.Device])
			}
		}
	}
	there.read(func(r store.Reader) {
		for id, n := range numbers {
			if one, _ := r.Chat(id); one.LastNumber != n {
				c.Errorf("chat %s: its last number is %d, it has %d", id, one.LastNumber, n)
			}
		}
		for _, a := range r.Agents() {
			held := r.ChatsHeldBy(a.ID)
			all := func(yield func(*chat.Chat) bool) {
				for i := range held {
					if !yield(&held[i]) {
						return
					}
				}
			}
			if got, want := r.CountsOf(a.ID), chat.Count(all, a.ID); got != want {
				c.Errorf("counts of %s: %+v, the rules say %+v", a.Name, got, want)
			}
		}
	})
	if messages != wrote.Messages || outgoing == 0 || results == 0 {
		c.Errorf("%d of %d messages, %d outgoing rows, %d results", messages, wrote.Messages, outgoing, results)
	}
}
