package desk_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/backend/chat"
	"parley/backend/chat/chattest"
	"parley/backend/internal/desk"
	"parley/backend/internal/desk/desktest"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/wire"
)

// TestStories runs testdata/*.txt. A step is "VERB WORDS KEY=VALUE…: text"; who acts comes first where it is an
// agent. c1 is the first chat made, c1/2 its second message.
func TestStories(t *testing.T) {
	for _, file := range chattest.Files(t, "testdata/*.txt") {
		t.Run(strings.TrimSuffix(file[len("testdata/"):], ".txt"), func(t *testing.T) {
			chattest.Story(t, file, newStory(t).step)
		})
	}
}

const epoch = "e1"

func newWorld(t *testing.T) *desktest.World { return desktest.New(t, memory.New(epoch)) }

type story struct {
	*desktest.World
	words []string
	keys  map[string]string
	text  string
	gave  map[string]chat.CommandID // the last transfer of each agent
}

func newStory(t *testing.T) *story {
	return &story{World: newWorld(t), gave: map[string]chat.CommandID{}}
}

func (s *story) step(t *testing.T, line string) string {
	head, text, _ := strings.Cut(line, ": ")
	s.words, s.keys, s.text = nil, map[string]string{}, strings.ReplaceAll(text, `\n`, "\n")
	for f := range strings.FieldsSeq(head) {
		if k, v, ok := strings.Cut(f, "="); ok {
			s.keys[k] = strings.ReplaceAll(v, "_", " ")
		} else {
			s.words = append(s.words, f)
		}
	}
	for _, run := range []func(verb string) (string, bool){s.setting, s.admin, s.around, s.customer, s.vendor, s.agent, s.ask, s.askMore, s.company} {
		if out, ok := run(s.words[0]); ok {
			return out
		}
	}
	t.Fatalf("what is %q?", line)
	return ""
}

func (s *story) word(i int) string {
	if i < len(s.words) {
		return s.words[i]
	}
	return ""
}

func (s *story) number(key string, otherwise int64) int64 {
	v, ok := s.keys[key]
	if !ok {
		return otherwise
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		s.T.Fatal(err)
	}
	return n
}

func (s *story) duration(v string) chat.Millis {
	d, err := time.ParseDuration(v)
	if err != nil {
		s.T.Fatal(err)
	}
	return chat.Millis(d.Milliseconds())
}

func (s *story) print(c desk.Command) (string, bool) {
	out := s.Do(c)
	return newPrinter(s.World).outcome(out), true
}

// named finds rows by their names.
func (s *story) named(names string) (teams []chat.TeamID, agent chat.AgentID, asset desk.Asset) {
	s.Read(func(v store.Reader) {
		for n := range strings.SplitSeq(names, ",") {
			for _, t := range v.Teams() {
				if t.Name == n {
					teams = append(teams, t.ID)
				}
			}
			for _, a := range v.Agents() {
				if a.Name == n {
					agent = a.ID
				}
			}
			for _, a := range v.Assets() {
				if a.Name == n {
					asset = a
				}
			}
		}
	})
	return teams, agent, asset
}

func (s *story) team(name string) chat.TeamID {
	t, _, _ := s.named(name)
	if len(t) == 0 {
		return chat.TeamID(name)
	}
	return t[0]
}

// chatID reads "c1"; a name that no chat has stands for itself.
func (s *story) chatID(name string) chat.ID {
	if n, err := strconv.Atoi(strings.TrimPrefix(name, "c")); err == nil && n >= 1 && n <= len(s.IDs.All) {
		return s.IDs.All[n-1]
	}
	return chat.ID(name)
}

func (s *story) chat(name string) (c chat.Chat) {
	s.Read(func(v store.Reader) { c, _ = v.Chat(s.chatID(name)) })
	return c
}

// message reads "c1/2".
func (s *story) message(name string) (m chat.Message) {
	c, n, _ := strings.Cut(name, "/")
	number, _ := strconv.ParseInt(n, 10, 64)
	s.Read(func(v store.Reader) { m, _ = v.Message(s.chatID(c), number) })
	return m
}

// setting lets time pass, and things be forgotten, held and closed.
func (s *story) setting(verb string) (string, bool) {
	switch verb {
	case "wait":
		s.Now += s.duration(s.word(1))
		return "", true
	case "forget-results":
		all := store.Retention{Frames: 1 << 40, Age: 1 << 60, Batch: 1000, Results: 0, Ended: 1}
		s.Commit(func(tx store.Tx) { tx.Prune(all, s.Now) })
		return "", true
	case "hold", "close": // by who holds it
		name := newPrinter(s.World).short.Replace(string(s.chat(s.word(1)).Assignee))
		s.words, s.keys["device"] = append([]string{name}, s.words...), "tablet-"+name
		return s.agent(name)
	}
	return "", false
}

func (s *story) admin(verb string) (string, bool) {
	teams, _, _ := s.named(s.keys["teams"])
	managed, _, _ := s.named(s.keys["manages"])
	_, who, line := s.named(s.word(1))
	switch verb {
	case "team":
		return s.print(desk.CreateTeam{Name: s.word(1), Prefix: s.word(2)})
	case "rename-team":
		return s.print(desk.SetTeam{ID: s.team(s.word(1)), Name: s.word(2)})
	case "new-agent":
		return s.print(desk.CreateAgent{Name: s.word(1), Teams: teams, Threshold: int(s.number("threshold", 0)),
			Role: chat.Role(s.keys["role"]), Manages: managed})
	case "set-agent":
		c := desk.SetAgent{ID: who, Name: s.keys["name"], Teams: teams, Threshold: int(s.number("threshold", 0))}
		if v, ok := s.keys["active"]; ok {
			active := v == "yes"
			c.Active = &active
		}
		return s.print(c)
	case "credential":
		return s.print(desk.PutCredentials{Credential: desk.Credential{Name: s.word(1), Channel: chat.WhatsApp,
			BaseURL: s.keys["url"], AppSecret: s.keys["app"], VerifyToken: s.keys["verify"], AccessToken: s.keys["access"]}})
	case "asset":
		shared, _, _ := s.named(s.keys["shared"])
		return s.print(desk.CreateAsset{Asset: desk.Asset{Channel: chat.WhatsApp, Name: s.word(1), VendorID: s.word(2),
			Address: "+49 30 1", Credential: "wa", Team: s.team(s.keys["team"]), Shared: shared, Priority: chat.Priority(s.number("priority", 0))}})
	case "set-asset":
		priority := chat.Priority(s.number("priority", 0))
		return s.print(desk.SetAsset{ID: line.ID, Name: s.keys["name"], Team: chat.TeamID(s.keys["team"]), Priority: &priority})
	case "token":
		c := desk.CreateToken{Agent: who, Hash: s.hash(s.keys["hash"]), Label: "laptop"}
		c.ExpiresAt = s.expiry()
		return s.print(c)
	case "renew":
		return s.print(desk.RenewToken{Old: s.hash(s.word(1)), Hash: s.hash(s.word(2)), ExpiresAt: s.expiry()})
	case "keep":
		return s.print(desk.KeepToken{Hash: s.hash(s.word(1))})
	case "revoke":
		return s.print(desk.RevokeToken{Hash: s.hash(s.word(1)), Leaves: s.word(2) == "leaves"})
	case "assign":
		_, to, _ := s.named(s.word(2))
		return s.print(desk.AssignChat{Chat: s.chatID(s.word(1)), Agent: to})
	}
	return "", false
}

// hash writes two digits as a hash of 64.
func (s *story) hash(short string) string {
	if len(short) != 2 {
		return short
	}
	return strings.Repeat(short, 32)
}

func (s *story) expiry() chat.Millis {
	v, ok := s.keys["in"]
	if !ok {
		return 0
	}
	return s.Now + s.duration(v)
}

// customer lets one write: in ASSET ID FROM,FROM name=… file=… ago=…: text.
func (s *story) customer(verb string) (string, bool) {
	if verb != "in" {
		return "", false
	}
	_, _, asset := s.named(s.word(1))
	in := desk.Inbound{Channel: chat.WhatsApp, AssetVendor: asset.VendorID, VendorID: s.word(2), ProfileName: s.keys["name"],
		Text: s.text, Unsupported: s.keys["unsupported"], VendorAt: s.Now}
	if v, ok := s.keys["ago"]; ok {
		in.VendorAt -= s.duration(v)
	}
	for a := range strings.SplitSeq(s.word(3), ",") {
		kind := chat.UserID
		if strings.HasPrefix(a, "+") {
			kind = chat.Phone
		}
		in.Addresses = append(in.Addresses, chat.Address{Kind: kind, Value: a})
	}
	if f, ok := s.keys["file"]; ok {
		in.Files = []desk.File{{VendorID: "media-" + s.word(2), Name: f, MIME: "image/jpeg"}}
	}
	return s.print(in)
}

func (s *story) vendor(verb string) (string, bool) {
	m := s.message(s.word(1))
	var row desk.Outgoing
	var file desk.Media
	s.Read(func(v store.Reader) {
		row, _ = v.Outgoing(m.ID)
		if len(m.Attachments) > 0 {
			file, _ = v.Media(m.Attachments[0].ID)
		}
	})
	var why *chat.Failure
	if code, ok := s.keys["code"]; ok {
		why = &chat.Failure{Code: code, Reason: chat.OutsideWindow, Detail: s.text}
	}
	switch verb {
	case "begin":
		return s.print(desk.SendBegun{Message: m.ID, Attempt: int(s.number("attempt", int64(row.Attempt+1)))})
	case "end":
		e := desk.SendEnded{Message: m.ID, Attempt: int(s.number("attempt", int64(row.Attempt))), Ended: desk.Ending(s.word(2)),
			VendorID: s.keys["id"], Failure: why}
		if v, ok := s.keys["in"]; ok {
			e.RetryAt = s.Now + s.duration(v)
		}
		return s.print(e)
	case "status":
		r := desk.StatusReport{Channel: chat.WhatsApp, VendorID: s.keys["id"], State: chat.State(s.word(2)), Failure: why}
		if s.keys["callback"] != "no" {
			r.Callback = m.ID
		}
		return s.print(r)
	case "media":
		e := desk.MediaEnded{Media: file.ID, Attempt: int(s.number("attempt", int64(file.Attempt+1))), Ready: s.word(2) == "ready", Size: s.number("size", 0)}
		if v, ok := s.keys["in"]; ok {
			e.RetryAt = s.Now + s.duration(v)
		}
		return s.print(e)
	case "timer":
		return s.print(desk.TimerDue{ID: fmt.Sprintf("ask_uncertain/%s/%d", m.ID, s.number("attempt", int64(row.Attempt)))})
	}
	return "", false
}

// agent lets one act: NAME KIND CHAT …: text.
func (s *story) agent(name string) (string, bool) {
	_, id, _ := s.named(name)
	if id == "" {
		return "", false
	}
	place, _, _ := strings.Cut(s.word(2), "/")
	c := s.chat(place)
	device := chat.DeviceID(cmp.Or(s.keys["device"], "d-"+name))
	var last, revision int64
	var epoch string
	s.Read(func(v store.Reader) {
		d, _ := v.Device(device)
		t, _ := v.Draft(id, c.ID)
		last, revision, epoch = d.LastNumber, t.Revision, cmp.Or(s.keys["epoch"], v.Epoch())
	})
	base := c.LastNumber
	if s.word(1) == string(chat.CmdDraft) {
		base = revision - s.number("before", 0)
	}
	cmd := desk.FromAgent{Agent: id, Device: device, Epoch: epoch, Number: s.number("n", last+1), Age: int64(s.duration(s.age())),
		Command: chat.Command{Kind: chat.CommandKind(s.word(1)), Chat: s.chatID(place), Assignment: s.number("assignment", c.Assignment),
			Base: s.number("base", base), UpTo: s.number("upto", c.LastNumber), Text: s.text,
			Availability: chat.Availability(s.word(2)), Message: s.message(s.word(2)).ID, WentOut: s.keys["went"] == "out"}}
	cmd.ID = chat.CommandID(fmt.Sprintf("%s-%d%s", name, cmd.Number, s.keys["id"]))
	s.asked(&cmd)
	s.sets(&cmd)
	defer s.remember(name, &cmd)
	return s.print(cmd)
}

func (s *story) age() string {
	if v, ok := s.keys["age"]; ok {
		return v
	}
	return "0s"
}

// ask reads: look CHAT, page NAME CHAT, earlier NAME CHAT, sees NAME CHAT, streams NAME.
func (s *story) ask(verb string) (string, bool) {
	_, who, _ := s.named(s.word(1))
	p := newPrinter(s.World)
	var out []string
	s.Read(func(v store.Reader) {
		switch verb {
		case "look":
			c, _ := v.Chat(s.chatID(s.word(1)))
			out = append(out, fmt.Sprintf("%s last %q", p.chat(c), c.LastText))
			for _, m := range v.MessagesBefore(c.ID, 0, 100) {
				out = append(out, p.message(m))
			}
		case "page":
			page := desk.Page(v, who, wire.More{Chat: string(s.chatID(s.word(2))), Before: s.number("before", 0), Count: int(s.number("count", 50))})
			out = append(out, fmt.Sprintf("before %d", page.Before))
			for _, m := range page.Messages {
				out = append(out, p.message(m.Message()))
			}
			if page.Problem != nil {
				out = append(out, p.problem(page.Problem))
			}
		case "earlier":
			c, _ := v.Chat(s.chatID(s.word(2)))
			h := desk.Earlier(v, who, wire.Earlier{Customer: string(c.Customer)})
			for _, c := range h.Chats {
				out = append(out, p.chat(c.Chat()))
			}
			if h.Problem != nil {
				out = append(out, p.problem(h.Problem))
			}
		case "sees":
			out = append(out, fmt.Sprint(desk.MaySee(v, who, s.chatID(s.word(2)))))
		case "streams":
			for _, st := range desk.StreamsOf(v, who) {
				out = append(out, strings.TrimSpace(string(st.Kind)+" "+st.ID))
			}
		}
	})
	return p.short.Replace(strings.Join(out, "\n")), slices.Contains([]string{"look", "page", "earlier", "sees", "streams"}, verb)
}
