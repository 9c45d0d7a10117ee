package storetest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"parley/backend/chat"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// keySpace is how many keys of each kind the fixture and the random commits use: a letter and 0 … keySpace-1.
const keySpace = 8

func key[S ~string](letter string, n int) S { return S(fmt.Sprintf("%s%d", letter, n)) }

// streams are those that the random commits write to.
var streams = []wire.Stream{ann, queue, all, {Kind: wire.AgentStream, ID: "a2"}}

// asker takes a question and how it is answered.
type asker func(what string, answer func() any)

// question puts everything that can be asked of r about the suite's keys.
func question(r store.Reader, ask asker) {
	ask("tenant", func() any { return []any{r.Teams(), r.Agents(), r.Assets(), r.Credentials(), r.Tokens()} })
	for n := range keySpace {
		dumpTenant(r, n, ask)
		dumpCustomer(r, n, ask)
		dumpChat(r, n, ask)
		dumpRest(r, n, ask)
	}
	dumpDue(r, ask)
}

// Dump returns the answers to all of them as text.
func Dump(r store.Reader) string {
	var b strings.Builder
	question(r, func(what string, answer func() any) { say(&b, what, answer()) })
	return b.String()
}

// some returns the answers to a few of them, in a random order.
func some(r store.Reader, g *rand.Rand) string {
	type pair struct {
		what   string
		answer func() any
	}
	var all []pair
	question(r, func(what string, answer func() any) { all = append(all, pair{what, answer}) })
	var b strings.Builder
	for range g.IntN(60) {
		q := all[g.IntN(len(all))]
		say(&b, q.what, q.answer())
	}
	return b.String()
}

func say(b *strings.Builder, what string, answer any) {
	text, err := json.Marshal(answer)
	if err != nil {
		panic(fmt.Sprintf("BUG: storetest: %v", err))
	}
	fmt.Fprintf(b, "%s: %s\n", what, text)
}

func dumpTenant(r store.Reader, n int, ask asker) {
	ask("team", func() any { return found(r.Team(key[chat.TeamID]("t", n))) })
	ask("team by prefix", func() any { return found(r.TeamByPrefix(key[string]("P", n))) })
	ask("agents in", func() any { return r.AgentsIn(key[chat.TeamID]("t", n)) })
	ask("agent", func() any { return found(r.Agent(key[chat.AgentID]("a", n))) })
	ask("asset", func() any { return found(r.Asset(key[chat.AssetID]("s", n))) })
	ask("credential", func() any { return found(r.Credential(key[string]("n", n))) })
	ask("token", func() any { return found(r.Token(key[string]("b", n))) })
	for _, ch := range channels {
		ask("asset by vendor", func() any { return found(r.AssetByVendor(ch, key[string]("v", n))) })
	}
}

func dumpCustomer(r store.Reader, n int, ask asker) {
	k := key[chat.CustomerKey]("c", n)
	ask("customer", func() any { return found(r.Customer(k)) })
	ask("customer by id", func() any { return found(r.CustomerByID(customerIDs[n%len(customerIDs)])) })
	ask("identities of", func() any { return r.IdentitiesOf(k) })
	ask("chats of", func() any { return r.ChatsOfCustomer(k) })
	ask("identity", func() any { return found(r.Identity(key[chat.IdentityID]("i", n))) })
	for _, ch := range channels {
		for _, kind := range []chat.AddressKind{chat.Phone, chat.UserID} {
			ask("identity at", func() any {
				return found(r.IdentityByAddress(ch, chat.Address{Kind: kind, Value: key[string]("+", n)}))
			})
		}
	}
}

func dumpChat(r store.Reader, n int, ask asker) {
	id, i := key[chat.ID]("h", n), key[chat.IdentityID]("i", n)
	ask("chat", func() any { return found(r.Chat(id)) })
	ask("chats of identity", func() any { return r.ChatsOfIdentity(i) })
	ask("held", func() any { return r.ChatsHeldBy(key[chat.AgentID]("a", n)) })
	ask("counts", func() any { return r.CountsOf(key[chat.AgentID]("a", n)) })
	ask("queued", func() any { return r.ChatsQueuedIn(key[chat.TeamID]("t", n)) })
	ask("waiting", func() any { return r.ChatsWaitingIn(key[chat.TeamID]("t", n), nil, 1+n%3) })
	ask("waiting after", func() any {
		after, _ := r.Chat(id)
		return r.ChatsWaitingIn(key[chat.TeamID]("t", n/2), &after, 1+n%3)
	})
	ask("open in", func() any { return r.ChatsOpenIn(key[chat.TeamID]("t", n), key[chat.ID]("h", n/2), 1+n%3) })
	ask("by alias", func() any { return found(r.ChatByAlias(aliases[n])) })
	ask("last answer", func() any { return r.LastAnswer(id) })
	for m := range keySpace {
		a := key[chat.AssetID]("s", m)
		ask("open", func() any { return found(r.OpenChat(i, a)) })
		ask("last", func() any { return found(r.LastChat(i, a)) })
		ask("message", func() any { return found(r.Message(id, int64(m))) })
		ask("before", func() any { return r.MessagesBefore(id, int64(m), 3) })
		ask("first inbound", func() any { return found(r.FirstInboundAfter(id, int64(m))) })
		ask("replies", func() any { return r.RepliesAfter(id, int64(m)) })
	}
}

func dumpRest(r store.Reader, n int, ask asker) {
	ask("message by id", func() any { return found(r.MessageByID(key[chat.MessageID]("m", n))) })
	for _, ch := range channels {
		ask("message by vendor", func() any { return found(r.MessageByVendor(ch, key[string]("v", n))) })
	}
	ask("media", func() any { return found(r.Media(key[chat.MediaID]("f", n))) })
	ask("outgoing", func() any { return found(r.Outgoing(key[chat.MessageID]("m", n))) })
	ask("timer", func() any { return found(r.Timer(key[string]("t", n))) })
	ask("drafts of", func() any { return r.DraftsOf(key[chat.AgentID]("a", n)) })
	ask("device", func() any { return found(r.Device(key[chat.DeviceID]("d", n))) })
	for m := range keySpace {
		ask("draft", func() any { return found(r.Draft(key[chat.AgentID]("a", n), key[chat.ID]("h", m))) })
		ask("result", func() any { return found(r.Result(key[chat.DeviceID]("d", n), int64(m))) })
	}
}

func dumpDue(r store.Reader, ask asker) {
	ask("next", func() any {
		out, file, timer := r.NextDue()
		return []chat.Millis{out, file, timer}
	})
	for _, now := range []chat.Millis{0, 2, 4, 100} {
		for _, n := range []int{0, 1, 100} {
			ask("due", func() any { return []any{r.DueOutgoing(now, n), r.DueMedia(now, n), r.DueTimers(now, n)} })
		}
	}
	ask("sending", func() any { return r.Sending() })
	for _, s := range outStates {
		ask("outgoing in", func() any { return []any{s, r.OutgoingIn(s)} })
	}
	ask("clock", func() any { return r.Clock() })
	ask("epoch", func() any { return r.Epoch() })
	ask("rows", func() any { return slices.Collect(r.Rows) })
	ask("heads", func() any {
		heads := map[string]int64{}
		for s, head := range r.Heads {
			heads[string(s.Kind)+" "+s.ID] = head
		}
		return heads
	})
	for _, s := range streams {
		ask("stream", func() any { return []any{s, r.Head(s), r.Floor(s)} })
		ask("frames", func() any { return r.Frames(s, 0, 1_000_000) })
	}
}
