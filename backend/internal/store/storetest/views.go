package storetest

import (
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// found makes one value of what a lookup returns: nil if it found nothing.
func found[V any](v V, ok bool) any {
	if !ok {
		return nil
	}
	return v
}

func countOf(held []chat.Chat, me chat.AgentID) chat.Counts {
	return chat.Count(func(yield func(*chat.Chat) bool) {
		for i := range held {
			if !yield(&held[i]) {
				return
			}
		}
	}, me)
}

// example is one question to a view and its answer.
type example struct {
	what string
	got  any
	want any
}

func testViews(t *testing.T, s store.Store) {
	commit(t, s, Fixture()...)
	read(t, s, func(r store.Reader) {
		for _, list := range [][]example{tenantExamples(r), customerExamples(r), chatExamples(r), messageExamples(r), restExamples(r)} {
			for _, e := range list {
				same(t, e.what, e.want, e.got)
			}
		}
	})
}

func tenantExamples(r store.Reader) []example {
	return []example{
		{"Team", found(r.Team("t1")), teams[1]},
		{"Team, none", found(r.Team("T1")), nil},
		{"Teams", r.Teams(), []desk.Team{teams[1], teams[0]}},
		{"TeamByPrefix", found(r.TeamByPrefix("RET")), teams[0]},
		{"TeamByPrefix, none", found(r.TeamByPrefix("ret")), nil},
		{"Agent", found(r.Agent("a2")), agents[0]},
		{"Agents", r.Agents(), []desk.Agent{agents[1], agents[0]}},
		{"AgentsIn", r.AgentsIn("t2"), agents[:1]},
		{"AgentsIn, none", r.AgentsIn("t"), []desk.Agent(nil)},
		{"Asset", found(r.Asset("s1")), assets[1]},
		{"Assets", r.Assets(), []desk.Asset{assets[1], assets[0]}},
		{"AssetByVendor", found(r.AssetByVendor(chat.WhatsApp, "200")), assets[0]},
		{"AssetByVendor, none", found(r.AssetByVendor(chat.SMS, "200")), nil},
		{"Credential", found(r.Credential("main")), credentials[0]},
		{"Credentials", r.Credentials(), []desk.Credential{credentials[1], credentials[0]}},
		{"Token", found(r.Token("0b")), tokens[0]},
		{"Tokens", r.Tokens(), []desk.Token{tokens[2], tokens[1], tokens[0]}},
	}
}

func customerExamples(r store.Reader) []example {
	phone := chat.Address{Kind: chat.Phone, Value: "+15550001"}
	return []example{
		{"Customer", found(r.Customer("c1")), customers[0]},
		{"CustomerByID", found(r.CustomerByID("C-ONE")), customers[0]},
		{"CustomerByID, other case", found(r.CustomerByID("c-oNe")), customers[0]},
		{"CustomerByID, sharp s", found(r.CustomerByID("STRASSE")), customers[1]},
		{"CustomerByID, none", found(r.CustomerByID("C-ON")), nil},
		{"Identity", found(r.Identity("i1")), identities[0]},
		{"IdentityByAddress", found(r.IdentityByAddress(chat.WhatsApp, phone)), identities[0]},
		{"IdentityByAddress, other channel", found(r.IdentityByAddress(chat.SMS, phone)), identities[2]},
		{"IdentityByAddress, second", found(r.IdentityByAddress(chat.WhatsApp, chat.Address{Kind: chat.UserID, Value: "US.1"})), identities[0]},
		{"IdentityByAddress, other kind", found(r.IdentityByAddress(chat.WhatsApp, chat.Address{Kind: chat.UserID, Value: "+15550001"})), nil},
		{"IdentitiesOf", r.IdentitiesOf("c2"), []chat.Identity{identities[2], identities[1]}},
		{"IdentitiesOf, none", r.IdentitiesOf("c"), []chat.Identity(nil)},
	}
}

func chatExamples(r store.Reader) []example {
	return []example{
		{"Chat", found(r.Chat("h3")), chats[0]},
		{"OpenChat", found(r.OpenChat("i1", "s1")), chats[0]},
		{"OpenChat, closed", found(r.OpenChat("i1", "s2")), nil},
		{"OpenChat, on hold", found(r.OpenChat("i2", "s2")), chats[6]},
		{"LastChat", found(r.LastChat("i1", "s1")), chats[0]},
		{"LastChat, closed", found(r.LastChat("i1", "s2")), chats[2]},
		{"LastChat, none", found(r.LastChat("i1", "s3")), nil},
		{"ChatsOfIdentity", r.ChatsOfIdentity("i1"), []chat.Chat{chats[1], chats[2], chats[0]}},
		{"ChatsHeldBy", r.ChatsHeldBy("a1"), []chat.Chat{chats[0], chats[5]}},
		{"CountsOf", r.CountsOf("a1"), countOf(r.ChatsHeldBy("a1"), "a1")},
		{"CountsOf nobody", r.CountsOf(""), chat.Counts{}},
		{"ChatsHeldBy nobody", r.ChatsHeldBy(""), []chat.Chat(nil)},
		{"ChatsQueuedIn", r.ChatsQueuedIn("t1"), []chat.Chat{chats[4], chats[3]}},
		{"ChatsQueuedIn, on hold", r.ChatsQueuedIn("t2"), []chat.Chat{chats[6]}},
		{"ChatsQueuedIn, none", r.ChatsQueuedIn("t"), []chat.Chat(nil)},
		{"ChatsWaitingIn", r.ChatsWaitingIn("t1", nil, 9), []chat.Chat{chats[4], chats[3]}},
		{"ChatsWaitingIn, the first", r.ChatsWaitingIn("t1", nil, 1), chats[4:5]},
		{"ChatsWaitingIn, after one", r.ChatsWaitingIn("t1", &chats[4], 9), chats[3:4]},
		{"ChatsWaitingIn, after one that waits longer and is not queued", r.ChatsWaitingIn("t1", &chats[0], 1), chats[4:5]},
		{"ChatsWaitingIn, after the last", r.ChatsWaitingIn("t1", &chats[3], 9), []chat.Chat(nil)},
		{"ChatsWaitingIn, on hold", r.ChatsWaitingIn("t2", nil, 9), []chat.Chat(nil)},
		{"ChatByAlias", found(r.ChatByAlias("bike")), chats[0]},
		{"ChatByAlias, other case", found(r.ChatByAlias("BikE")), chats[0]},
		{"ChatByAlias, closed", found(r.ChatByAlias("STRASSE")), chats[1]},
		{"ChatByAlias, none", found(r.ChatByAlias("bik")), nil},
		{"ChatByAlias, empty", found(r.ChatByAlias("")), nil},
		{"ChatsOpenIn", r.ChatsOpenIn("t1", "", 9), []chat.Chat{chats[0], chats[4], chats[3]}},
		{"ChatsOpenIn, after one", r.ChatsOpenIn("t1", "h3", 1), chats[4:5]},
		{"ChatsOpenIn, after none of them", r.ChatsOpenIn("t1", "h", 2), []chat.Chat{chats[0], chats[4]}},
		{"ChatsOpenIn, after the last", r.ChatsOpenIn("t1", "h6", 9), []chat.Chat(nil)},
		{"ChatsOpenIn, no room", r.ChatsOpenIn("t1", "", 0), []chat.Chat(nil)},
		{"ChatsOpenIn, on hold", r.ChatsOpenIn("t2", "", 9), []chat.Chat{chats[5], chats[6]}},
		{"ChatsOfCustomer", r.ChatsOfCustomer("c2"), []chat.Chat{chats[5], chats[4], chats[6], chats[3]}},
	}
}

func messageExamples(r store.Reader) []example {
	return []example{
		{"Message", found(r.Message("h3", 2)), messages[1]},
		{"Message, none", found(r.Message("h3", 7)), nil},
		{"MessageByID", found(r.MessageByID("m5")), messages[4]},
		{"MessageByVendor", found(r.MessageByVendor(chat.WhatsApp, "wamid.4")), messages[3]},
		{"MessageByVendor, none", found(r.MessageByVendor(chat.SMS, "wamid.4")), nil},
		{"MessagesBefore, newest", r.MessagesBefore("h3", 0, 2), messages[4:6]},
		{"MessagesBefore", r.MessagesBefore("h3", 3, 10), messages[:2]},
		{"MessagesBefore, none", r.MessagesBefore("h3", 1, 10), []chat.Message(nil)},
		{"MessagesBefore, no room", r.MessagesBefore("h3", 0, 0), []chat.Message(nil)},
		{"LastAnswer", r.LastAnswer("h3"), int64(3)},
		{"LastAnswer, none", r.LastAnswer("h1"), int64(0)},
		{"FirstInboundAfter", found(r.FirstInboundAfter("h3", 2)), messages[3]},
		{"FirstInboundAfter, none", found(r.FirstInboundAfter("h3", 6)), nil},
		{"RepliesAfter", r.RepliesAfter("h3", 0), []chat.Message{messages[2], messages[4]}},
		{"RepliesAfter, later", r.RepliesAfter("h3", 3), messages[4:5]},
		{"RepliesAfter, none", r.RepliesAfter("h3", 5), []chat.Message(nil)},
	}
}

func restExamples(r store.Reader) []example {
	return []example{
		{"Media", found(r.Media("f1")), media[0]},
		{"Outgoing", found(r.Outgoing("m3")), outgoing[0]},
		{"OutgoingIn", r.OutgoingIn(desk.OutPending), 2},
		{"OutgoingIn, none", r.OutgoingIn(desk.OutSending), 0},
		{"Device", found(r.Device("d1")), device},
		{"Draft", found(r.Draft("a1", "h3")), drafts[1]},
		{"Draft, none", found(r.Draft("a1x", "h4")), nil},
		{"DraftsOf", r.DraftsOf("a1"), []desk.Draft{drafts[1], drafts[0]}},
		{"Result", found(r.Result("d1", 2)), results[1]},
		{"Result, ten", found(r.Result("d1", 10)), results[2]},
		{"Result, none", found(r.Result("d1", 3)), nil},
		{"Timer", found(r.Timer("t2")), timers[2]},
		{"Timer, none", found(r.Timer("t9")), nil},
	}
}

func testEmpty(t *testing.T, s store.Store) {
	read(t, s, func(r store.Reader) {
		stream := wire.Stream{Kind: wire.AgentStream, ID: "a1"}
		out, file, timer := r.NextDue()
		for _, e := range []example{
			{"Teams", r.Teams(), []desk.Team(nil)},
			{"Head", r.Head(stream), wire.Position{Epoch: Epoch}},
			{"Floor", r.Floor(stream), int64(0)},
			{"Frames", r.Frames(stream, 0, 9), []store.Frame(nil)},
			{"NextDue", []chat.Millis{out, file, timer}, []chat.Millis{0, 0, 0}},
			{"Clock", r.Clock(), chat.Millis(0)},
			{"Sending", r.Sending(), []desk.Outgoing(nil)},
			{"Chat", found(r.Chat("h3")), nil},
		} {
			same(t, e.what, e.want, e.got)
		}
	})
}
