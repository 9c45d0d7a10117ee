package engine

import (
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"

	"parley/app/internal/record"
	"parley/app/internal/replica"
	"parley/backend/chat"
)

// looking is what is on the screen.
type looking struct {
	chat    chat.ID
	focused bool
}

// Looking says which conversation is on the screen, and whether its window is visible and has the focus.
func (e *Engine) Looking(id chat.ID, focused bool) {
	e.post(func() {
		if left := e.looking.chat; left != id && e.typing[left] != 0 {
			e.syncDraft(left)
		}
		if e.looking.chat != id {
			e.forgetLeft(e.looking.chat)
		}
		e.looking = looking{id, focused}
		if focused {
			e.withdraw(id)
		}
		if id != "" && id != e.last.id {
			e.last.id = id
			e.disk.save(record.Cache, e.last.batch(), nil)
			e.dirtyStatus = true
		}
	})
}

// tellNews notifies of chats that became the agent's and of customers who wrote. A chat on the screen in a
// focused window is seen without; one whose pick this device asked for is expected. Several of one chat are
// merged into one.
func (e *Engine) tellNews(news []replica.News) {
	for _, n := range news {
		if e.looking == (looking{n.Chat, true}) || n.Kind == replica.Assigned && e.picking(n.Chat) {
			continue
		}
		c, ok := e.rep.Chat(n.Chat)
		if !ok || e.cfg.Notifier == nil || !e.prefs.Notifications {
			continue
		}
		e.told[n.Chat] += n.New
		w := wordsOf(e.prefs.Language)
		note := Notification{Chat: string(n.Chat), Title: e.rep.CustomerName(c.Customer), Body: c.LastText}
		switch {
		case n.Kind == replica.Assigned:
			note.Body = w.newChat + "\n" + c.LastText
		case e.told[n.Chat] > 1:
			note.Body = fmt.Sprintf(w.newMessages, e.told[n.Chat]) + "\n" + c.LastText
		}
		e.outlet.do(func() { e.cfg.Notifier.Notify(note) })
	}
}

// withdrawIfSeen takes a notification away when there is nothing to be told of the chat any more.
func (e *Engine) withdrawIfSeen(id chat.ID) {
	if _, told := e.told[id]; !told || e.warned(id) {
		return
	}
	if it := e.item(id); it == nil || !e.mine(it) || it.Chat.OpenedAt != 0 && it.Chat.Unread == 0 {
		e.withdraw(id)
	}
}

func (e *Engine) withdraw(id chat.ID) {
	if _, told := e.told[id]; told {
		delete(e.told, id)
		e.outlet.do(func() { e.cfg.Notifier.Withdraw(string(id)) })
	}
}

// tellShell shows title and badge where they are others than before.
func (e *Engine) tellShell(was, is *Status) {
	if e.cfg.Shell == nil {
		return
	}
	if was.Title != is.Title || was.Phase == "starting" {
		e.outlet.do(func() { e.cfg.Shell.SetTitle(is.Title) })
	}
	if was.Counts.Pending != is.Counts.Pending || was.Phase == "starting" {
		e.outlet.do(func() { e.cfg.Shell.SetBadge(Badge(is.Counts.Pending), is.Counts.Pending) })
	}
}

// Badge is the pending count as it is shown: nothing for 0, "99+" above 99 (rule A6).
func Badge(n int) string {
	switch {
	case n <= 0:
		return ""
	case n > 99:
		return "99+"
	}
	return strconv.Itoa(n)
}

// title is the window's: "(3) Parley", with a mark when what is shown is not current.
func title(pending int, p replica.Phase, language string) string {
	t := "Parley"
	if b := Badge(pending); b != "" {
		t = "(" + b + ") " + t
	}
	if mark := wordsOf(language).marks[p]; mark != "" {
		t += " – " + mark
	}
	return t
}

// lastChat is the conversation that was last on the screen. It is kept in the cache.
type lastChat struct{ id chat.ID }

const (
	bucketScreen = "screen"
	lastChatKey  = "last_chat"
)

func (l *lastChat) load(read func(bucket string) ([]record.Record, error)) {
	records, err := read(bucketScreen)
	if err != nil {
		return
	}
	for _, r := range records {
		var id string
		if r.Key == lastChatKey && json.Unmarshal(r.Value, &id) == nil {
			l.id = chat.ID(id)
		}
	}
}

func (l *lastChat) batch() record.Batch {
	var b record.Batch
	value, err := json.Marshal(string(l.id))
	if err != nil {
		return nil
	}
	b.Put(bucketScreen, lastChatKey, value)
	return b
}
