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
	answerAfter = 45 * time.Second // how long a colleague lets a customer wait
)

// phrases are what colleagues answer; what follows in a customer's story fits any answer.
var phrases = []string{
	"Thank you for your patience. I'm looking into it now.",
	"I see, that shouldn't have happened. I've put it right for you.",
	"Thanks, that helps. One moment please.",
	"All done on our side. Is there anything else?",
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
		next, ok := d.work(ctx, who, patience)
		if next.Kind == chat.CmdReply {
			next.Text = phrases[chance.IntN(len(phrases))]
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

// work is what a colleague would do next, if anything.
func (d *Demo) work(ctx context.Context, who chat.AgentID, patience chat.Millis) (next chat.Command, ok bool) {
	now := d.server.Now()
	err := d.server.Read(ctx, func(r store.Reader) error {
		held := r.ChatsHeldBy(who)
		slices.SortFunc(held, func(a, b chat.Chat) int { return chat.LongestWait.Compare(&a, &b) })
		if len(held) > 0 && held[0].WaitingSince != 0 && now-held[0].WaitingSince > patience {
			next, ok = command(chat.CmdReply, &held[0]), true
			return r.Err()
		}
		if queue := queueOf(r, who); len(queue) > leaveQueued && len(held) < holdMost {
			next, ok = command(chat.CmdPick, &queue[0]), true
		}
		return r.Err()
	})
	return next, ok && err == nil
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
