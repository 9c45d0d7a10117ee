package simulation

import (
	"fmt"
	"maps"
	"slices"

	"parley/app/internal/inbox"
	"parley/app/internal/outbox"
	"parley/app/internal/record"
	"parley/app/internal/replica"
	"parley/backend/chat"
	"parley/backend/servertest"
	"parley/backend/wire"
)

// console is one installation: replica, outbox and inbox as they ship, put together as package engine does it, in its
// order, on a disk and a link that the simulation moves.
type console struct {
	s     *Sim
	n     int
	agent int // whose
	token string
	disk  *disk
	skew  int64 // of its clock
	life  int   // how often it was started
	alive bool
	link  link
	diary *diary

	rep     *replica.Replica
	out     *outbox.Queue
	idx     *inbox.Index
	idxOf   chat.AgentID
	conn    int64
	left    int64
	saving  bool
	saveAt  int64 // when to try again after the disk was full; 0: now
	threads []chat.ID
	typing  map[chat.ID]int64 // when what was typed is to be told, if nothing more is
	dirty   map[chat.ID]bool
	given   handOver // the last
}

// now is the time by the console's clock.
func (c *console) now() int64 { return c.s.world.Now() + c.skew }

// start begins a life with what is on the disk.
func (c *console) start() {
	c.life++
	c.alive, c.conn, c.left, c.saving, c.saveAt, c.threads = true, 0, 0, false, 0, nil
	c.dirty, c.typing = map[chat.ID]bool{}, map[chat.ID]int64{}
	c.link = link{tries: 0, at: c.s.world.Now()}
	out, err := outbox.Load(func(bucket string) ([]record.Record, error) { return c.disk.outbox.read(bucket, ""), nil }, c.newDevice())
	if err != nil {
		c.s.fail("an outbox can always be read", "%v", err)
	}
	c.out = out
	rep, clean, err := replica.Load(c.now(), func(bucket string) ([]record.Record, error) { return c.disk.cache.read(bucket, ""), nil })
	if err != nil {
		c.s.fail("a cache can be read", "%v", err)
	}
	c.rep = rep
	c.disk.save(record.Cache, clean, nil)
	c.everything()
	c.diary.restarted(c)
	c.checkView()
	c.flush()
}

// kill ends a life.
func (c *console) kill() {
	c.alive = false
	if p := c.link.pipe; p != nil {
		p.hungUp = true
	}
	c.link.pipe = nil
}

func (c *console) newDevice() chat.DeviceID {
	return chat.DeviceID(fmt.Sprintf("device-%d-%08x", c.n, c.s.rnd.Uint32()))
}

func (c *console) newID() chat.CommandID {
	c.s.made++
	return chat.CommandID(fmt.Sprintf("c%d-%d", c.n, c.s.made))
}

func (c *console) everything() {
	c.idx, c.idxOf = inbox.New(c.rep.Me()), c.rep.Me()
	for _, list := range []chat.ListName{chat.MyList, chat.QueueList} {
		c.idx.SetFilter(list, inbox.Filter{OnHold: true})
	}
	for _, id := range c.rep.Chats() {
		c.dirty[id] = true
	}
	c.touchThreads()
}

func (c *console) touchThreads() {
	for _, id := range c.threads {
		c.dirty[id] = true
	}
}

// connected is engine's Connected.
func (c *console) connected(conn int64) {
	c.conn = conn
	c.step(replica.Connected{Device: c.out.Device(), Unconfirmed: c.out.Unconfirmed(), App: "simulation"})
	c.flush()
}

// received is engine's Received.
func (c *console) received(p *pipe, d *wire.Down) {
	if !c.alive || c.life != p.life || c.link.pipe != p {
		return
	}
	c.link.hear(c, d)
	c.s.frames++
	if p.number == c.conn && p.number != c.left {
		c.step(replica.Received{Down: *d})
	}
	c.flush()
}

// disconnected is engine's Disconnected.
func (c *console) disconnected(p *pipe, code int) {
	if !c.alive || p != nil && c.link.pipe != p {
		return
	}
	code = c.link.ended(c, code)
	if code == wire.CloseReplaced {
		c.s.fail("a console is not put off by its own past", "console %d", c.n)
	}
	c.conn = 0
	c.out.Disconnected()
	c.step(replica.Disconnected{Code: code})
	c.touchThreads()
	c.flush()
}

func (c *console) dialFailed(status int) {
	code := 0
	if status == 401 {
		code = wire.CloseRevoked
	}
	c.link.pipe = nil
	c.disconnected(nil, code)
}

// step is engine's: the frame goes to the disk before the end of the commands that it answers.
func (c *console) step(in replica.Input) {
	eff := c.rep.Step(c.now(), in)
	maps.Copy(c.dirty, eff.Chats)
	c.disk.save(record.Cache, eff.Batch, nil)
	for _, up := range eff.Up {
		c.send(up)
	}
	if eff.Welcome != nil {
		c.welcomed(eff.Welcome)
	}
	if eff.Refetch > 0 {
		c.out.Refetch(eff.Refetch, c.newID)
	}
	for _, r := range eff.Results {
		c.answered(r)
	}
	for _, id := range eff.Drafts {
		c.heardDraft(id)
	}
	if eff.Token != nil {
		c.keep(eff.Token)
	}
	if eff.Reconnect != nil {
		c.s.note("reconnect", c.n, eff.Reconnect.WaitMillis)
		c.reconnect(eff.Reconnect.WaitMillis)
	}
	c.checkView()
}

func (c *console) send(up wire.Up) {
	b, err := wire.EncodeUp(&up)
	if err != nil {
		c.s.fail("every frame can be encoded", "%v", err)
		return
	}
	if p := c.link.pipe; p != nil && c.link.number == c.conn {
		c.link.said = c.s.world.Now()
		c.s.sendUp(p, b)
	}
}

func (c *console) reconnect(wait int64) {
	c.left = c.conn
	c.out.Disconnected()
	c.link.again(c, wait)
}

func (c *console) welcomed(w *wire.Welcome) {
	if c.idxOf != c.rep.Me() {
		c.everything()
	}
	c.touchThreads()
	if c.out.Welcomed(chat.AgentID(w.Agent.ID), w.LastCommand, c.newID) {
		c.syncDrafts()
		return
	}
	c.out.Disown(c.newDevice(), chat.AgentID(w.Agent.ID), *chat.NewProblem(chat.OtherAgent, ""))
	c.diary.disowned()
	c.reconnect(0)
}

func (c *console) answered(r *wire.Result) {
	c.diary.result(c, r)
	a := c.out.Answer(r)
	if a.Entry == nil {
		return
	}
	id := a.Entry.Command.Chat
	c.dirty[id] = true
	for _, p := range a.Entry.Command.Chats {
		c.dirty[p.Chat] = true
	}
	if a.Entry.Command.Kind == chat.CmdDraft {
		c.heardDraft(id)
		if (r.Outcome == wire.Done || r.Outcome == wire.Nothing) && c.typing[id] == 0 {
			c.syncDraft(id)
		}
	}
}

// flush is engine's: outbox file, socket, then the lists.
func (c *console) flush() {
	c.saveOutbox()
	c.sendNext()
	var items []*inbox.Item
	var gone []chat.ID
	for _, id := range slices.Sorted(maps.Keys(c.dirty)) {
		if it := c.item(id); it != nil {
			items = append(items, it)
		} else {
			gone = append(gone, id)
		}
		if slices.Contains(c.threads, id) {
			c.fetch(id)
		}
	}
	c.idx.Update(items, gone)
	clear(c.dirty)
}

func (c *console) sendNext() {
	if c.conn == 0 || c.conn == c.left {
		return
	}
	for _, cmd := range c.out.Next(c.now()) {
		c.diary.sent(c, &cmd)
		c.send(wire.Up{Command: &cmd})
	}
}

// saveOutbox begins a transaction of the outbox file if there is something to write and none is under way.
func (c *console) saveOutbox() {
	if c.saving || c.saveAt > c.s.world.Now() {
		return
	}
	if b := c.out.Take(); len(b) > 0 {
		c.saving = true
		c.disk.save(record.Outbox, b, c.outboxSaved)
	}
}

func (c *console) outboxSaved(full bool) {
	maps.Copy(c.dirty, c.out.Writing())
	c.saving = false
	if full {
		c.refuse()
		c.saveAt = c.s.world.Now() + 1000
		return
	}
	c.out.Saved()
	c.diary.shown(c)
}

// refuse is what happens to commands that could not be kept: their words stay as drafts.
func (c *console) refuse() {
	for _, d := range c.out.Failed() {
		id := d.Command.Chat
		c.dirty[id] = true
		c.diary.refused(d.ID)
		if d.Lost {
			c.out.SetDraft(id, outbox.Joined(d.Command.Text, c.draft(id)), c.rep.Draft(id))
		}
	}
}

// item is a chat as it is shown.
func (c *console) item(id chat.ID) *inbox.Item {
	known, ok := c.rep.Chat(id)
	if !ok {
		return nil
	}
	it := &inbox.Item{Chat: known.Clone(), Customer: c.rep.CustomerName(known.Customer), Draft: c.draft(id) != ""}
	for _, e := range c.out.Of(id) {
		cmd := &e.Command
		it.ReplyQueued = it.ReplyQueued || cmd.Kind == chat.CmdReply
		it.PickQueued = it.PickQueued || cmd.Kind == chat.CmdPick
		chat.Show(&it.Chat, cmd, c.rep.Me(), chat.Millis(e.WrittenAt+c.rep.Offset()), func(n int64) (int64, bool) {
			if e.Inbounds >= 0 && n == readsTo(cmd) {
				return e.Inbounds, true
			}
			return c.rep.InboundsAt(id, n)
		})
	}
	return it
}

func readsTo(c *chat.Command) int64 {
	if c.Kind == chat.CmdRead {
		return c.UpTo
	}
	return c.Base
}

// add queues a command in its envelope.
func (c *console) add(cmd chat.Command) { c.wrote(c.out.Add(c.envelope(cmd))) }

// wrote notes that a command was queued.
func (c *console) wrote(e *outbox.Entry) {
	c.diary.wrote(e)
	if c.s.twoDevices(c) {
		c.s.world.Count(servertest.TwoDevices)
	}
}

func (c *console) envelope(cmd chat.Command) outbox.Entry {
	e := outbox.Entry{ID: c.newID(), Epoch: c.rep.Epoch(), WrittenAt: c.now(), Inbounds: -1, Command: cmd}
	if n, ok := c.rep.InboundsAt(cmd.Chat, readsTo(&cmd)); ok {
		e.Inbounds = n
	}
	c.dirty[cmd.Chat] = true
	return e
}

// fetch asks disk and server for what a conversation lacks.
func (c *console) fetch(id chat.ID) {
	if prefix, token, ok := c.rep.Load(id); ok {
		life := c.life
		c.disk.load(replica.BucketMessages, prefix, func(all []record.Record) {
			if c.life == life && c.alive {
				c.rep.Loaded(id, token, all)
				c.dirty[id] = true
			}
		})
	}
	if up, ok := c.rep.More(id, false); ok {
		c.send(up)
	}
}

// watch keeps a conversation in memory, at most a few.
func (c *console) watch(id chat.ID) {
	if slices.Contains(c.threads, id) {
		return
	}
	if len(c.threads) == maxThreads {
		c.rep.Unload(c.threads[0])
		c.threads = c.threads[1:]
	}
	c.threads = append(c.threads, id)
	c.dirty[id] = true
}

const maxThreads = 3
