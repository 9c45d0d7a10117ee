package engine

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"parley/app/internal/inbox"
	"parley/app/internal/outbox"
	"parley/backend/chat"
)

// Notice is something to be told once.
type Notice struct {
	ID      int64
	Chat    chat.ID
	Command chat.CommandKind
	Problem chat.Problem
}

// Choice is what an agent does about a reply that the server would not send.
type Choice string

const (
	KeepAsDraft Choice = "draft"
	Discard     Choice = "discard"
	SendAnew    Choice = "retry"
)

// Pick asks for a queued chat; open: it is to be opened too.
func (e *Engine) Pick(id chat.ID, open bool) {
	e.post(func() {
		c, ok := e.rep.Chat(id)
		if !ok || c.Status != chat.Queued || e.picking(id) {
			return
		}
		e.add(chat.Command{Kind: chat.CmdPick, Chat: id, Assignment: c.Assignment, Base: c.LastNumber})
		if open {
			e.add(chat.Command{Kind: chat.CmdOpen, Chat: id, Assignment: c.Assignment + 1, Base: c.LastNumber})
		}
	})
}

// Open says that the agent has opened a chat (rule A5).
func (e *Engine) Open(id chat.ID) {
	e.post(func() {
		if it := e.item(id); it != nil && it.Chat.OpenedAt == 0 && e.mine(it) && !e.opening(id) {
			e.add(chat.Command{Kind: chat.CmdOpen, Chat: id, Assignment: it.Chat.Assignment, Base: it.Chat.LastNumber})
		}
	})
}

// Read moves the agent's marker of a chat.
func (e *Engine) Read(id chat.ID, upTo int64) {
	e.post(func() {
		it := e.item(id)
		if it == nil || !e.mine(it) {
			return
		}
		if upTo = min(upTo, it.Chat.LastNumber); upTo > it.Chat.ReadTo && !e.reading(id, upTo) {
			e.add(chat.Command{Kind: chat.CmdRead, Chat: id, Assignment: it.Chat.Assignment, Base: it.Chat.LastNumber,
				UpTo: upTo})
		}
	})
}

// Send queues a reply and returns when it is on the disk, or why it was not queued.
func (e *Engine) Send(id chat.ID, text string) *chat.Problem {
	answer := make(chan *chat.Problem, 1)
	e.post(func() { e.reply(id, clean(text), answer) })
	select {
	case p := <-answer:
		return p
	case <-e.stopped:
		return chat.NewProblem(chat.Internal)
	}
}

func (e *Engine) reply(id chat.ID, text string, answer chan *chat.Problem) {
	c, p := e.mayReply(id, text)
	if p != nil {
		answer <- p
		return
	}
	entry := e.add(chat.Command{Kind: chat.CmdReply, Chat: id, Assignment: c.Assignment, Base: c.LastNumber, Text: text})
	e.out.SetDraft(id, "")
	e.waiters[entry.ID] = answer
}

func (e *Engine) mayReply(id chat.ID, text string) (*chat.Chat, *chat.Problem) {
	n := utf8.RuneCountInString(text)
	c, ok := e.rep.Chat(id)
	switch {
	case strings.TrimSpace(text) == "":
		return nil, chat.NewProblem(chat.EmptyText)
	case n > chat.MaxText:
		return nil, chat.NewProblem(chat.TooLong, strconv.Itoa(n), strconv.Itoa(chat.MaxText))
	case !ok:
		return nil, chat.NewProblem(chat.NotHolder, e.rep.GoneTo(id))
	case c.Status != chat.Picked || c.Assignee != e.rep.Me():
		return nil, chat.NewProblem(chat.NotHolder, "")
	}
	return c, nil
}

// Cancel takes back a reply that was not sent. It reports whether it could, when that is on the disk.
func (e *Engine) Cancel(id chat.CommandID) bool {
	answer := make(chan *chat.Problem, 1)
	e.post(func() {
		none := newCommandID()
		in, ok := e.out.Cancel(id, none)
		if !ok {
			answer <- chat.NewProblem(chat.NotFound)
			return
		}
		e.touch(in)
		e.waiters[none] = answer
	})
	select {
	case p := <-answer:
		return p == nil
	case <-e.stopped:
		return false
	}
}

// Retry sends the text of a failed reply anew, as a new message. While that is under way it does nothing: a second
// click is no second reply.
func (e *Engine) Retry(id chat.ID, message chat.MessageID) {
	e.post(func() {
		m, ok := e.message(id, message)
		if ok && m.Kind == chat.Reply && m.State == chat.Failed && !e.replying(id, m.Text) {
			e.replyOrTell(id, m.Text)
		}
	})
}

// replyOrTell sends a text, or says in a notice why that cannot be; it reports whether it is queued.
func (e *Engine) replyOrTell(id chat.ID, text string) bool {
	c, p := e.mayReply(id, text)
	if p != nil {
		e.addNotice(&chat.Command{Kind: chat.CmdReply, Chat: id}, *p)
		e.dirtyStatus = true
		return false
	}
	e.add(chat.Command{Kind: chat.CmdReply, Chat: id, Assignment: c.Assignment, Base: c.LastNumber, Text: text})
	return true
}

// Settle says what became of an uncertain reply.
func (e *Engine) Settle(id chat.ID, message chat.MessageID, wentOut bool) {
	e.post(func() {
		m, ok := e.message(id, message)
		c, known := e.rep.Chat(id)
		if ok && known && m.State == chat.Uncertain && !e.settling(message) {
			e.add(chat.Command{Kind: chat.CmdSettle, Chat: id, Assignment: c.Assignment, Base: c.LastNumber,
				Message: message, WentOut: wentOut})
		}
	})
}

// Decide ends a decision. One that is to be sent anew and cannot be stays.
func (e *Engine) Decide(id chat.CommandID, what Choice) {
	e.post(func() {
		i := slices.IndexFunc(e.out.Decisions(), func(d *outbox.Decision) bool { return d.ID == id })
		if i < 0 {
			return
		}
		d := e.out.Decisions()[i]
		switch what {
		case SendAnew:
			if !e.replyOrTell(d.Chat, d.Text) {
				return
			}
		case KeepAsDraft:
			e.out.SetDraft(d.Chat, outbox.Joined(e.out.Draft(d.Chat), d.Text))
		case Discard:
		default:
			return
		}
		e.out.Settle(id)
		e.touch(d.Chat)
	})
}

// SaveDraft keeps what was written and not sent.
func (e *Engine) SaveDraft(id chat.ID, text string) {
	e.post(func() {
		e.out.SetDraft(id, cut(clean(text), maxDraft))
		e.touch(id)
	})
}

// SetAvailable asks for the agent's availability.
func (e *Engine) SetAvailable(a chat.Availability) {
	e.post(func() { e.add(chat.Command{Kind: chat.CmdAvailable, Availability: a}) })
}

// Older asks the server for messages before those kept of a chat.
func (e *Engine) Older(id chat.ID) {
	e.post(func() {
		if up, ok := e.rep.More(id, true); ok {
			e.cfg.Link.Send(e.conn, up)
		}
	})
}

// DismissNotice forgets a notice.
func (e *Engine) DismissNotice(id int64) {
	e.post(func() {
		e.notices = slices.DeleteFunc(slices.Clone(e.notices), func(n Notice) bool { return n.ID == id })
		e.dirtyStatus = true
	})
}

// Prefer sets the preferences.
func (e *Engine) Prefer(p Preferences) {
	e.post(func() {
		e.prefs = p
		e.dirtyStatus = true
	})
}

// add queues a command in its envelope.
func (e *Engine) add(c chat.Command) *outbox.Entry {
	entry := outbox.Entry{ID: newCommandID(), Epoch: e.rep.Epoch(), WrittenAt: nowMillis(), Inbounds: -1, Command: c}
	if known, ok := e.rep.Chat(c.Chat); ok {
		entry.Customer = e.rep.CustomerName(known.Customer)
	}
	if n, ok := e.rep.InboundsAt(c.Chat, readsTo(&c)); ok {
		entry.Inbounds = n
	}
	e.touch(c.Chat)
	return e.out.Add(entry)
}

// readsTo is the number of the message up to which c reads.
func readsTo(c *chat.Command) int64 {
	if c.Kind == chat.CmdRead {
		return c.UpTo
	}
	return c.Base
}

// touch marks a chat and the status as changed.
func (e *Engine) touch(id chat.ID) {
	e.dirtyStatus = true
	if id != "" {
		e.dirty[id] = true
	}
}

func (e *Engine) message(id chat.ID, m chat.MessageID) (chat.Message, bool) {
	messages, _ := e.rep.Thread(id)
	i := slices.IndexFunc(messages, func(x chat.Message) bool { return x.ID == m })
	if i < 0 {
		return chat.Message{}, false
	}
	return messages[i], true
}

func (e *Engine) mine(it *inbox.Item) bool {
	return it.Chat.Status == chat.Picked && it.Chat.Assignee == e.rep.Me()
}

func (e *Engine) picking(id chat.ID) bool {
	return e.out.Any(func(c *chat.Command) bool { return c.Kind == chat.CmdPick && c.Chat == id })
}

func (e *Engine) opening(id chat.ID) bool {
	return e.out.Any(func(c *chat.Command) bool { return c.Kind == chat.CmdOpen && c.Chat == id })
}

func (e *Engine) reading(id chat.ID, upTo int64) bool {
	return e.out.Any(func(c *chat.Command) bool { return c.Kind == chat.CmdRead && c.Chat == id && c.UpTo >= upTo })
}

func (e *Engine) replying(id chat.ID, text string) bool {
	return e.out.Any(func(c *chat.Command) bool { return c.Kind == chat.CmdReply && c.Chat == id && c.Text == text })
}

func (e *Engine) settling(m chat.MessageID) bool {
	return e.out.Any(func(c *chat.Command) bool { return c.Kind == chat.CmdSettle && c.Message == m })
}

// cut shortens text to at most n bytes, at a character.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "")
}

// clean makes text what the wire and the stores can carry.
func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

func diskProblem(err error) *chat.Problem {
	if errors.Is(err, ErrNoRoom) {
		return chat.NewProblem(chat.NoRoom)
	}
	return chat.NewProblem(chat.Internal)
}
