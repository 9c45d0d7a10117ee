package customers

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	diff "github.com/google/go-cmp/cmp"

	"parley/backend/internal/vendors"
	"parley/backend/memnet"
)

// said is one message of a customer, as the company reads it.
type said struct {
	At   time.Duration // since the bubble began
	Who  string        // phone or user id
	Name string
	What string
}

// company takes down what customers say, and may answer.
type company struct {
	whatsapp *vendors.WhatsApp
	crowd    *Crowd
	graph    *memnet.Listener

	mu     sync.Mutex
	said   []said
	answer func(said) bool // whether to answer that at once
}

func never(said) bool { return false }

// meet runs a crowd against a company until the test ends.
func meet(t *testing.T, config Config, answer func(said) bool) *company {
	c := &company{answer: answer, graph: memnet.Listen()}
	hooks := memnet.Listen()
	posting := &http.Transport{DialContext: hooks.DialContext}
	c.whatsapp = vendors.New(vendors.Config{AppSecret: "s", AccessToken: "t", Numbers: []vendors.Number{{ID: "100"}, {ID: "200"}},
		Webhook: "http://company.test/", Client: &http.Client{Transport: posting}, Seed: config.Seed})
	config.WhatsApp, config.Numbers = c.whatsapp, []string{"100", "200"}
	c.crowd = New(config)
	servers := []*http.Server{{Handler: http.HandlerFunc(c.hook)}, {Handler: c.whatsapp}}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = servers[0].Serve(hooks) })
	running.Go(func() { _ = servers[1].Serve(c.graph) })
	running.Go(func() { c.whatsapp.Run(ctx) })
	running.Go(func() { c.crowd.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		posting.CloseIdleConnections()
		servers[0].Close()
		servers[1].Close()
		running.Wait()
	})
	return c
}

// form is the part of a webhook that the company reads.
type form struct {
	Entry []struct {
		Changes []struct {
			Value struct {
				Contacts []struct {
					Profile struct {
						Name string `json:"name"`
					} `json:"profile"`
				} `json:"contacts"`
				Messages []struct {
					From     string `json:"from"`
					FromUser string `json:"from_user_id"`
					Type     string `json:"type"`
					Text     struct {
						Body string `json:"body"`
					} `json:"text"`
				} `json:"messages"`
			} `json:"value"`
		} `json:"changes"`
	} `json:"entry"`
}

func (c *company) hook(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var f form
	if json.Unmarshal(body, &f) != nil || len(f.Entry[0].Changes[0].Value.Messages) == 0 {
		return
	}
	v := f.Entry[0].Changes[0].Value
	m := v.Messages[0]
	one := said{time.Since(began), m.From, v.Contacts[0].Profile.Name, m.Type}
	if m.From == "" {
		one.Who = m.FromUser
	}
	if m.Type == "text" {
		one.What = m.Text.Body
	}
	c.mu.Lock()
	c.said = append(c.said, one)
	answer := c.answer(one)
	c.mu.Unlock()
	if answer {
		c.reply(one.Who)
	}
}

var began = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // where synctest's time begins

// reply sends something to a customer.
func (c *company) reply(who string) {
	address := `"to":"+` + who + `"`
	if strings.Contains(who, ".") {
		address = `"recipient":"` + who + `"`
	}
	body := `{"messaging_product":"whatsapp",` + address + `,"type":"text","text":{"body":"One moment"}}`
	client := &http.Client{Transport: &http.Transport{DialContext: c.graph.DialContext, DisableKeepAlives: true}}
	req, _ := http.NewRequest("POST", "http://graph.test/v25.0/100/messages", strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer t")
	if resp, err := client.Do(req); err == nil {
		resp.Body.Close()
	}
}

func (c *company) all() []said {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.said)
}

const tale = "@ en Ann\n= en A\n> one\n> two\n~ three\n~ four\n< answer\n> five\n< answer\n> six\n"

func stock(t *testing.T, text string) *Stock {
	t.Helper()
	s, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func words(all []said) []string {
	var w []string
	for _, s := range all {
		w = append(w, s.What)
	}
	return w
}

// TestNobodyAnswers: a customer asks again, each time after longer, gives up, rests, and comes again.
func TestNobodyAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := meet(t, Config{Stock: stock(t, tale), Pace: Calm}, never)
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		if d := diff.Diff([]string{"one", "two", "three", "four"}, words(c.all())); d != "" {
			t.Error(d)
		}
		time.Sleep(60 * time.Minute)
		synctest.Wait()
		if n := len(c.all()); n < 8 {
			t.Errorf("%d messages after an hour more", n)
		}
	})
}

// TestAnswered: an answer takes the story on, and the customer does not ask again.
func TestAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := meet(t, Config{Stock: stock(t, tale), Pace: Calm}, func(s said) bool { return s.What == "one" || s.What == "five" })
		time.Sleep(8 * time.Minute)
		synctest.Wait()
		all := c.all()
		if d := diff.Diff([]string{"one", "two", "five", "six"}, words(all)); d != "" {
			t.Fatal(d)
		}
		if wait := all[3].At - all[2].At; wait < Calm.Reading/2 || wait > 2*Calm.Reading {
			t.Errorf("they took %v to react", wait)
		}
	})
}

// TestSameSeed: the same people say the same at the same times; another seed is another day.
func TestSameSeed(t *testing.T) {
	day := func(seed uint64) (all []said) {
		synctest.Test(t, func(t *testing.T) {
			c := meet(t, Config{Seed: seed, Pace: Calm}, func(s said) bool { return len(s.What)%3 == 0 })
			time.Sleep(30 * time.Minute)
			synctest.Wait()
			all = c.all()
		})
		return all
	}
	first := day(1)
	if d := diff.Diff(first, day(1)); d != "" {
		t.Error(d)
	}
	if diff.Equal(first, day(2)) {
		t.Error("two seeds gave the same day")
	}
	if len(first) < 40 || len(first) > 200 {
		t.Errorf("%d messages in half an hour", len(first))
	}
}

// TestPeople: everybody can be told from everybody else, and some hide their phone.
func TestPeople(t *testing.T) {
	w := vendors.New(vendors.Config{})
	c := New(Config{WhatsApp: w, Numbers: []string{"1", "2"}, People: 1000, Seed: 3})
	seen, hidden, both := map[string]string{}, 0, 0
	for _, who := range c.people {
		for _, address := range []string{who.Phone, who.UserID} {
			if other, taken := seen[address]; taken && address != "" {
				t.Errorf("%s is %s and %s", address, other, who.Name)
			}
			seen[address] = who.Name
		}
		switch {
		case who.Phone == "":
			hidden++
		case who.UserID != "":
			both++
		}
		if n := len(who.Phone); n != 0 && (n < 9 || n > 15) {
			t.Errorf("a phone %s", who.Phone)
		}
	}
	if hidden < 50 || hidden > 200 || both < 150 {
		t.Errorf("of 1000, %d hide their phone and %d have both", hidden, both)
	}
}

// TestAnyRate: faster people write as much more.
func TestAnyRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := meet(t, Config{People: 2000, Pace: Calm.Faster(1000)}, never)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if rate := len(c.all()) / 10; rate < 20 || rate > 100 {
			t.Errorf("%d messages a second", rate)
		}
	})
}

func TestScenes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := meet(t, Config{Pace: Calm}, never)
		scenes := c.crowd.Scenes()
		states, people, languages := map[State]int{}, map[string]bool{}, map[string]bool{}
		for _, s := range scenes {
			states[s.State]++
			people[address(s.Person)] = true
			languages[s.Language] = true
			checkScene(t, s)
		}
		for _, state := range []State{InQueue, Unopened, Pending, Answered, Rejected, Thanked, CameBack} {
			if states[state] == 0 {
				t.Errorf("no scene is %s", state)
			}
		}
		if len(scenes) < 12 || len(people) != len(scenes) || len(languages) < 6 {
			t.Errorf("%d scenes of %d people in %d languages", len(scenes), len(people), len(languages))
		}
		goOn(t, c, scenes)
	})
}

// address is how the company knows somebody.
func address(p vendors.Person) string { return cmp.Or(p.Phone, p.UserID) }

// checkScene holds a scene to what its state says.
func checkScene(t *testing.T, s Scene) {
	t.Helper()
	answered := false
	for i, step := range s.Steps {
		if (step.Say == nil) == (step.Answer == "") || step.Ago <= 0 || i > 0 && step.Ago > s.Steps[i-1].Ago {
			t.Errorf("%s of %s: step %d is %+v", s.State, s.Person.Name, i, step)
		}
		answered = answered || step.Say == nil
	}
	last := s.Steps[len(s.Steps)-1].Say == nil
	if byAgent := s.State == Answered || s.State == Rejected; last != byAgent {
		t.Errorf("%s of %s: the last word is the agent's: %v", s.State, s.Person.Name, last)
	}
	if (s.State == InQueue || s.State == Unopened) && answered {
		t.Errorf("%s of %s: somebody answered", s.State, s.Person.Name)
	}
}

// goOn has the company answer everybody who waits; they react, with what comes next in their stories.
func goOn(t *testing.T, c *company, scenes []Scene) {
	t.Helper()
	for _, s := range scenes {
		if s.State == Pending {
			c.reply(address(s.Person))
		}
	}
	time.Sleep(3 * time.Minute)
	synctest.Wait()
	heard := map[string]int{}
	for _, one := range c.all() {
		heard[one.Who]++
	}
	for _, s := range scenes {
		if (s.State == Pending || s.State == Answered) && heard[address(s.Person)] == 0 {
			t.Errorf("%s of %s: nothing followed; heard %s", s.State, s.Person.Name, fmt.Sprint(heard))
		}
	}
}
