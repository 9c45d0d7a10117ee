package worldtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/vendors"
)

// customer is the n-th customer.
func customer(n int) vendors.Person {
	return vendors.Person{Name: fmt.Sprintf("Customer %d", n), Phone: fmt.Sprintf("1555%07d", n)}
}

// Say has the n-th customer write, after what the same customer wrote before. The vendor brings it until the
// server has taken it.
func (w *World) Say(n int, text string) {
	w.Vendor.Say(customer(n), number, vendors.Content{Text: text})
}

// Hear brings messages of the customers from … to-1 to the server, all in one webhook, which must take them.
func (w *World) Hear(ctx context.Context, from, to int, text string) {
	w.t.Helper()
	var all []vendors.Message
	for n := from; n < to; n++ {
		all = append(all, w.Vendor.Message(customer(n), number, vendors.Content{Text: fmt.Sprintf("%s %d", text, n)}))
	}
	if status, err := w.Vendor.Post(ctx, w.Vendor.Body(all...)); err != nil || status != http.StatusOK {
		w.t.Fatalf("worldtest: a webhook was answered %d, %v", status, err)
	}
}

// Letter is a reply that the vendor accepted.
type Letter struct {
	Message chat.MessageID
	Text    string
}

// Letters returns every one, in the order of arrival.
func (w *World) Letters() []Letter {
	var all []Letter
	for _, r := range w.Vendor.Accepted() {
		all = append(all, Letter{chat.MessageID(r.Callback), r.Text})
	}
	return all
}

// troubles are what the vendor may do with a reply, short of accepting it and declaring it failed later.
var troubles = []vendors.Fault{
	{Kind: vendors.Slow, Delay: 10 * time.Second}, {Kind: vendors.Refuse, Code: 130429}, {Kind: vendors.Refuse, Code: 131026},
	{Kind: vendors.DropBefore}, {Kind: vendors.DropAfter}, {Kind: vendors.Answer500}, {Kind: vendors.Garble},
	{Kind: vendors.DropAfter, Silent: true},
}

// Trouble has the next reply meet a fault of the vendor.
func (w *World) Trouble(r *rand.Rand) {
	w.troubles.Add(1)
	w.Vendor.Fail(troubles[r.IntN(len(troubles))])
}

// Troubles returns how many there were.
func (w *World) Troubles() int { return int(w.troubles.Load()) }

// Tell has the vendor say what became of a reply that it accepted: "delivered", or "failed" for an unreachable number.
func (w *World) Tell(ctx context.Context, reply chat.MessageID, name string) {
	w.t.Helper()
	for _, r := range w.Vendor.Accepted() {
		if chat.MessageID(r.Callback) != reply {
			continue
		}
		if status, err := w.Vendor.Post(ctx, w.Vendor.StatusBody(r, name, 131026, time.Now())); err != nil || status != http.StatusOK {
			w.t.Fatalf("worldtest: a status was answered %d, %v", status, err)
		}
	}
}
