package storetest

import (
	"fmt"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/wire"
)

// The rows of the examples. Where an order is promised they are not in it.
var (
	teams = []desk.Team{
		{ID: "t2", Name: "Returns", Prefix: "RET", Revision: 4, Settings: chat.TeamSettings{ReleaseMinutes: 10, EscalateEvery: 2,
			EscalateUnit: chat.Hours, EscalateUnset: true, HoldDays: 7, CloseDays: 30, OnSignOut: chat.QueueChats, AutoAssign: chat.AssignLastFirst}},
		{ID: "t1", Name: "Support", Prefix: "SUP"},
	}

	agents = []desk.Agent{
		{ID: "a2", Name: "Zoë", Teams: []chat.TeamID{"t2", "t1"}, Availability: chat.Available, Threshold: 3, Active: true,
			Role: chat.Manager, Manages: []chat.TeamID{"t2"}, Away: true, MyOrder: chat.LongestWait, QueueOrder: chat.EarliestFirst, Revision: 3},
		{ID: "a1", Name: "Ann", Availability: chat.Unavailable, Threshold: 99},
	}

	assets = []desk.Asset{
		{ID: "s2", Channel: chat.WhatsApp, VendorID: "200", Credential: "main", Team: "t1"},
		{ID: "s1", Channel: chat.WhatsApp, Name: "Main", Address: "+1 555 0100", VendorID: "100", Credential: "main",
			Team: "t1", Shared: []chat.TeamID{"t2"}, Priority: chat.High, Active: true, Revision: 2},
	}

	credentials = []desk.Credential{
		{Name: "main", Channel: chat.WhatsApp, BaseURL: "http://x", AppSecret: "s", VerifyToken: "v", AccessToken: "a"},
		{Name: "Main", Channel: chat.WhatsApp},
	}

	tokens = []desk.Token{
		{Hash: "0b", Agent: "a1", Label: "laptop", CreatedAt: 20, RevokedAt: 30, ExpiresAt: 90, Successor: "0c"},
		{Hash: "0a", Agent: "a1", CreatedAt: 20}, {Hash: "ff", Agent: "a2", CreatedAt: 10},
	}

	customers = []chat.Customer{
		{Key: "c1", ID: "C-ONE", Name: "Δημήτρης 🚲"}, {Key: "c2", ID: "straße"}, {Key: "c3", ID: "C-3", Name: "شكرا"},
	}

	identities = []chat.Identity{
		{ID: "i1", Customer: "c1", Channel: chat.WhatsApp, Addresses: []chat.Address{
			{Kind: chat.Phone, Value: "+15550001"}, {Kind: chat.UserID, Value: "US.1"}}, ProfileName: "Δημήτρης"},
		{ID: "i3", Customer: "c2", Channel: chat.WhatsApp, Addresses: []chat.Address{{Kind: chat.Phone, Value: "+15550003"}}},
		{ID: "i2", Customer: "c2", Channel: chat.SMS, Addresses: []chat.Address{{Kind: chat.Phone, Value: "+15550001"}}},
	}

	chats = []chat.Chat{
		{ID: "h3", Alias: "bike", Status: chat.Picked, Team: "t1", Asset: "s1", Identity: "i1", Customer: "c1",
			Channel: chat.WhatsApp, Assignee: "a1", Priority: chat.Urgent, Tags: []string{"vip", "Rad"}, CreatedAt: 30,
			AssignedAt: 31, AssignedIndex: 1, OpenedAt: 32, WaitingSince: 33, LastInboundAt: 34, Assignment: 2,
			LastNumber: 6, InboundCount: 3, ReadTo: 4, Unread: 1, SettledTo: 1, LastText: "hi", LastKind: chat.Inbound,
			ReleaseAt: 633, Extended: true, Course: course},
		{ID: "h2", Alias: "Straße", Status: chat.Closed, Team: "t1", Asset: "s1", Identity: "i1", Customer: "c1", CreatedAt: 10},
		{ID: "h1", Status: chat.Closed, Team: "t1", Asset: "s2", Identity: "i1", Customer: "c1", CreatedAt: 30},
		{ID: "h6", Status: chat.Queued, Team: "t1", Asset: "s1", Identity: "i2", Customer: "c2", CreatedAt: 5},
		{ID: "h5", Status: chat.Queued, Team: "t1", Asset: "s1", Identity: "i3", Customer: "c2", CreatedAt: 9},
		{ID: "h4", Status: chat.OnHold, Team: "t2", Asset: "s2", Identity: "i3", Customer: "c2", Assignee: "a1", CreatedAt: 9},
		{ID: "h7", Status: chat.OnHold, Team: "t2", Asset: "s2", Identity: "i2", Customer: "c2", CreatedAt: 9},
	}

	course = chat.Course{ActiveAt: 34, ResumedAt: 31, FailedAt: 32, ExtendedFor: 33, ExtendedAt: 34, EscalatedFor: 33, EscalatedBy: 2,
		DueAt: 633, LastHolder: "a1", LetGo: "a2", Undone: "k8", Knew: []chat.AgentID{"a2"},
		Given: &chat.Given{Command: "k9", By: "a2", At: 31, Assignment: 2, Team: "t2",
			Assignee: "a2", Status: chat.OnHold, AssignedAt: 20, AssignedIndex: 3, OpenedAt: 21, ReadTo: 2, LastHolder: "a2", LetGo: "a1"}}

	messages = []chat.Message{
		{ID: "m1", Chat: "h3", Number: 1, Kind: chat.System, At: 30, Line: &chat.Line{Code: "picked", Args: []string{"Ann"}}},
		{ID: "m2", Chat: "h3", Number: 2, Kind: chat.Inbound, Inbounds: 1, Text: "你好 \u2028 \"quoted\" </x>", At: 31, VendorAt: 29,
			Attachments: []chat.Attachment{{ID: "f1", Name: "a.pdf", MIME: "application/pdf", Size: 7, State: chat.MediaReady}}},
		{ID: "m3", Chat: "h3", Number: 3, Kind: chat.Reply, Inbounds: 1, Author: "a1", AuthorName: "Ann", Text: "hello",
			At: 32, State: chat.Delivered, Command: "k1"},
		{ID: "m4", Chat: "h3", Number: 4, Kind: chat.Inbound, Inbounds: 2, At: 33, Unsupported: "reaction"},
		{ID: "m5", Chat: "h3", Number: 5, Kind: chat.Reply, Inbounds: 2, Author: "a1", Text: "late", At: 34, State: chat.Failed,
			Failure: &chat.Failure{Code: "131047", Reason: chat.OutsideWindow, Detail: "window"}, Asks: true},
		{ID: "m6", Chat: "h3", Number: 6, Kind: chat.Inbound, Inbounds: 3, Text: "?", At: 35},
		{ID: "m7", Chat: "h3x", Number: 1, Kind: chat.Reply, State: chat.Sent, At: 36}, // a chat whose id h3 begins
	}

	media = []desk.Media{
		{ID: "f1", Chat: "h3", Number: 2, Credential: "main", VendorID: "9", SHA256: "00", State: chat.MediaReady, NextAt: 1},
		{ID: "f3", State: chat.MediaPending, NextAt: 20}, {ID: "f2", State: chat.MediaPending, Attempt: 2, NextAt: 20},
		{ID: "f4", State: chat.MediaPending, NextAt: 10}, {ID: "f5", State: chat.MediaFailed, NextAt: 1},
	}

	timers = []desk.Timer{
		{ID: "t1", At: 10, Kind: desk.TimerAskUncertain, Target: "m3"}, {ID: "t3", At: 20, Kind: desk.TimerReclock, Target: "t1", Cursor: "h3"}, {ID: "t2", At: 20},
	}

	outgoing = []desk.Outgoing{
		{Message: "m3", Chat: "h3", Number: 3, Asset: "s1", To: chat.Address{Kind: chat.Phone, Value: "+15550001"},
			Text: "hello", State: desk.OutDone, Attempt: 1, NextAt: 1, Since: 40, VendorID: "wamid.3"},
		{Message: "m5", Chat: "h3", Number: 5, State: desk.OutPending, NextAt: 20},
		{Message: "o1", Chat: "h4", Number: 1, State: desk.OutPending, NextAt: 20},
	}

	drafts = []desk.Draft{
		{Agent: "a1", Chat: "h4", Text: "to be", Revision: 7, Device: "d1", At: 40}, {Agent: "a1", Chat: "h3", Text: "or not", At: 41},
		{Agent: "a1x", Chat: "h3", Text: "to be"}, // an agent whose id a1 begins
	}

	device  = desk.Device{ID: "d1", Agent: "a1", LastNumber: 2}
	results = []desk.Result{
		{Device: "d1", Number: 1, ID: "k1", Outcome: wire.Done, Created: "t2", Items: []desk.Item{{Chat: "h3", Outcome: wire.Done},
			{Chat: "h4", Outcome: wire.Refused, Problem: chat.NewProblem(chat.NotShared, "Returns")}}},
		{Device: "d1", Number: 2, ID: "k2", Outcome: wire.Refused, Problem: chat.NewProblem(chat.Full, "99", "99")},
		{Device: "d1", Number: 10, ID: "k10", Outcome: wire.Nothing, Problem: chat.NewProblem(chat.NotFound)},
	}
)

// Fixture puts all of them: each kind of row, and each field of a row somewhere.
func Fixture() []desk.Write {
	var w []desk.Write
	w = puts(w, teams, func(v desk.Team) desk.Write { return desk.PutTeam{Team: v} })
	w = puts(w, agents, func(v desk.Agent) desk.Write { return desk.PutAgent{Agent: v} })
	w = puts(w, assets, func(v desk.Asset) desk.Write { return desk.PutAsset{Asset: v} })
	w = puts(w, credentials, func(v desk.Credential) desk.Write { return desk.PutCredential{Credential: v} })
	w = puts(w, tokens, func(v desk.Token) desk.Write { return desk.PutToken{Token: v} })
	w = puts(w, customers, func(v chat.Customer) desk.Write { return desk.PutCustomer{Customer: v} })
	w = puts(w, identities, func(v chat.Identity) desk.Write { return desk.PutIdentity{Identity: v} })
	w = puts(w, chats, func(v chat.Chat) desk.Write { return desk.PutChat{Chat: v} })
	w = puts(w, messages, func(v chat.Message) desk.Write {
		return desk.PutMessage{Message: v, Vendor: desk.VendorKey{Channel: chat.WhatsApp, ID: fmt.Sprintf("wamid.%s", v.ID[1:])}}
	})
	w = puts(w, media, func(v desk.Media) desk.Write { return desk.PutMedia{Media: v} })
	w = puts(w, timers, func(v desk.Timer) desk.Write { return desk.PutTimer{Timer: v} })
	w = puts(w, outgoing, func(v desk.Outgoing) desk.Write { return desk.PutOutgoing{Outgoing: v} })
	w = puts(w, results, func(v desk.Result) desk.Write { return desk.PutResult{Result: v} })
	w = puts(w, drafts, func(v desk.Draft) desk.Write { return desk.PutDraft{Draft: v} })
	return append(w, desk.PutDevice{Device: device})
}

func puts[V any](w []desk.Write, rows []V, put func(V) desk.Write) []desk.Write {
	for _, row := range rows {
		w = append(w, put(row))
	}
	return w
}
