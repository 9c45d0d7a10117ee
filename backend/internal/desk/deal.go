package desk

import (
	"iter"
	"slices"

	"parley/backend/chat"
)

// dealAtOnce is how many chats one command gives to a team's agents.
const dealAtOnce = 100

// callDeal puts the timers of the teams that may have a chat to give and somebody to take it since what the decision
// has changed: a chat came into the queue, an agent can take one, or the team began to want it.
func (d *decision) callDeal() {
	for id, c := range d.chats.all() {
		before, _ := d.before(id)
		if c.Status == chat.Queued && (before.Status != chat.Queued || before.Team != c.Team) {
			d.askDeal(c.Team)
		}
		if before.Status == chat.Picked && (c.Status != chat.Picked || c.Assignee != before.Assignee) {
			if a, ok := d.present(before.Assignee); ok {
				d.askDeal(a.Teams...)
			}
		}
	}
	for id, a := range d.agents.all() {
		before, _ := d.was.Agent(id)
		more := !there(&before) || a.Threshold > before.Threshold || !slices.Equal(a.Teams, before.Teams)
		if there(&a) && more {
			d.askDeal(a.Teams...)
		}
	}
	for id, t := range d.teams.all() {
		if before, _ := d.was.Team(id); t.Settings.AutoAssign != before.Settings.AutoAssign {
			d.askDeal(id)
		}
	}
}

// askDeal puts the timers of teams that want it, unless they are due already.
func (d *decision) askDeal(teams ...chat.TeamID) {
	for _, team := range teams {
		id := string(TimerAssign) + "/" + string(team)
		if t, ok := d.timer(id); deals(d.settings(team)) && (!ok || t.At > d.now) {
			d.putTimer(Timer{ID: id, At: d.now, Kind: TimerAssign, Target: string(team)})
		}
	}
}

func deals(s *chat.TeamSettings) bool {
	return s.AutoAssign == chat.AssignLeast || s.AutoAssign == chat.AssignLastFirst
}

// deal gives a team's queued chats to its agents, the longest waiting first (rule G10). It is the one place where
// chats are given by themselves.
func (d *decision) deal(team chat.TeamID) {
	s := d.settings(team)
	if !deals(s) {
		return
	}
	hands := d.hands(team)
	var given int64
	for c := range d.queued(team, room(hands)) {
		i := taker(s, &c, hands)
		switch {
		case i < 0:
			continue
		case given == dealAtOnce:
			d.askDeal(team)
			return
		}
		d.note(&c, "assigned", hands[i].Name)
		d.assign(&c, hands[i].ID)
		follow(&c)
		c.AssignedIndex = given
		d.putChat(&c)
		given++
		if hands[i].load++; hands[i].load < hands[i].Threshold {
			continue
		}
		if hands = slices.Delete(hands, i, i+1); len(hands) == 0 {
			return
		}
	}
}

// queued yields a team's queued chats, the longest waiting first, as they were before the command. It reads as many as
// there are places for, at most one more than a command gives, and further ones only if some of those cannot be given.
func (d *decision) queued(team chat.TeamID, places int) iter.Seq[chat.Chat] {
	return func(yield func(chat.Chat) bool) {
		var after *chat.Chat
		for n := min(places, dealAtOnce+1); n > 0; n = min(2*n, atOnce) {
			page := d.was.ChatsWaitingIn(team, after, n)
			for _, c := range page {
				if !yield(c.Clone()) {
					return
				}
			}
			if len(page) < n {
				return
			}
			after = &page[n-1]
		}
	}
}

// hand is an agent who can take a chat.
type hand struct {
	Agent
	load int
}

// hands returns a team's agents who can take a chat, by id.
func (d *decision) hands(team chat.TeamID) []hand {
	var all []hand
	for _, a := range d.was.AgentsIn(team) {
		if !there(&a) {
			continue
		}
		if load := d.load(a.ID); load < a.Threshold {
			all = append(all, hand{a, load})
		}
	}
	return all
}

// room is how many chats hands can take.
func room(hands []hand) (n int) {
	for i := range hands {
		n += hands[i].Threshold - hands[i].load
	}
	return n
}

// taker returns which of the hands c is given to: its last holder, if the team wants that, else who has the fewest
// chats; -1 if the only one is who let it go (rule G4).
func taker(s *chat.TeamSettings, c *chat.Chat, hands []hand) int {
	best := -1
	for i := range hands {
		switch h := &hands[i]; {
		case h.ID == c.Course.LetGo:
		case s.AutoAssign == chat.AssignLastFirst && h.ID == c.Course.LastHolder:
			return i
		case best < 0 || h.load < hands[best].load:
			best = i
		}
	}
	return best
}
