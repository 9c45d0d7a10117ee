// Package deliver carries what the server has accepted to the vendors, and fetches the files that customers sent.
// It owns the calls and when they are made again; what becomes of a message is desk's to decide, so that
// the outcome of every call goes back as a command. An attempt is committed before its call: after a crash, the
// attempts without an end are unclear and none of them is made again. Each server runs one Deliverer; those of several
// servers on one store do each thing once, for an attempt is one's who committed it.
package deliver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/channel"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// Reader is the part of a store that a Deliverer reads.
type Reader interface {
	Read(ctx context.Context, f func(store.Reader) error) error
}

// Committer is where the commands go and whose time counts.
type Committer interface {
	Submit(ctx context.Context, command desk.Command) (desk.Answer, error)
	Now() chat.Millis
}

// Config says what a Deliverer works with; all but Limits must be given.
type Config struct {
	Store   Reader
	Commit  Committer
	Bell    <-chan struct{} // rings when something may have become due
	Vendors map[chat.Channel]channel.Vendor
	Media   string // the folder of the files; it exists
	Log     *slog.Logger
	Limits  Limits // what is zero is as DefaultLimits has it
	// Lease is after how long an attempt without an end is unclear, where other servers send from the same store and
	// share the folder: its server is gone. It must be longer than any call and the noting of its end take. 0: there
	// are no others, and every attempt that was open at the start is unclear.
	Lease time.Duration
}

// DefaultLease is Lease for a server that is not alone.
const DefaultLease = 2 * time.Minute

// Deliverer makes the calls.
type Deliverer struct {
	Config
	files   *os.Root
	sends   *lane
	fetches *lane
	workers sync.WaitGroup
}

// New opens the folder of the files and removes what earlier runs left half written there.
func New(config Config) (*Deliverer, error) {
	config.Limits = config.Limits.withDefaults()
	files, err := openFolder(config.Media, config.leftBefore())
	if err != nil {
		return nil, fmt.Errorf("deliver: open the media folder: %w", err)
	}
	return &Deliverer{Config: config, files: files,
		sends: newLane(config.Limits.Sends), fetches: newLane(config.Limits.Fetches)}, nil
}

// Run declares the attempts that a crash left open unclear, and then sends and fetches until ctx ends. It returns
// when no call is under way any more; calls have Limits.Grace to end.
func (d *Deliverer) Run(ctx context.Context) {
	defer d.files.Close()
	defer d.workers.Wait()
	for d.recover(ctx) != nil {
		if !sleep(ctx, d.Limits.Pause) {
			return
		}
	}
	for ctx.Err() == nil {
		d.wait(ctx, d.round(ctx))
	}
}

// recover ends the attempts that are old enough for nobody to be at them any more: their calls may have reached the
// vendor. Several servers may do so at once; the first one's word counts.
func (d *Deliverer) recover(ctx context.Context) error {
	var open []desk.Outgoing
	err := d.Store.Read(ctx, func(r store.Reader) error {
		open = r.Sending()
		return r.Err()
	})
	latest := d.Commit.Now() - chat.Millis(d.Lease.Milliseconds())
	for _, row := range open {
		if err != nil {
			break
		}
		if row.Since > latest {
			continue
		}
		_, err = d.Commit.Submit(ctx, desk.SendEnded{Message: row.Message, Attempt: row.Attempt, Ended: desk.EndUnclear})
	}
	if err != nil {
		d.complain(ctx, "deliver: open attempts cannot be ended", err)
	}
	return err
}

// due is what a look at the store found.
type due struct {
	outgoing []desk.Outgoing
	media    []desk.Media
	lapsed   bool        // an attempt's lease has ended
	next     chat.Millis // the earliest moment at which there is something for a lane that has room; 0: never
}

// round starts what is due, as far as there is room, and returns how long to wait if nobody rings.
func (d *Deliverer) round(ctx context.Context) time.Duration {
	found, err := d.look(ctx)
	if err != nil {
		d.complain(ctx, "deliver: due rows cannot be read", err)
		return d.Limits.Pause
	}
	if found.lapsed {
		if err := d.recover(ctx); err != nil {
			return d.Limits.Pause
		}
	}
	for _, row := range found.outgoing {
		d.start(d.sends, string(row.Chat), func() { d.send(ctx, row) })
	}
	for _, m := range found.media {
		d.start(d.fetches, string(m.ID), func() { d.fetch(ctx, m) })
	}
	if found.next == 0 {
		return longestSleep
	}
	left := time.Duration(found.next-d.Commit.Now()) * time.Millisecond
	return min(max(left, shortestSleep), longestSleep)
}

const (
	// longestSleep is for a machine whose clock and the server's time run apart.
	longestSleep = time.Minute
	// shortestSleep keeps Run from spinning while what is due is already under way.
	shortestSleep = 100 * time.Millisecond
)

// look reads what is due for the lanes that have room. Rows that are under way and still look due are read
// besides, so that they hide no others.
func (d *Deliverer) look(ctx context.Context) (found due, err error) {
	err = d.Store.Read(ctx, func(r store.Reader) error {
		now := d.Commit.Now()
		outgoing, media, _ := r.NextDue()
		if n := d.sends.room(); n > 0 {
			found.outgoing = r.DueOutgoing(now, n+d.sends.count())
			found.next = outgoing
		}
		if n := d.fetches.room(); n > 0 {
			found.media = r.DueMedia(now, n+d.fetches.count())
			found.next = earlier(found.next, media)
		}
		if d.Lease > 0 {
			d.lookAtLeases(r, now, &found)
		}
		return r.Err()
	})
	return found, err
}

// lookAtLeases finds the attempt whose lease ends first.
func (d *Deliverer) lookAtLeases(r store.Reader, now chat.Millis, found *due) {
	for _, row := range r.Sending() {
		ends := row.Since + chat.Millis(d.Lease.Milliseconds())
		found.lapsed = found.lapsed || ends <= now
		found.next = earlier(found.next, ends)
	}
}

// earlier returns the earlier of two moments, where 0 is never.
func earlier(a, b chat.Millis) chat.Millis {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// start runs work in a goroutine if l has room and key is not under way.
func (d *Deliverer) start(l *lane, key string, work func()) {
	if !l.enter(key) {
		return
	}
	d.workers.Go(func() {
		defer l.leave(key)
		work()
	})
}

// wait blocks until there may be something to do.
func (d *Deliverer) wait(ctx context.Context, longest time.Duration) {
	timer := time.NewTimer(longest)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-d.Bell:
	case <-d.sends.freed:
	case <-d.fetches.freed:
	case <-timer.C:
	}
}

// note commits what came of a call. It tries until the store takes it: while it does not, the row says that the
// call is under way. Only the end of ctx or of the store lets it give up; the next start then finds the row so.
func (d *Deliverer) note(ctx context.Context, command desk.Command) (noted bool) {
	last, cancel := outlive(ctx, d.Limits.Grace)
	defer cancel()
	for {
		answer, err := d.Commit.Submit(last, command)
		if err == nil {
			return d.noted(ctx, answer)
		}
		d.complain(ctx, "deliver: the end of a call was not stored", err)
		if errors.Is(err, store.ErrClosed) || !sleep(last, d.Limits.Pause) {
			return false
		}
	}
}

// noted reports whether desk took the end of a call. NotFound is no fault: the vendor's own word on the message
// came first. Another refusal leaves the row as it was; the wait keeps it from coming back at once.
func (d *Deliverer) noted(ctx context.Context, answer desk.Answer) bool {
	if answer.Problem == nil || answer.Problem.Kind == chat.NotFound {
		return true
	}
	d.complain(ctx, "deliver: the end of a call was refused", answer.Problem)
	sleep(ctx, d.Limits.Pause)
	return false
}

// outlive returns a context that ends grace after ctx does.
func outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return longer, func() { stop(); cancel() }
}

// sleep waits for d and reports whether ctx has not ended by then.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (d *Deliverer) complain(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		d.Log.Error(what, "error", err)
	}
}
