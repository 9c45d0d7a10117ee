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
	replies map[string]*reply // by text
	written int
}

// said is a customer's message.
type said struct {
	message vendors.Message
	acked   bool // its webhook was answered 200
}

// reply is a text that the agent wanted sent.
type reply struct {
	text  string
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

func newLedger() *ledger { return &ledger{replies: map[string]*reply{}} }

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

// writes notes a reply before it is sent.
func (l *ledger) writes(chat, text string) *reply {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &reply{text: text, chat: chat, order: len(l.replies)}
	l.replies[text] = r
	return r
}

func (r *reply) String() string {
	return fmt.Sprintf("reply %d %q of chat %s (acknowledged %v, decided %v, silent %v, taken %d times)", r.order, r.text, r.chat,
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
