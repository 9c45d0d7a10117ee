//go:build e2e && linux

package crashtest

import (
	"fmt"
	"sync"

	"parley/backend/internal/vendors"
)

// ledger is what each side was promised. The texts are unique, and tell what became of a promise wherever they lie.
type ledger struct {
	mu      sync.Mutex
	said    []*said
	replies map[string]*reply  // by text; notes too
	drafts  map[string][]typed // by chat: what its draft may be, in the order of writing; the first was promised
	typings int
	written int
}

// typed is a state of a chat's draft.
type typed struct {
	text string
	by   *console // the run that has taken it; nil: it ended before it could say so
}

// said is a customer's message.
type said struct {
	message vendors.Message
	acked   bool // its webhook was answered 200
}

// reply is a text that the agent wanted sent, or left as a note.
type reply struct {
	text  string
	note  bool
	chat  string
	order int  // of writing
	acked bool // Send returned that it is queued
	// refused: Send said why it was not queued. A reply that is neither was written when the console ended: it may
	// be there, and nobody was promised it.
	refused bool
	decided bool // it waited for a decision once: its place in the order is a later one
	taken   int  // how often the vendor took it
	silent  bool // no status follows
}

func newLedger() *ledger { return &ledger{replies: map[string]*reply{}, drafts: map[string][]typed{}} }

// says notes a customer's message before it is posted.
func (l *ledger) says(m vendors.Message) *said {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &said{message: m}
	l.said = append(l.said, s)
	return s
}

// word makes a text unique.
func (l *ledger) word(of string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.written++
	return fmt.Sprintf("%s (%d)", of, l.written)
}

// writes notes a reply, or a note, before it is sent.
func (l *ledger) writes(chat, text string, note bool) *reply {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &reply{text: text, note: note, chat: chat, order: len(l.replies)}
	l.replies[text] = r
	return r
}

// types notes what a chat's draft is to be before the console is told.
func (l *ledger) types(chat, text string) (taken func(by *console)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.drafts[chat]) == 0 {
		l.drafts[chat] = []typed{{}}
	}
	l.drafts[chat] = append(l.drafts[chat], typed{text: text})
	i := len(l.drafts[chat]) - 1
	if text != "" {
		l.typings++
	}
	return func(by *console) { l.set(func() { l.drafts[chat][i].by = by }) }
}

// untypes takes back the newest state of a chat's draft: the console has refused what would have made it.
func (l *ledger) untypes(chat string) {
	l.set(func() { l.drafts[chat] = l.drafts[chat][:len(l.drafts[chat])-1] })
}

// promises notes that a console has said that something is on the disk: what it had taken before is, too.
func (l *ledger) promises(by *console) {
	l.set(func() {
		for chat, all := range l.drafts {
			for i := len(all) - 1; i > 0; i-- {
				if all[i].by == by {
					l.drafts[chat] = all[i:]
					break
				}
			}
		}
	})
}

func (r *reply) String() string {
	what := "reply"
	if r.note {
		what = "note"
	}
	return fmt.Sprintf("%s %d %q of chat %s (acknowledged %v, decided %v, silent %v, taken %d times)", what, r.order, r.text, r.chat,
		r.acked, r.decided, r.silent, r.taken)
}

// taken is how many of the customers' messages are acknowledged.
func (l *ledger) taken() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.said {
		if s.acked {
			n++
		}
	}
	return n
}

// replied is how many replies were written.
func (l *ledger) replied() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.replies)
}

// saidSoFar is a copy of the customers' messages.
func (l *ledger) saidSoFar() []said {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]said, len(l.said))
	for i, s := range l.said {
		all[i] = *s
	}
	return all
}

// set changes a promise.
func (l *ledger) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

// takes notes that the vendor took a reply, and returns it; nil if nobody wrote it.
func (l *ledger) takes(text string, silent bool) *reply {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.replies[text]
	if r != nil {
		r.taken++
		r.silent = silent
	}
	return r
}
