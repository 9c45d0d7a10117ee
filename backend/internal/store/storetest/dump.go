package storetest

import (
	"encoding/json"
	"fmt"
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

// Dump asks r everything that can be asked about the suite's keys, and returns the answers as text.
func Dump(r store.Reader) string {
	var b strings.Builder
	line := func(what string, answer any) {
		text, err := json.Marshal(answer)
		if err != nil {
			panic(fmt.Sprintf("BUG: storetest: %v", err))
		}
		fmt.Fprintf(&b, "%s: %s\n", what, text)
	}
	line("tenant", []any{r.Teams(), r.Agents(), r.Assets(), r.Credentials(), r.Tokens()})
	for n := range keySpace {
		dumpTenant(r, n, line)
		dumpCustomer(r, n, line)
		dumpChat(r, n, line)
		dumpRest(r, n, line)
	}
	dumpDue(r, line)
	for _, s := range streams {
		line("stream", []any{s, r.Head(s), r.Floor(s)})
		for _, f := range r.Frames(s, 0, 1_000_000) {
			line("frame", []any{f.Seq, string(f.Bytes)})
		}
	}
	return b.String()
}

func dumpTenant(r store.Reader, n int, line func(string, any)) {
	line("team", found(r.Team(key[chat.TeamID]("t", n))))
	line("team by prefix", found(r.TeamByPrefix(key[string]("P", n))))
	line("agent", found(r.Agent(key[chat.AgentID]("a", n))))
	line("asset", found(r.Asset(key[chat.AssetID]("s", n))))
	line("credential", found(r.Credential(key[string]("n", n))))
	line("token", found(r.Token(key[string]("b", n))))
	for _, ch := range channels {
		line("asset by vendor", found(r.AssetByVendor(ch, key[string]("v", n))))
	}
}

func dumpCustomer(r store.Reader, n int, line func(string, any)) {
	k := key[chat.CustomerKey]("c", n)
	line("customer", found(r.Customer(k)))
	line("customer by id", found(r.CustomerByID(customerIDs[n%len(customerIDs)])))
	line("identities of", r.IdentitiesOf(k))
	line("chats of", r.ChatsOfCustomer(k))
	line("identity", found(r.Identity(key[chat.IdentityID]("i", n))))
	for _, ch := range channels {
		for _, kind := range []chat.AddressKind{chat.Phone, chat.UserID} {
			line("identity at", found(r.IdentityByAddress(ch, chat.Address{Kind: kind, Value: key[string]("+", n)})))
		}
	}
}

func dumpChat(r store.Reader, n int, line func(string, any)) {
	id, i := key[chat.ID]("h", n), key[chat.IdentityID]("i", n)
	line("chat", found(r.Chat(id)))
	line("chats of identity", r.ChatsOfIdentity(i))
	line("held", r.ChatsHeldBy(key[chat.AgentID]("a", n)))
	line("counts", r.CountsOf(key[chat.AgentID]("a", n)))
	line("queued", r.ChatsQueuedIn(key[chat.TeamID]("t", n)))
	line("last answer", r.LastAnswer(id))
	for m := range keySpace {
		a := key[chat.AssetID]("s", m)
		line("open", found(r.OpenChat(i, a)))
		line("last", found(r.LastChat(i, a)))
		line("message", found(r.Message(id, int64(m))))
		line("before", r.MessagesBefore(id, int64(m), 3))
		line("first inbound", found(r.FirstInboundAfter(id, int64(m))))
		line("replies", r.RepliesAfter(id, int64(m)))
	}
}

func dumpRest(r store.Reader, n int, line func(string, any)) {
	line("message by id", found(r.MessageByID(key[chat.MessageID]("m", n))))
	for _, ch := range channels {
		line("message by vendor", found(r.MessageByVendor(ch, key[string]("v", n))))
	}
	line("media", found(r.Media(key[chat.MediaID]("f", n))))
	line("outgoing", found(r.Outgoing(key[chat.MessageID]("m", n))))
	line("timer", found(r.Timer(key[string]("t", n))))
	line("device", found(r.Device(key[chat.DeviceID]("d", n))))
	for m := range keySpace {
		line("result", found(r.Result(key[chat.DeviceID]("d", n), int64(m))))
	}
}

func dumpDue(r store.Reader, line func(string, any)) {
	out, file, timer := r.NextDue()
	line("next", []chat.Millis{out, file, timer})
	for _, now := range []chat.Millis{0, 2, 4, 100} {
		for _, n := range []int{0, 1, 100} {
			line("due", []any{r.DueOutgoing(now, n), r.DueMedia(now, n), r.DueTimers(now, n)})
		}
	}
	line("sending", r.Sending())
	for _, s := range outStates {
		line("outgoing in", []any{s, r.OutgoingIn(s)})
	}
	line("clock", r.Clock())
}
