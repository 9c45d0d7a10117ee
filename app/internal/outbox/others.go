package outbox

import (
	"strings"

	"parley/backend/chat"
)

// owned is whose draft of which chat.
type owned struct {
	agent chat.AgentID
	chat  chat.ID
}

func (o owned) key() string { return string(o.agent) + "\x00" + string(o.chat) }

func ownedBy(key string) owned {
	agent, id, _ := strings.Cut(key, "\x00")
	return owned{chat.AgentID(agent), chat.ID(id)}
}

// swapDrafts puts away the drafts of the agent who was signed in, and brings out those of the one who is now (Q19).
func (q *Queue) swapDrafts(was, now chat.AgentID) {
	for id, d := range q.drafts {
		q.forgetDraft(id)
		if d.text != "" {
			to := owned{was, id}
			q.others[to] = d
			q.touch(bucketOthers, to.key())
		}
	}
	for of, d := range q.others {
		if of.agent != now {
			continue
		}
		delete(q.others, of)
		q.touch(bucketOthers, of.key())
		d.edited = true
		q.keep(of.chat, d)
	}
}
