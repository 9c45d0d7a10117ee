package wire

// sample is one frame with a value in every member that can stand beside the others.
type sample struct {
	name string
	up   *Up
	down *Down
}

var (
	agentStream = Stream{AgentStream, "ag7k2"}
	position    = Position{"e1c9", 41}
	tenant      = Stream{Kind: TenantStream}
	positions   = []StreamPosition{{agentStream, position}, {tenant, Position{"e1c9", 9}}}
	digested    = []Head{{agentStream, position, "930bdd16cf6e0c45"}, {Stream: tenant, Position: Position{"e1c9", 9}}}
	theChat     = &Chat{
		ID: "SUPK3V09X2QLM7TA", Alias: "Wagner parcel", Status: "picked", Team: "tm41", Asset: "as12",
		Identity: "id88", Customer: "cu55", Channel: "whatsapp", Assignee: "ag7k2", Priority: 2,
		Tags: []string{"parcel", "Köln"}, CreatedAt: 1767225600000, AssignedAt: 1767225660000, AssignedIndex: 1,
		OpenedAt: 1767225670000, WaitingSince: 1767225690000, LastInboundAt: 1767225690000, Assignment: 3,
		LastNumber: 12, InboundCount: 7, ReadTo: 11, Unread: 1, SettledTo: 4,
		LastText: "Wo ist mein Paket? 📦", LastKind: "inbound",
	}
	customer = &Customer{"cu55", "C-8XQ2M4TZ", "Anna Wagner", 0}
	identity = &Identity{"id88", "cu55", "whatsapp", []Address{{"phone", "+4915112345678"}, {"user_id", "DE.1349"}}, 0}
	inbound  = &Message{
		ID: "ms12", Chat: "SUPK3V09X2QLM7TA", Number: 12, Kind: "inbound", Inbounds: 7, Text: "שלום, إيصال <b>",
		Attachments: []Attachment{{"md3", "receipt.pdf", "application/pdf", 48211, "ready"}},
		At:          1767225690000, VendorAt: 1767225689000, Unsupported: "order",
	}
	replied = &Message{
		ID: "ms11", Chat: "SUPK3V09X2QLM7TA", Number: 11, Kind: "reply", Inbounds: 6, Author: "ag7k2",
		AuthorName: "Mira", Text: "We are looking into it.", At: 1767225680000, State: "failed",
		Failure: &Failure{"131047", "outside_window", "Re-engagement message"},
		Command: "01941f29-7c00-7aaa-8bbb-cccccccccccc", Asks: true,
	}
	line = &Message{
		ID: "ms1", Chat: "SUPK3V09X2QLM7TA", Number: 1, Kind: "system", At: 1767225600000,
		Line: &Line{"created", []string{"Support"}},
	}
	result = &Result{Device: "dv01", Number: 8, ID: "01941f29-7c00-7aaa-8bbb-cccccccccccc", Outcome: Held, Problem: &Problem{31, []string{"Jonas"}}}
	counts = &Counts{12, 3, 5}
	mira   = &Agent{ID: "ag7k2", Name: "Mira", Availability: "available", Teams: []string{"tm41"}}

	clocked  = clockedChat()
	settings = TeamSettings{ReleaseMinutes: 10, EscalateEvery: 30, EscalateUnit: "minutes", EscalateUnset: true, HoldDays: 7,
		CloseDays: 30, OnSignOut: "queue", AutoAssign: "last_agent"}
	moved = &Result{Device: "dv01", Number: 17, ID: "01941f29-7c0c-7aaa-8bbb-cccccccccccc", Outcome: Done, Items: []Item{
		{Chat: "SUPK3V09X2QLM7TA", Outcome: Done},
		{Chat: "SUPQ7R21B8WZC0KD", Outcome: Nothing},
		{Chat: "SUP00M4XV7RT2LPA", Outcome: Refused, Problem: &Problem{23, []string{"99", "99"}}}}}
)

var samples = []sample{
	{name: "up-hello", up: &Up{Hello: &Hello{1, 1, "dv01", "parley 0.1", 8, positions}}},
	{name: "up-hello-first", up: &Up{Hello: &Hello{MinVersion: 1, MaxVersion: 1, Device: "dv01"}}},
	{name: "up-command-reply", up: &Up{Command: &Command{
		Number: 8, ID: "01941f29-7c00-7aaa-8bbb-cccccccccccc", Epoch: "e1c9", AgeMillis: 210, Kind: "reply",
		Chat: "SUPK3V09X2QLM7TA", Assignment: 3, Base: 12, Text: "It arrives tomorrow.\n👍"}}},
	{name: "up-command-read", up: &Up{Command: &Command{
		Number: 9, ID: "01941f29-7c01-7aaa-8bbb-cccccccccccc", Epoch: "e1c9", Kind: "read",
		Chat: "SUPK3V09X2QLM7TA", Assignment: 3, Base: 12, UpTo: 12}}},
	{name: "up-command-settle", up: &Up{Command: &Command{
		Number: 10, ID: "01941f29-7c02-7aaa-8bbb-cccccccccccc", Epoch: "e1c9", Kind: "settle",
		Chat: "SUPK3V09X2QLM7TA", Message: "ms11", WentOut: true}}},
	{name: "up-command-set_availability", up: &Up{Command: &Command{
		Number: 11, ID: "01941f29-7c03-7aaa-8bbb-cccccccccccc", Epoch: "e1c9", Kind: "set_availability",
		Availability: "unavailable"}}},
	{name: "up-more", up: &Up{More: &More{"SUPK3V09X2QLM7TA", 11, 50}}},
	{name: "up-earlier", up: &Up{Earlier: &Earlier{"cu55"}}},
	{name: "up-beat", up: &Up{Beat: &Beat{}}},
	{name: "down-welcome", down: &Down{Welcome: &Welcome{
		1, 1767225700000, *mira, 7, 15000,
		[]WelcomedStream{{agentStream, position, true}, {Stream{QueueStream, "tm41"}, Position{"e1c9", 0}, false}}}}},
	{name: "down-frame", down: &Down{Frame: &Frame{agentStream, "e1c9", 42, 1767225690000, []Change{
		{Customer: customer}, {Identity: identity}, {Chat: theChat}, {Message: inbound}, {Message: replied},
		{Message: line}, {Result: result}}, counts}}},
	{name: "down-frame-queue", down: &Down{Frame: &Frame{Stream: Stream{QueueStream, "tm41"}, Epoch: "e1c9", Seq: 7,
		At: 1767225690000, Changes: []Change{{ChatGone: &ChatGone{"SUPK3V09X2QLM7TA", "ag7k2"}}}}}},
	{name: "down-frame-tenant", down: &Down{Frame: &Frame{Stream: Stream{Kind: TenantStream}, Epoch: "e1c9", Seq: 3,
		At: 1767225690000, Changes: []Change{
			{Agent: mira}, {Team: &Team{ID: "tm41", Name: "Support"}},
			{Asset: &Asset{ID: "as12", Channel: "whatsapp", Name: "Support line", Address: "+49 30 1234567"}}}}}},
	{name: "down-snapshot", down: &Down{Snapshot: &Snapshot{agentStream, position, 1, true,
		[]Change{{Chat: theChat}}, counts}}},
	{name: "down-snapshot-empty", down: &Down{Snapshot: &Snapshot{Stream: Stream{QueueStream, "tm41"},
		At: Position{"e1c9", 0}, Last: true}}},
	{name: "down-refetch", down: &Down{Refetch: &Refetch{5}}},
	{name: "down-result", down: &Down{Result: result}},
	{name: "down-page", down: &Down{Page: &Page{"SUPK3V09X2QLM7TA", 13, []Message{*replied, *inbound}, nil}}},
	{name: "down-page-refused", down: &Down{Page: &Page{Chat: "X", Before: 13, Problem: &Problem{Kind: 10}}}},
	{name: "down-history", down: &Down{History: &History{"cu55", []Chat{*theChat}, &Problem{Kind: 1}}}},
	{name: "down-beat", down: &Down{Beat: &Beat{1767225715000, []Head{
		{Stream: agentStream, Position: position}, {Stream: tenant, Position: Position{"e1c9", 9}}}}}},
	{name: "down-goodbye", down: &Down{Goodbye: &Goodbye{CloseServerBusy, "too many connections", 5000, nil}}},
	{name: "up-command-pick", up: &Up{Command: &Command{
		Number: 12, ID: "01941f29-7c04-7aaa-8bbb-cccccccccccc", Epoch: "e1c9", AgeMillis: 35, Kind: "pick",
		Chat: "SUPK3V09X2QLM7TA"}}},
	{name: "up-command-note", up: &Up{Command: &Command{
		Number: 13, ID: "01941f29-7c05-7aaa-8bbb-cccccccccccc", Epoch: "e1c9", Kind: "note",
		Chat: "SUPK3V09X2QLM7TA", Base: 12, Text: "Refund agreed with Jonas."}}},
	{name: "up-command-draft", up: &Up{Command: &Command{
		Number: 14, ID: "01941f29-7c06-7aaa-8bbb-cccccccccccc", Epoch: "e1c9", Kind: "draft",
		Chat: "SUPK3V09X2QLM7TA", Base: 1767225680000, Text: "Dear Anna,"}}},
	{name: "up-command-reclaim", up: &Up{Command: &Command{
		Number: 15, ID: "01941f29-7c07-7aaa-8bbb-cccccccccccc", Epoch: "e1c9", Kind: "reclaim",
		Chat: "SUPK3V09X2QLM7TA", Base: 12, Text: "It arrives tomorrow."}}},
	{name: "up-command-none", up: &Up{Command: &Command{
		Number: 16, ID: "01941f29-7c08-7aaa-8bbb-cccccccccccc", Epoch: "e1c9", Kind: "none"}}},
	{name: "up-kept", up: &Up{Kept: &Kept{}}},
	{name: "down-frame-draft", down: &Down{Frame: &Frame{agentStream, "e1c9", 43, 1767225691000, []Change{
		{Draft: &Draft{"SUPK3V09X2QLM7TA", "Dear Anna,", 1767225691000, "dv01", 1767225691000}},
		{Draft: &Draft{Chat: "SALQ7R21B8WZC0KD", Revision: 1767225691001, Device: "dv02", At: 1767225691000}}}, counts}}},
	{name: "down-frame-draft-of-two", down: &Down{Frame: &Frame{Stream: agentStream, Epoch: "e1c9", Seq: 44,
		At: 1767225692000, Changes: []Change{{Draft: &Draft{
			Chat: "SUPK3V09X2QLM7TA", Text: "Dear Anna,\nHi Anna", Revision: 1767225692000, At: 1767225692000}}}, Counts: counts}}},
	{name: "down-frame-renamed", down: &Down{Frame: &Frame{Stream: Stream{QueueStream, "tm41"}, Epoch: "e1c9", Seq: 8,
		At: 1767225693000, Changes: []Change{
			{Customer: &Customer{"cu55", "WAGNER-1", "Anna Wagner", 1767225693000}},
			{Identity: &Identity{"id88", "cu55", "whatsapp", []Address{{"phone", "+4915112345678"}}, 1767225693001}}}}}},
	{name: "down-beat-digest", down: &Down{Beat: &Beat{1767225715000, digested}}},
	{name: "down-token", down: &Down{Token: &Token{"pt_9mX2vQ7rT4sW8yB1nC6dF3gH5jK0lP_aZqEuRiOtMwA", 1769817715000}}},
	{name: "up-aim", up: &Up{Aim: &Aim{[]string{"SUPK3V09X2QLM7TA", "SUPQ7R21B8WZC0KD"}}}},
	{name: "up-command-pick-many", up: command("pick", Command{Chats: places})},
	{name: "up-command-transfer", up: command("transfer", Command{Text: "She calls back at 3.", Chats: places, Team: "tm42", Agent: "ag9x1"})},
	{name: "up-command-transfer-queue", up: command("transfer", Command{Chats: places[:1], Team: "tm42"})},
	{name: "up-command-undo", up: command("undo", Command{Chats: places, Of: "01941f29-7c0c-7aaa-8bbb-cccccccccccc"})},
	{name: "up-command-hold", up: command("hold", Command{Chat: "SUPK3V09X2QLM7TA", Assignment: 3})},
	{name: "up-command-set_priority", up: command("set_priority", Command{Chat: "SUPK3V09X2QLM7TA", Priority: 1})},
	{name: "up-command-tag", up: command("tag", Command{Chat: "SUPK3V09X2QLM7TA", Tags: []string{"refund"}, Untags: []string{"Köln"}})},
	{name: "up-command-set_order", up: command("set_order", Command{List: "queue", Order: "earliest_incoming"})},
	{name: "up-command-sign_out", up: command("sign_out", Command{})},
	{name: "up-command-put_team", up: command("put_team", Command{Base: 4, TeamSet: &TeamSet{"tm41", "Support", "SUP", settings}})},
	{name: "up-command-put_agent", up: command("put_agent", Command{AgentSet: &AgentSet{"ag9x1", "Jonas", "manager",
		[]string{"tm41", "tm42"}, []string{"tm42"}, 40, true,
		"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "Jonas' laptop"}})},
	{name: "up-command-put_asset", up: command("put_asset", Command{Base: 2, AssetSet: &AssetSet{"as12", "Support line", "tm41",
		[]string{"tm42"}, 3, true, "", "", "", ""}})},
	{name: "up-command-put_asset-new", up: command("put_asset", Command{AssetSet: &AssetSet{Name: "Sales line", Team: "tm42", Active: true,
		Channel: "whatsapp", Address: "+49 30 7654321", VendorID: "106540352242922", Credential: "main"}})},
	{name: "down-targets", down: &Down{Targets: &Targets{1767225715000,
		[]TargetTeam{{"tm41", nil}, {"tm43", &Problem{25, []string{"Billing"}}}},
		[]TargetAgent{{"ag9x1", "tm41", 12, 40, nil}, {"agb03", "tm41", 99, 99, &Problem{23, []string{"99", "99"}}}}}}},
	{name: "down-frame-clocks", down: &Down{Frame: &Frame{agentStream, "e1c9", 45, 1767225695000, []Change{
		{Chat: clocked}, {Result: moved}, {Orders: &Orders{"longest_waiting", "earliest_incoming"}}}, counts}}},
	{name: "down-frame-company", down: &Down{Frame: &Frame{Stream: tenant, Epoch: "e1c9", Seq: 10, At: 1767225696000, Changes: []Change{
		{Team: &Team{"tm41", "Support", "SUP", settings, 5}},
		{Agent: &Agent{"ag9x1", "Jonas", "available", []string{"tm41", "tm42"}, true, "manager", []string{"tm42"}, 40, true, 3}},
		{Asset: &Asset{"as12", "whatsapp", "Support line", "+49 30 1234567", "tm41", []string{"tm42"}, 3, true, 2}}}}}},
	{name: "down-result-created", down: &Down{Result: &Result{Device: "dv01", Number: 18,
		ID: "01941f29-7c0d-7aaa-8bbb-cccccccccccc", Outcome: Done, Created: "tm44"}}},
	{name: "down-goodbye-problem", down: &Down{Goodbye: &Goodbye{CloseServerBusy, "no room left on the disk", 5000, &Problem{Kind: 60}}}},
}

var places = []Place{{"SUPK3V09X2QLM7TA", 3}, {"SUPQ7R21B8WZC0KD", 1}}

// command is a frame with c in the envelope that all samples share.
func command(kind string, c Command) *Up {
	c.Number, c.ID, c.Epoch, c.Kind = 17, "01941f29-7c0c-7aaa-8bbb-cccccccccccc", "e1c9", kind
	return &Up{Command: &c}
}

// clockedChat is theChat with its clock running for the second time.
func clockedChat() *Chat {
	c := *theChat
	c.ReleaseAt, c.Extended = 1767226890000, true
	return &c
}

func (s sample) encode() ([]byte, error) {
	if s.up != nil {
		return EncodeUp(s.up)
	}
	return EncodeDown(s.down)
}
