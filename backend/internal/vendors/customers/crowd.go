package customers

import (
	"container/heap"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
	"unicode/utf8"

	"parley/backend/internal/vendors"
)

// Config says who writes to whom.
type Config struct {
	WhatsApp *vendors.WhatsApp
	Numbers  []string // phone_number_ids of the company, of which each customer keeps to one
	Stock    *Stock   // Embedded unless given
	Seed     uint64
	People   int // how many; 0: each of the stock once
	Pace     Pace
	Now      func() time.Time // time.Now unless given
}

// Crowd is the customers. Run makes them write; what the company sends reaches them through the WhatsApp's Listen.
// For the same seed, and answers at the same moments, they are the same people and say the same.
type Crowd struct {
	config  Config
	changed chan struct{} // rings when something was planned

	mu     sync.Mutex
	chance *rand.Rand // guarded by mu, as is all below
	people []*customer
	by     map[string]*customer // by phone and by user id
	plans  plans
	order  int
}

// customer is one person and how far their story has come.
type customer struct {
	vendors.Person
	language string
	number   string
	chance   *rand.Rand

	story    *Story
	turn     int
	saying   []Line // still to be said in this turn
	waited   int    // how often they have asked again
	answered bool   // while they were still writing
	told     int    // the number of the story among those of the language; -1: none yet
	rest     time.Time
	plan     int // the one plan that counts; an earlier one was overtaken
}

// plan is something a customer will do; nil: somebody begins.
type plan struct {
	at    time.Time
	order int
	who   *customer
	do    func(*Crowd, *customer)
}

// New returns a Crowd that says nothing until Run.
func New(config Config) *Crowd {
	if config.Stock == nil {
		config.Stock = Embedded()
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.People == 0 {
		config.People = len(config.Stock.People)
	}
	c := &Crowd{config: config, changed: make(chan struct{}, 1), chance: rand.New(rand.NewPCG(config.Seed, 2)),
		by: map[string]*customer{}}
	for i := range config.People {
		c.meet(i)
	}
	config.WhatsApp.Listen(c.hear)
	return c
}

// meet makes the i-th person.
func (c *Crowd) meet(i int) {
	chance := rand.New(rand.NewPCG(c.config.Seed, uint64(i)+1000))
	one := c.config.Stock.People[i%len(c.config.Stock.People)]
	who := &customer{Person: person(one, i, chance), language: one.Language, chance: chance, told: -1,
		number: c.config.Numbers[i%len(c.config.Numbers)]}
	c.people = append(c.people, who)
	c.by[who.Phone], c.by[who.UserID] = who, who
	delete(c.by, "")
}

// country is where speakers of a language have their phones, and what the vendor calls the country.
var country = map[string]struct{ prefix, code string }{
	"en": {"4477009", "GB"}, "de": {"4915550", "DE"}, "es": {"3460010", "ES"}, "pt": {"5511955", "BR"},
	"tr": {"9053255", "TR"}, "ar": {"9665055", "SA"}, "he": {"9725055", "IL"}, "hi": {"9198765", "IN"},
	"zh": {"8613855", "CN"}, "fr": {"3363998", "FR"}, "it": {"3934755", "IT"}, "pl": {"4851255", "PL"},
	"ja": {"8190155", "JP"}, "ru": {"7901555", "RU"}, "uk": {"3805055", "UA"}, "el": {"3069455", "GR"},
	"nl": {"3161255", "NL"}, "sv": {"4670174", "SE"}, "vi": {"8490155", "VN"}, "ko": {"8210555", "KR"},
	"th": {"6681555", "TH"},
}

// person gives somebody an address: most have a phone, every fourth a business-scoped user id too, and every
// eighth hides the phone.
func person(one Somebody, i int, chance *rand.Rand) vendors.Person {
	where, known := country[one.Language]
	if !known {
		where = country["en"]
	}
	phone := fmt.Sprintf("%s%05d", where.prefix, (i*7919+int(chance.Uint32N(7919)))%100000)
	user := fmt.Sprintf("%s.%d", where.code, 1e15+chance.Uint64N(9e15))
	switch {
	case i%8 == 5:
		return vendors.Person{Name: one.Name, UserID: user}
	case i%4 == 2:
		return vendors.Person{Name: one.Name, Phone: phone, UserID: user}
	}
	return vendors.Person{Name: one.Name, Phone: phone}
}

// Run makes people write until ctx ends.
func (c *Crowd) Run(ctx context.Context) {
	c.mu.Lock()
	c.planLocked(c.config.Now().Add(about(c.config.Pace.Openings, c.chance)), nil, nil)
	c.mu.Unlock()
	for ctx.Err() == nil {
		timer := time.NewTimer(c.round())
		select {
		case <-ctx.Done():
		case <-c.changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// round does what is due and returns how long nothing will be.
func (c *Crowd) round() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.plans) > 0 {
		if wait := c.plans[0].at.Sub(c.config.Now()); wait > 0 {
			return wait
		}
		p := heap.Pop(&c.plans).(plan)
		switch {
		case p.who == nil:
			c.openLocked()
		case p.who.plan == p.order:
			p.do(c, p.who)
		}
	}
	return time.Hour
}

// planLocked has who do something at a time, and nothing else that was planned for them before.
func (c *Crowd) planLocked(at time.Time, who *customer, do func(*Crowd, *customer)) {
	c.order++
	if who != nil {
		who.plan = c.order
	}
	heap.Push(&c.plans, plan{at: at, order: c.order, who: who, do: do})
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// afterLocked plans something for about d from now.
func (c *Crowd) afterLocked(d time.Duration, who *customer, do func(*Crowd, *customer)) {
	c.planLocked(c.config.Now().Add(about(d, who.chance)), who, do)
}

// openLocked has somebody who rests begin a story, and plans the next beginning.
func (c *Crowd) openLocked() {
	now := c.config.Now()
	c.planLocked(now.Add(about(c.config.Pace.Openings, c.chance)), nil, nil)
	var idle []*customer
	for _, who := range c.people {
		if who.story == nil && !who.rest.After(now) {
			idle = append(idle, who)
		}
	}
	busy := len(c.people) - len(idle)
	if len(idle) == 0 || c.config.Pace.Open > 0 && busy >= c.config.Pace.Open {
		return
	}
	who := idle[c.chance.IntN(len(idle))]
	c.beginLocked(who)
	c.sayLocked(who)
}

// beginLocked has who tell the next of their language's stories, the first time any of them.
func (c *Crowd) beginLocked(who *customer) {
	if who.told < 0 {
		who.told = who.chance.IntN(len(c.config.Stock.Stories))
	}
	c.tellLocked(who, who.told+1)
}

// tellLocked has who begin the n-th story of their language.
func (c *Crowd) tellLocked(who *customer, n int) {
	var all []*Story
	for i := range c.config.Stock.Stories {
		if s := &c.config.Stock.Stories[i]; s.Language == who.language {
			all = append(all, s)
		}
	}
	who.told, who.story, who.turn = n, all[n%len(all)], 0
	who.takeTurn()
}

// takeTurn gets ready to say what the turn at hand says.
func (who *customer) takeTurn() {
	who.saying, who.waited, who.answered = who.story.Turns[who.turn].Says, 0, false
}

// sayLocked says the next message of the turn, and plans what comes after it.
func (c *Crowd) sayLocked(who *customer) {
	c.config.WhatsApp.Say(who.Person, who.number, who.saying[0].Content())
	who.saying = who.saying[1:]
	pace := c.config.Pace
	switch {
	case len(who.saying) > 0:
		c.afterLocked(pace.typing(utf8.RuneCountInString(who.saying[0].Text)), who, (*Crowd).sayLocked)
	case who.turn == len(who.story.Turns)-1:
		c.endLocked(who)
	case who.answered:
		c.afterLocked(pace.Reading, who, (*Crowd).reactLocked)
	default:
		c.afterLocked(pace.Patience, who, (*Crowd).askLocked)
	}
}

// askLocked asks again, or gives up after the last time.
func (c *Crowd) askLocked(who *customer) {
	waits := who.story.Turns[who.turn].Waits
	if who.waited >= len(waits) {
		c.endLocked(who)
		return
	}
	c.config.WhatsApp.Say(who.Person, who.number, vendors.Content{Text: waits[who.waited]})
	who.waited++
	c.afterLocked(c.config.Pace.Patience*time.Duration(who.waited+1), who, (*Crowd).askLocked)
}

// reactLocked says what follows an answer.
func (c *Crowd) reactLocked(who *customer) {
	who.turn++
	who.takeTurn()
	c.sayLocked(who)
}

func (c *Crowd) endLocked(who *customer) {
	who.story, who.plan = nil, 0
	who.rest = c.config.Now().Add(about(c.config.Pace.Rest, who.chance))
}

// hear is what the company sent to somebody. More than one message before they react is one answer to them; thanks
// that nobody waited for are read and not answered.
func (c *Crowd) hear(r vendors.Received) {
	c.mu.Lock()
	defer c.mu.Unlock()
	who := c.by[r.Recipient]
	if who == nil {
		who = c.by[trimPlus(r.To)]
	}
	switch {
	case who == nil || who.story == nil:
	case len(who.saying) > 0:
		who.answered = true
	default:
		c.afterLocked(c.config.Pace.Reading, who, (*Crowd).reactLocked)
	}
}

func trimPlus(phone string) string {
	if phone != "" && phone[0] == '+' {
		return phone[1:]
	}
	return phone
}

// plans is a heap, the one that is due first on top.
type plans []plan

func (p plans) Len() int { return len(p) }
func (p plans) Less(i, j int) bool {
	if p[i].at.Equal(p[j].at) {
		return p[i].order < p[j].order
	}
	return p[i].at.Before(p[j].at)
}
func (p plans) Swap(i, j int) { p[i], p[j] = p[j], p[i] }
func (p *plans) Push(x any)   { *p = append(*p, x.(plan)) }
func (p *plans) Pop() any {
	last := (*p)[len(*p)-1]
	*p = (*p)[:len(*p)-1]
	return last
}
