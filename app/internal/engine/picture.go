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
	MyView    *inbox.View
	My        []*inbox.Item // whatever the filter but its "on hold"
	QueueSeq  int64
	QueueView *inbox.View
	Queue     []*inbox.Item // as My
	QueueOpen int           // how many of Queue are not on hold
	ChatsSeq  int64         // of any chat at all
	Threads   map[chat.ID]*Thread
	Teams     map[chat.TeamID]wire.Team
	Channels  []string // of the company's assets, each once
	Targets   *Targets // nil: nobody asks
	Company   *Company // nil: nobody asks
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
	Drafts    int             // in how many chats something is written that is here alone
	Outbox    int             // commands without a result, without those taken back
	Queued    []*outbox.Entry // of the outbox, what an agent knows of: at most 200
	Notices   []Notice
	Decisions []Decision
	LastChat  chat.ID
	Batches   []Batch
	Manages   map[chat.TeamID]bool // of the teams, those that the agent manages
}

// Thread is one conversation.
type Thread struct {
	Seq        int64
	Chat       chat.ID
	Item       *inbox.Item // nil: the chat is not here
	GoneTo     string
	Left       *Left // the chat is not here any more: Item and Messages are what they were; nil: it is
	Mine       bool  // it is the agent's, also on hold
	Actions    []view.Action
	Asset      wire.Asset
	Messages   []chat.Message // by number, without a gap
	Queued     []*outbox.Entry
	Decisions  []*outbox.Decision
	Draft      string
	DraftKind  chat.Kind // chat.Reply, or chat.Note for colleagues
	DraftSeen  int64     // the revision of the agent's draft that is in Draft, for SaveDraft
	More       bool      // there are messages before the oldest of Messages
	Online     bool
	Customer   chat.Customer
	Identities []chat.Identity
	Earlier    []chat.Chat // of the customer, without this one
	EarlierIs  bool        // Earlier was heard
}

// maxQueued is how many commands a status lists.
const maxQueued = 200

// Picture returns the newest picture without waiting.
func (e *Engine) Picture() *Picture { return e.bus.Latest() }

func (e *Engine) firstPicture() *Picture {
	e.seq++
	none := inbox.New("")
	return &Picture{StatusSeq: e.seq, MySeq: e.seq, QueueSeq: e.seq, ChatsSeq: e.seq, Threads: map[chat.ID]*Thread{},
		MyView: none.View(chat.MyList), QueueView: none.View(chat.QueueList),
		Status: Status{Phase: "starting", Since: nowMillis(), Title: "Parley"}}
}

// flush brings picture, outbox file, socket and desktop up to date with what has changed.
func (e *Engine) flush() {
	e.saveOutbox()
	e.sendNext()
	if len(e.dirty) == 0 && !e.dirtyStatus && !e.dirtyLists && !e.dirtyCompany {
		return
	}
	e.seq++
	p := *e.bus.Latest()
	e.updateLists(&p)
	if e.dirtyStatus || e.dirtyCompany || len(e.dirty) > 0 {
		e.updateThreads(&p)
		e.updateCompany(&p)
		e.updateStatus(&p)
	}
	clear(e.dirty)
	e.dirtyStatus, e.dirtyLists, e.dirtyCompany = false, false, false
	e.bus.Publish(&p)
	e.wakeLists()
	e.wakeWarning()
}

func (e *Engine) updateLists(p *Picture) {
	var items []*inbox.Item
	var gone []chat.ID
	for id := range e.dirty {
		it := e.item(id)
		if it != nil {
			items = append(items, it)
		} else {
			gone = append(gone, id)
		}
		e.clockOf(id, it)
		e.withdrawIfSeen(id)
	}
	e.idx.Update(items, gone)
	e.idx.Tick(nowMillis()) // before ticks hold the rows anew
	e.tick()
	e.searchAgain(slices.Collect(maps.Keys(e.dirty)))
	if len(e.dirty) > 0 {
		p.ChatsSeq = e.seq
	}
	if v := e.idx.View(chat.MyList); v != p.MyView {
		p.MySeq, p.MyView = e.seq, v
	}
	if v := e.idx.View(chat.QueueList); v != p.QueueView {
		p.QueueSeq, p.QueueView = e.seq, v
	}
	p.My, p.Queue, p.QueueOpen = e.idx.My(), e.idx.Queue(), e.idx.Open(chat.QueueList)
}

// item returns a chat as it is shown: its confirmed state with the outbox over it; nil if it is not here.
func (e *Engine) item(id chat.ID) *inbox.Item {
	c, ok := e.rep.Chat(id)
	if !ok {
		return nil
	}
	who, _ := e.rep.Customer(c.Customer)
	it := &inbox.Item{Chat: c.Clone(), Customer: e.rep.CustomerName(c.Customer), CustomerID: who.ID, Draft: e.draft(id) != ""}
	it.Extends = e.extends(it)
	for _, entry := range e.out.Of(id) {
		e.show(it, entry)
	}
	return it
}

func (e *Engine) show(it *inbox.Item, entry *outbox.Entry) {
	cmd := &entry.Command
	it.ReplyQueued = it.ReplyQueued || cmd.Kind == chat.CmdReply || cmd.Kind == chat.CmdReclaim
	it.PickQueued = it.PickQueued || cmd.Kind == chat.CmdPick
	it.Extends = it.Extends && cmd.Kind != chat.CmdExtend
	if marks(cmd.Kind) {
		it.Queued = cmd.Kind
	}
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

// marks reports whether a chat is marked as one that a command of the kind waits for (rule H5). Words and picks have
// marks of their own.
func marks(k chat.CommandKind) bool {
	switch k {
	case chat.CmdTransfer, chat.CmdUndo, chat.CmdHold, chat.CmdResume, chat.CmdClose, chat.CmdExtend, chat.CmdPriority,
		chat.CmdAlias, chat.CmdTags:
		return true
	}
	return false
}

func (e *Engine) updateStatus(p *Picture) {
	phase, since := e.rep.Phase()
	agent := e.rep.Self()
	available := agent.Availability == string(chat.Available)
	if a, ok := e.out.Availability(); ok {
		available = a == chat.Available
	}
	s := Status{Phase: string(phase), Since: since, DataAt: e.rep.DataAt(), Offset: e.rep.Offset(), Troubles: e.troubles(),
		Queued: e.queued(), Agent: agent, Available: available, Counts: e.idx.Counts(), Drafts: e.out.OnlyHere(), Outbox: e.out.Waiting(), Notices: e.notices,
		Decisions: e.decisions(), LastChat: e.last.id, Batches: e.allBatches()}
	if !e.nextTry.IsZero() {
		s.NextTryAt = e.nextTry.UnixMilli()
	}
	s.Manages = map[chat.TeamID]bool{}
	for id := range p.Teams {
		s.Manages[id] = manages(&agent, id)
	}
	s.Title = title(s.Counts.Pending, phase, e.prefs.Language)
	e.tellShell(&p.Status, &s)
	p.Status, p.StatusSeq = s, e.seq
	p.Targets = e.targets()
}

// queued is what the agent knows of and the server has not confirmed; commands of many chats are batches.
func (e *Engine) queued() []*outbox.Entry {
	return slices.DeleteFunc(e.out.Told(maxQueued), func(x *outbox.Entry) bool { return isBatch(&x.Command) })
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
	e.drop(oldest)
	e.rep.Unload(oldest)
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
	maps.DeleteFunc(p.Threads, func(id chat.ID, _ *Thread) bool { return e.dropped[id] })
	clear(e.dropped)
	for id := range e.dirty {
		if e.threads[id] == nil {
			delete(p.Threads, id)
			continue
		}
		e.fetch(id)
		t, ready := e.thread(id)
		if t.Item == nil {
			t = e.remains(p.Threads[id], t)
		} else {
			delete(e.departures, id)
		}
		if ready {
			p.Threads[id] = t
		}
	}
}

// thread returns a conversation; false while its messages are being read.
func (e *Engine) thread(id chat.ID) (*Thread, bool) {
	t := &Thread{Seq: e.seq, Chat: id, Item: e.item(id), GoneTo: e.rep.GoneTo(id), Queued: e.out.Of(id),
		Draft: e.draft(id), DraftKind: e.out.DraftKind(id), DraftSeen: e.out.Seen(id, e.rep.Draft(id)), Online: e.rep.Online()}
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
	t.Messages, t.Mine, t.Asset, t.Actions = messages, e.holds(c), e.rep.Asset(c.Asset), e.actions(t.Item)
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
