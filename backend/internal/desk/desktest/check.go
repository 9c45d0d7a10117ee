package desktest

import (
	"slices"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// checkRows compares the rows with what the rules say of them.
func (w *World) checkRows(r store.Reader) {
	w.T.Helper()
	open := map[string]chat.ID{}
	for _, id := range w.IDs.All {
		c, ok := r.Chat(id)
		if !ok {
			continue
		}
		w.checkChat(r, &c)
		if c.Status == chat.Closed {
			continue
		}
		place := string(c.Identity) + " " + string(c.Asset)
		if open[place] != "" {
			w.T.Errorf("%s and %s are both open for one identity and asset", open[place], id)
		}
		open[place] = id
	}
	w.checkTokens(r)
	for _, a := range r.Agents() {
		w.checkDrafts(r.DraftsOf(a.ID))
		w.checkAgent(r, &a)
	}
}

func (w *World) checkChat(v desk.View, c *chat.Chat) {
	w.T.Helper()
	w.checkCourse(v, c)
	messages := v.MessagesBefore(c.ID, 0, 1<<20)
	var inbounds, unread int64
	last := chat.Message{}
	for i, m := range messages {
		if m.Kind == chat.Inbound {
			inbounds++
			if m.Number > c.ReadTo {
				unread++
			}
		}
		if m.Kind != chat.System {
			last = m
		}
		if m.Number != int64(i+1) || m.Inbounds != inbounds {
			w.T.Errorf("%s: message %d has number %d and inbounds %d, want %d", c.ID, i+1, m.Number, m.Inbounds, inbounds)
		}
		w.checkOutgoing(v, &m)
	}
	got := []any{c.LastNumber, c.InboundCount, c.Unread, c.WaitingSince, c.LastKind}
	want := []any{int64(len(messages)), inbounds, unread, chat.Waiting(messages, c.SettledTo), last.Kind}
	if diff := cmp.Diff(want, got); diff != "" {
		w.T.Errorf("%s: number, inbounds, unread, waiting, kind differ from its messages:\n%s", c.ID, diff)
	}
	if (c.Status == chat.Picked) && c.Assignee == "" || c.Status == chat.Queued && c.Assignee != "" || c.ReadTo > c.LastNumber {
		w.T.Errorf("%s is %s with assignee %q, read to %d of %d", c.ID, c.Status, c.Assignee, c.ReadTo, c.LastNumber)
	}
	if _, ok := v.Identity(c.Identity); !ok {
		w.T.Errorf("%s: its identity is gone", c.ID)
	}
	if _, ok := v.Customer(c.Customer); !ok {
		w.T.Errorf("%s: its customer is gone", c.ID)
	}
}

// checkOutgoing compares a reply with its way to the vendor, which is forgotten some time after its end.
func (w *World) checkOutgoing(v desk.View, m *chat.Message) {
	w.T.Helper()
	if m.Kind != chat.Reply {
		return
	}
	row, ok := v.Outgoing(m.ID)
	want := map[chat.State][]desk.OutgoingState{
		chat.Accepted:  {desk.OutPending, desk.OutSending},
		chat.Uncertain: {desk.OutUnclear},
	}[m.State]
	if want == nil {
		want = []desk.OutgoingState{desk.OutDone}
		ok = true
		if row.State == "" {
			row.State = desk.OutDone
		}
	}
	if !ok || !slices.Contains(want, row.State) {
		w.T.Errorf("%s is %s and its row %q", m.ID, m.State, row.State)
	}
	if (m.State == chat.Failed) != (m.Failure != nil) || m.Asks && m.State != chat.Uncertain {
		w.T.Errorf("%s is %s with failure %v, asks %v", m.ID, m.State, m.Failure, m.Asks)
	}
}

// checkTokens: of what was offered in the place of one token only the last is there, and once it is kept the old one
// is valid no more (rule T2).
func (w *World) checkTokens(r store.Reader) {
	w.T.Helper()
	place := map[string]string{}
	for _, t := range r.Tokens() {
		if t.Replaces == "" {
			continue
		}
		if other, taken := place[t.Replaces]; taken {
			w.T.Errorf("%.6s and %.6s are both offered in the place of %.6s", other, t.Hash, t.Replaces)
		}
		place[t.Replaces] = t.Hash
		if old, ok := r.Token(t.Replaces); ok && old.Successor != t.Hash {
			w.T.Errorf("%.6s replaces %.6s, whose successor is %.6s", t.Hash, old.Hash, old.Successor)
		}
		if next, ok := r.Token(t.Successor); ok && next.RevokedAt == 0 && next.Successor != "" && t.RevokedAt == 0 {
			w.T.Errorf("%.6s is valid, and %.6s, which replaces it, was renewed", t.Hash, next.Hash)
		}
	}
}

// checkDrafts: what an agent has is bounded (rule W4).
func (w *World) checkDrafts(drafts []desk.Draft) {
	w.T.Helper()
	n := 0
	for _, t := range drafts {
		if t.Text != "" {
			n++
		}
		if len([]rune(t.Text)) > chat.MaxDraft || t.Revision < int64(t.At) {
			w.T.Errorf("a draft of %d characters, revision %d of %d", len([]rune(t.Text)), t.Revision, t.At)
		}
	}
	if n > chat.MaxDrafts {
		w.T.Errorf("%d drafts", n)
	}
}

// checkResult compares a result that was sent with the one that is stored, which a snapshot carries.
func (w *World) checkResult(r store.Reader, s wire.Stream, got *wire.Result) {
	w.T.Helper()
	stored, _ := r.Result(chat.DeviceID(got.Device), got.Number)
	again := desk.Results(r, chat.DeviceID(got.Device), got.Number)
	d, _ := r.Device(chat.DeviceID(got.Device))
	if diff := cmp.Diff(got, desk.WireResult(stored)); diff != "" || len(again) != 1 || !cmp.Equal(again[0].Result, got) {
		w.T.Errorf("the result sent is not the one stored (%d to send again):\n%s", len(again), diff)
	}
	if d.LastNumber != got.Number || desk.AgentStream(d.Agent) != s {
		w.T.Errorf("result %d of device %s, which is at %d, in %v", got.Number, got.Device, d.LastNumber, s)
	}
}

// checkSeen: nobody changes a chat that they may not read, but by taking a transfer back (rules C1, S4).
func (w *World) checkSeen(v desk.View, c desk.Command, o *desk.Outcome) {
	w.T.Helper()
	from, ok := c.(desk.FromAgent)
	if !ok || from.Kind == chat.CmdUndo {
		return
	}
	for _, row := range o.Writes {
		put, ok := row.(desk.PutChat)
		named := func(p chat.Place) bool { return p.Chat == put.Chat.ID }
		if ok && (put.Chat.ID == from.Chat || slices.ContainsFunc(from.Chats, named)) && !desk.MaySee(v, from.Agent, put.Chat.ID) {
			w.T.Errorf("%s does %s to %s, which they may not read", from.Agent, from.Kind, put.Chat.ID)
		}
	}
}

// named is a customer or an identity as it was named last, in whichever stream.
type named struct {
	revision int64
	fact     any
}

// checkRevision: what is named again is as it was or has a higher revision.
func (w *World) checkRevision(who string, revision int64, fact any) {
	w.T.Helper()
	before := w.named[who]
	if revision < before.revision || revision == before.revision && !cmp.Equal(before.fact, fact) {
		w.T.Errorf("%s of revision %d is %+v, and of %d was %+v", who, revision, fact, before.revision, before.fact)
	}
	w.named[who] = named{revision, fact}
}
