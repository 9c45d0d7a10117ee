package demo

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/store"
)

// How the colleagues work. They leave the agent something to do: the queue is not emptied.
const (
	glance      = 20 * time.Second // between two looks at the work, as people
	leaveQueued = 4                // chats that stay in the queue for the agent
	holdMost    = 6                // chats that a colleague has at a time
	giveUpTo    = 14               // chats that the agent has before nobody gives the agent more
	answerAfter = 45 * time.Second // how long a colleague lets a customer wait
)

// phrases are what colleagues answer; what follows in a customer's story fits any answer.
var phrases = []string{
	"Thank you for your patience. I'm looking into it now.",
	"I see, that shouldn't have happened. I've put it right for you.",
	"Thanks, that helps. One moment please.",
	"All done on our side. Is there anything else?",
}

// notes are what colleagues say with a chat that they give away.
var notes = []string{
	"You know this one better than I do. Thank you!",
	"I'm in a meeting in a moment, could you take this?",
	"This looks like one for you.",
}

// heardEvery is how often the colleagues are heard, who have no consoles.
const heardEvery = 30 * time.Second

// heard keeps the colleagues there until ctx ends.
func (d *Demo) heard(ctx context.Context, c *company) {
	tick := time.NewTicker(heardEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if _, err := d.server.Submit(ctx, c.here()); err != nil && ctx.Err() == nil {
			d.config.Log.Debug("demo: the colleagues were not heard", "error", err)
		}
	}
}

// colleagues lets the others take and answer chats until ctx ends.
func (d *Demo) colleagues(ctx context.Context, c *company) {
	faster := max(d.config.Pace, 1)
	pause := max(time.Duration(float64(glance)/faster), 10*time.Millisecond)
	patience := chat.Millis(float64(answerAfter.Milliseconds()) / faster)
	chance := rand.New(rand.NewPCG(d.config.Seed, 3))
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		who := c.others[chance.IntN(len(c.others))]
		next, ok := d.work(ctx, c, who, patience)
		switch next.Kind {
		case chat.CmdReply:
			next.Text = phrases[chance.IntN(len(phrases))]
		case chat.CmdTransfer:
			next.Text = notes[chance.IntN(len(notes))]
		}
		if !ok {
			continue
		}
		// A chat may have gone to somebody else meanwhile; there is more work at the next glance.
		if err := d.command(ctx, who, next); err != nil && ctx.Err() == nil {
			d.config.Log.Debug("demo: a colleague had no luck", "command", next.Kind, "error", err)
		}
	}
}

// work is what a colleague would do next, if anything. Who has as much as a colleague takes gives the agent a chat, unless
// the agent has more to do than that.
func (d *Demo) work(ctx context.Context, c *company, who chat.AgentID, patience chat.Millis) (next chat.Command, ok bool) {
	now := d.server.Now()
	err := d.server.Read(ctx, func(r store.Reader) error {
		held := r.ChatsHeldBy(who)
		slices.SortFunc(held, func(a, b chat.Chat) int { return chat.LongestWait.Compare(&a, &b) })
		if len(held) > 0 && held[0].WaitingSince != 0 && now-held[0].WaitingSince > patience {
			next, ok = command(chat.CmdReply, &held[0]), true
			return r.Err()
		}
		if me, _ := r.Agent(c.you); len(held) >= holdMost && !me.Away && len(r.ChatsHeldBy(c.you)) < giveUpTo {
			next, ok = transfer(&held[0], c.you, ""), true
			return r.Err()
		}
		if queue := queueOf(r, who); len(queue) > leaveQueued && len(held) < holdMost {
			next, ok = command(chat.CmdPick, &queue[0]), true
		}
		return r.Err()
	})
	return next, ok && err == nil
}

// transfer gives c to an agent in c's own team.
func transfer(c *chat.Chat, to chat.AgentID, note string) chat.Command {
	return chat.Command{Kind: chat.CmdTransfer, Text: note, Chats: []chat.Place{{Chat: c.ID, Assignment: c.Assignment}}, Team: c.Team, Agent: to}
}

func command(kind chat.CommandKind, c *chat.Chat) chat.Command {
	return chat.Command{Kind: kind, Chat: c.ID, Assignment: c.Assignment, Base: c.LastNumber}
}

// queueOf is what lies in the queues of an agent's teams, the longest waiting first.
func queueOf(r store.Reader, who chat.AgentID) []chat.Chat {
	a, _ := r.Agent(who)
	var all []chat.Chat
	for _, t := range a.Teams {
		all = append(all, r.ChatsQueuedIn(t)...)
	}
	slices.SortFunc(all, func(a, b chat.Chat) int { return chat.LongestWait.Compare(&a, &b) })
	return all
}
