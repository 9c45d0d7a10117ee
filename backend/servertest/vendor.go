package servertest

import (
	"fmt"
	"slices"

	"parley/backend/chat"
	"parley/backend/internal/desk"
)

// vendor is the other side: customers who write, and who counts what it was given.
type vendor struct {
	posts    []*post // webhooks that were not answered 200
	took     *counts // how often each reply's words were taken
	messages int64
	sent     int64
}

// post is one webhook.
type post struct {
	command   desk.Command
	due       int64
	tries     int
	busy      bool // it lies at a server
	duplicate bool // it was answered before
}

// Write lets some customer write.
func (w *World) Write() {
	v := &w.vendor
	v.messages++
	who := w.rnd.IntN(w.cfg.Customers)
	in := desk.Inbound{Channel: chat.WhatsApp, AssetVendor: w.assets[w.rnd.IntN(len(w.assets))].VendorID,
		VendorID: fmt.Sprintf("in-%d", v.messages), Addresses: w.addresses(who), Text: fmt.Sprintf("customer %d, message %d", who, v.messages),
		VendorAt: chat.Millis(w.now - int64(w.rnd.IntN(5000)))}
	if w.rnd.IntN(8) == 0 {
		in.ProfileName = fmt.Sprintf("Customer %d.%d", who, w.rnd.IntN(3))
	}
	if w.rnd.IntN(12) == 0 {
		in.Files = []desk.File{{VendorID: fmt.Sprintf("file-%d", v.messages), Name: "a.pdf", MIME: "application/pdf"}}
	}
	w.post(in)
}

// addresses is how a customer writes this time: most have one address, and of some it turns out later that two are
// one person's.
func (w *World) addresses(who int) []chat.Address {
	phone := chat.Address{Kind: chat.Phone, Value: fmt.Sprintf("+49%07d", who)}
	user := chat.Address{Kind: chat.UserID, Value: fmt.Sprintf("user-%d", who)}
	switch {
	case who%3 != 0:
		return []chat.Address{phone}
	case w.rnd.IntN(12) == 0:
		return []chat.Address{phone, user}
	case w.rnd.IntN(2) == 0:
		return []chat.Address{user}
	}
	return []chat.Address{phone}
}

// post lets the vendor tell us something, sometimes later than what came after it, sometimes twice.
func (w *World) post(c desk.Command) {
	p := &post{command: c, due: w.now}
	if w.rnd.IntN(6) == 0 {
		w.faults.add(VendorLate)
		p.due += int64(w.rnd.IntN(20_000))
	}
	w.vendor.posts = append(w.vendor.posts, p)
}

// Post lets the vendor try one webhook that is due; a server that is down or cannot store it is tried again.
func (w *World) Post() {
	var due []*post
	for _, p := range w.vendor.posts {
		if !p.busy && p.due <= w.now {
			due = append(due, p)
		}
	}
	server := w.anyUp()
	if len(due) == 0 || server == nil {
		return
	}
	p := due[w.rnd.IntN(len(due))]
	p.busy = true
	p.tries++
	server.submit(&job{command: p.command, outside: true, done: func(a desk.Answer, err error) { w.posted(p, a, err) }})
}

func (w *World) posted(p *post, a desk.Answer, err error) {
	p.busy = false
	if err != nil {
		p.due = w.now + 1000 + int64(w.rnd.IntN(5000))
		return
	}
	if a.Problem != nil {
		w.fail("the vendor's webhooks are sound", "%T: %v", p.command, a.Problem)
	}
	if !p.duplicate && w.rnd.IntN(10) == 0 {
		w.faults.add(VendorTwice)
		p.duplicate, p.due = true, w.now+int64(w.rnd.IntN(60_000))
		return
	}
	w.vendor.posts = slices.DeleteFunc(w.vendor.posts, func(q *post) bool { return q == p })
}

// take is the vendor's side of a call. The words stand for the message: whoever sends them twice sends twice.
func (w *World) take(row *desk.Outgoing) (vendorID string) {
	if n := w.vendor.took.add(row.Text); n > 1 {
		w.fail("a message goes to the vendor once", "message %s of chat %s went %d times", row.Message, row.Chat, n)
	}
	w.vendor.sent++
	vendorID = fmt.Sprintf("out-%d", w.vendor.sent)
	w.statuses(row, vendorID)
	return vendorID
}

// statuses are what the vendor says of a message later, in any order, or never.
func (w *World) statuses(row *desk.Outgoing, vendorID string) {
	for _, state := range []chat.State{chat.Sent, chat.Delivered, chat.Seen, chat.Failed} {
		chance := 2
		if state == chat.Failed {
			chance = 15
		}
		if w.rnd.IntN(chance) != 0 {
			continue
		}
		r := desk.StatusReport{Channel: chat.WhatsApp, VendorID: vendorID, State: state, VendorAt: chat.Millis(w.now)}
		if w.rnd.IntN(5) != 0 {
			r.Callback = row.Message
		}
		if state == chat.Failed {
			r.Failure = &chat.Failure{Code: "131026", Reason: chat.Undeliverable}
		}
		w.vendor.posts = append(w.vendor.posts, &post{command: r, due: w.now + int64(w.rnd.IntN(90_000))})
	}
}
