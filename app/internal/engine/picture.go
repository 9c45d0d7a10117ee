package engine

import (
	"cmp"
	"maps"
	"slices"

	"parley/app/internal/inbox"
	"parley/app/internal/outbox"
	"parley/app/internal/record"
	"parley/app/internal/replica"
	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/wire"
)

// Picture is the state as it is shown. Nobody changes it or what it refers to.
type Picture struct {
	StatusSeq int64
	Status    Status
	MySeq     int64
	My        []*inbox.Item
	QueueSeq  int64
	Queue     []*inbox.Item
	Threads   map[chat.ID]*Thread
}

// Status is everything that is not in a list or a conversation. Phase is replica's, or "starting".
type Status struct {
	Phase     string
	Since     int64
	DataAt    int64
	Offset    int64
	Troubles  []view.Trouble
	NextTryAt int64 // by this machine's clock; 0: none is planned
	Agent     wire.Agent
	Available bool
	Counts    chat.Counts
	Title     string
	Outbox    int
	Queued    []*outbox.Entry // of the outbox, what an agent knows of: at most 200
	Notices   []Notice
	Decisions []Decision
	Pending   []chat.ID // at most 200
	LastChat  chat.ID
}

// Thread is one conversation.
type Thread struct {
	Seq        int64
	Chat       chat.ID
	Item       *inbox.Item // nil: the chat is not here
	GoneTo     string
	Mine       bool
	Asset      wire.Asset
	Messages   []chat.Message // by number, without a gap
	Queued     []*outbox.Entry
	Decisions  []*outbox.Decision
	Draft      string
	More       bool // there are messages before the oldest of Messages
	Online     bool
	Customer   chat.Customer
	Identities []chat.Identity
	Earlier    []chat.Chat // of the customer, without this one
	EarlierIs  bool        // Earlier was heard
}

// Limits of what a status lists.
const (
	maxPending = 200
	maxQueued  = 200
)

// Picture returns the newest picture without waiting.
func (e *Engine) Picture() *Picture { return e.bus.Latest() }

func (e *Engine) firstPicture() *Picture {
	e.seq++
	return &Picture{StatusSeq: e.seq, MySeq: e.seq, QueueSeq: e.seq, Threads: map[chat.ID]*Thread{},
		Status: Status{Phase: "starting", Since: nowMillis(), Title: "Parley"}}
}

// flush brings picture, outbox file, socket and desktop up to date with what has changed.
func (e *Engine) flush() {
	e.saveOutbox()
	e.sendNext()
	if len(e.dirty) == 0 && !e.dirtyStatus {
		return
	}
	e.seq++
	p := *e.bus.Latest()
	e.updateLists(&p)
	e.updateThreads(&p)
	e.updateStatus(&p)
	clear(e.dirty)
	e.dirtyStatus = false
	e.bus.Publish(&p)
}

func (e *Engine) updateLists(p *Picture) {
	var items []*inbox.Item
	var gone []chat.ID
	for id := range e.dirty {
		if it := e.item(id); it != nil {
			items = append(items, it)
		} else {
			gone = append(gone, id)
		}
		e.withdrawIfSeen(id)
	}
	changed := e.idx.Update(items, gone)
	if changed.My || len(p.My) != len(e.idx.My()) {
		p.MySeq = e.seq
	}
	if changed.Queue || len(p.Queue) != len(e.idx.Queue()) {
		p.QueueSeq = e.seq
	}
	p.My, p.Queue = e.idx.My(), e.idx.Queue()
}

// item returns a chat as it is shown: its confirmed state with the outbox over it; nil if it is not here.
func (e *Engine) item(id chat.ID) *inbox.Item {
	c, ok := e.rep.Chat(id)
	if !ok {
		return nil
	}
	it := &inbox.Item{Chat: c.Clone(), Customer: e.rep.CustomerName(c.Customer), Draft: e.draft(id) != ""}
	for _, entry := range e.out.Of(id) {
		e.show(it, entry)
	}
	return it
}

func (e *Engine) show(it *inbox.Item, entry *outbox.Entry) {
	cmd := &entry.Command
	it.ReplyQueued = it.ReplyQueued || cmd.Kind == chat.CmdReply || cmd.Kind == chat.CmdReclaim
	it.PickQueued = it.PickQueued || cmd.Kind == chat.CmdPick
	if entry.Epoch != e.rep.Epoch() {
		return // its numbers may be other messages' now, and the server does not apply it
	}
	inboundsAt := func(n int64) (int64, bool) {
		if entry.Inbounds >= 0 && n == readsTo(cmd) {
			return entry.Inbounds, true
		}
		return e.rep.InboundsAt(it.Chat.ID, n)
	}
	chat.Show(&it.Chat, cmd, e.rep.Me(), chat.Millis(entry.WrittenAt+e.rep.Offset()), inboundsAt)
}

func (e *Engine) updateStatus(p *Picture) {
	phase, since := e.rep.Phase()
	agent := e.rep.Self()
	available := agent.Availability == string(chat.Available)
	if a, ok := e.out.Availability(); ok {
		available = a == chat.Available
	}
	s := Status{Phase: string(phase), Since: since, DataAt: e.rep.DataAt(), Offset: e.rep.Offset(), Troubles: e.troubles(),
		Queued: e.out.Told(maxQueued), Agent: agent, Available: available, Counts: e.idx.Counts(), Outbox: e.out.Len(), Notices: e.notices,
		Decisions: e.decisions(), Pending: e.idx.Pending(maxPending), LastChat: e.last.id}
	if !e.nextTry.IsZero() {
		s.NextTryAt = e.nextTry.UnixMilli()
	}
	s.Title = title(s.Counts.Pending, phase, e.prefs.Language)
	e.tellShell(&p.Status, &s)
	p.Status, p.StatusSeq = s, e.seq
}

// Watch says that a conversation is looked at: it is kept in memory, and in the pictures that follow.
func (e *Engine) Watch(id chat.ID) {
	e.post(func() {
		e.looks++
		if w := e.threads[id]; w != nil {
			w.used = e.looks
			return
		}
		e.makeRoom()
		e.threads[id] = &watched{used: e.looks}
		e.dirty[id] = true
	})
}

// makeRoom drops the conversation that was not looked at for the longest time if there are too many.
func (e *Engine) makeRoom() {
	if len(e.threads) < maxThreads {
		return
	}
	oldest := slices.MinFunc(slices.Collect(maps.Keys(e.threads)), func(a, b chat.ID) int {
		return cmp.Compare(e.threads[a].used, e.threads[b].used)
	})
	delete(e.threads, oldest)
	e.rep.Unload(oldest)
	e.dirty[oldest] = true
}

// fetch asks disk and server for what a conversation lacks.
func (e *Engine) fetch(id chat.ID) {
	if prefix, token, ok := e.rep.Load(id); ok {
		e.disk.read(replica.BucketMessages, prefix, func(records []record.Record, err error) {
			if err != nil {
				e.cfg.Log.Error("reading a conversation", "chat", id, "err", err)
			}
			e.rep.Loaded(id, token, records)
			e.dirty[id] = true
		})
	}
	if up, ok := e.rep.More(id, false); ok {
		e.cfg.Link.Send(e.conn, up)
	}
	if c, ok := e.rep.Chat(id); ok && !e.rep.HistoryAsked(c.Customer) {
		if up, ok := e.rep.Earlier(c.Customer); ok {
			e.cfg.Link.Send(e.conn, up)
		}
	}
}

func (e *Engine) updateThreads(p *Picture) {
	p.Threads = maps.Clone(p.Threads)
	for id := range e.dirty {
		if e.threads[id] == nil {
			delete(p.Threads, id)
			continue
		}
		e.fetch(id)
		if t, ready := e.thread(id); ready {
			p.Threads[id] = t
		}
	}
}

// thread returns a conversation; false while its messages are being read.
func (e *Engine) thread(id chat.ID) (*Thread, bool) {
	t := &Thread{Seq: e.seq, Chat: id, Item: e.item(id), GoneTo: e.rep.GoneTo(id), Queued: e.out.Of(id),
		Draft: e.draft(id), Online: e.rep.Online()}
	for _, d := range e.out.Decisions() {
		if d.Chat == id {
			t.Decisions = append(t.Decisions, d)
		}
	}
	if t.Item == nil {
		return t, true
	}
	messages, ready := e.rep.Thread(id)
	c := &t.Item.Chat
	t.Messages, t.Mine, t.Asset = messages, e.mine(t.Item), e.rep.Asset(c.Asset)
	t.More = e.rep.OldestKept(id) > 1 || len(messages) == 0 && c.LastNumber > 0
	t.Customer, _ = e.rep.Customer(c.Customer)
	t.Identities = e.rep.Identities(c.Customer)
	history, known := e.rep.History(c.Customer)
	t.EarlierIs = known
	for i := range history {
		if history[i].ID != id {
			t.Earlier = append(t.Earlier, history[i])
		}
	}
	return t, ready
}
