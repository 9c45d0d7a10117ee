// Package vendors is the other side of the vendors' wire: WhatsApp's Graph API as the server calls it, and the
// signed webhooks that it posts, in the real formats, with faults that a test can order. It shares no code with
// package channel, so that the two cannot be wrong alike. The demo and the tests use the same; who writes to the
// company, and what, is package customers'.
package vendors

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Config says how a WhatsApp is. Secrets and Numbers must be given.
type Config struct {
	AppSecret   string   // signs the webhooks
	AccessToken string   // what the company's calls must bear
	Numbers     []Number // the company's
	Webhook     string   // where the webhooks are posted: a whole URL
	Client      *http.Client
	Now         func() time.Time // time.Now unless given
	Seed        uint64           // of ids and of all that is left to chance
	Statuses    Statuses
	Parallel    int // posts under way; 16 unless given
}

// Number is a phone number of the company.
type Number struct {
	ID      string // phone_number_id
	Display string
}

// Statuses says what follows a message that was accepted.
type Statuses struct {
	Names   []string      // in the order of their own time; nil: sent, delivered, read; empty: none
	Delay   time.Duration // each comes this long after the one before,
	Spread  time.Duration // and up to this much later
	Shuffle bool          // they arrive in any order
}

// Received is a message that the company asked to be sent, as it was asked.
type Received struct {
	ID        string // the wamid it was given; "" if it was not accepted
	Number    string // phone_number_id
	To        string // a phone, as it came
	Recipient string // a business-scoped user id, as it came
	Text      string
	Callback  string // biz_opaque_callback_data
	Body      []byte
	At        time.Time
}

// WhatsApp is the vendor. As an http.Handler it is the Graph API; Run posts its webhooks. It is safe for
// concurrent use.
type WhatsApp struct {
	config Config
	graph  http.Handler
	posts  *posts

	mu       sync.Mutex
	chance   *rand.Rand    // guarded by mu, as is all below
	ids      uint64        // given so far
	received []Received    // every request for a message that could be read
	changed  chan struct{} // closed and renewed when received grows
	faults   []Fault       // for the next requests
	files    map[string]File
	listen   func(Received)
}

// New returns a WhatsApp that has received nothing.
func New(config Config) *WhatsApp {
	if config.Client == nil {
		config.Client = http.DefaultClient
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Parallel == 0 {
		config.Parallel = 16
	}
	if config.Statuses.Names == nil {
		config.Statuses.Names = []string{"sent", "delivered", "read"}
	}
	w := &WhatsApp{config: config, chance: rand.New(rand.NewPCG(config.Seed, 0x77616d6964)),
		changed: make(chan struct{}), files: map[string]File{}, listen: func(Received) {}}
	w.graph = w.routes()
	w.posts = newPosts(config.Now, config.Parallel, w.Post)
	return w
}

// ServeHTTP is the Graph API.
func (w *WhatsApp) ServeHTTP(rw http.ResponseWriter, r *http.Request) { w.graph.ServeHTTP(rw, r) }

// Run posts the webhooks that are due until ctx ends, and returns when none is under way. What is refused is
// posted again, later each time, as the vendor does.
func (w *WhatsApp) Run(ctx context.Context) { w.posts.run(ctx) }

// Listen has f called with every message that is accepted. f must not block.
func (w *WhatsApp) Listen(f func(Received)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listen = f
}

// Received returns every message that the company asked to be sent, in the order of arrival.
func (w *WhatsApp) Received() []Received {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.received)
}

// Accepted returns those of Received that were accepted.
func (w *WhatsApp) Accepted() []Received {
	return slices.DeleteFunc(w.Received(), func(r Received) bool { return r.ID == "" })
}

// Await blocks until n messages were received, and returns all of them.
func (w *WhatsApp) Await(ctx context.Context, n int) ([]Received, error) {
	for {
		w.mu.Lock()
		all, changed := slices.Clone(w.received), w.changed
		w.mu.Unlock()
		if len(all) >= n {
			return all, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return all, fmt.Errorf("vendors: %d of %d messages received: %w", len(all), n, ctx.Err())
		}
	}
}

// newIDLocked makes a message id as the vendor's look. Ids of different seeds differ.
func (w *WhatsApp) newIDLocked() string {
	w.ids++
	b := binary.BigEndian.AppendUint64([]byte("\x1d\x02\x0b"), w.chance.Uint64())
	b = binary.BigEndian.AppendUint64(b, w.ids)
	b = binary.BigEndian.AppendUint64(b, w.config.Seed)
	return "wamid." + base64.StdEncoding.EncodeToString(b)
}

// number finds one of the company's numbers.
func (w *WhatsApp) number(id string) (Number, bool) {
	i := slices.IndexFunc(w.config.Numbers, func(n Number) bool { return n.ID == id })
	if i < 0 {
		return Number{}, false
	}
	return w.config.Numbers[i], true
}

// digits returns a phone number as the vendor names it: without its plus sign and what people put between.
func digits(phone string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
}
