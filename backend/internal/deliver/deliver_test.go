package deliver

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/channel"
	"parley/backend/internal/commit"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

func TestSends(t *testing.T) {
	in(t, func(r *rig) {
		id := r.write(1)
		r.reply(id, "before the start")
		r.start()
		synctest.Wait()
		r.reply(id, "after it")
		synctest.Wait()
		r.want(id, "before the start sent", "after it sent")
		if d := cmp.Diff([]string{"before the start", "after it"}, r.vendor.sent()); d != "" {
			r.Error(d)
		}
	})
}

// TestOneOfAChatAtATime: messages of a chat go out in their order, each when the one before has ended; chats do not
// wait for each other, up to the limit.
func TestOneOfAChatAtATime(t *testing.T) {
	in(t, func(r *rig) {
		r.limits.Sends = 3
		r.vendor.send = func(ctx context.Context, out desk.Outgoing) channel.Sent {
			time.Sleep(time.Second)
			return accept(ctx, out)
		}
		var chats []chat.ID
		for i := range 5 {
			chats = append(chats, r.write(i))
			for n := range 4 {
				r.reply(chats[i], fmt.Sprint(n))
			}
		}
		r.start()
		time.Sleep(time.Minute)
		for _, id := range chats {
			r.want(id, "0 sent", "1 sent", "2 sent", "3 sent")
		}
		if r.vendor.clash || r.vendor.most != 3 || len(r.vendor.calls) != 20 {
			r.Errorf("clash %v, at once %d, calls %d", r.vendor.clash, r.vendor.most, len(r.vendor.calls))
		}
		if last := r.vendor.calls[19].At; last > 8*time.Second {
			r.Errorf("20 calls of 1 s, 3 at once, took %v", last)
		}
	})
}

// TestRetries: what surely had no effect goes out again, later each time and no earlier than the vendor asks, and
// fails in the end; what comes after it in the chat waits.
func TestRetries(t *testing.T) {
	in(t, func(r *rig) {
		r.limits.SendTries = 5
		r.vendor.send = func(ctx context.Context, out desk.Outgoing) channel.Sent {
			if out.Text != "slow" {
				return accept(ctx, out)
			}
			return channel.Sent{Ending: desk.EndRetry, Failure: &chat.Failure{Code: "131056", Reason: chat.SlowDown}, RetryAfter: 3 * time.Second}
		}
		r.start()
		id := r.write(1)
		r.reply(id, "slow")
		r.reply(id, "next")
		time.Sleep(2 * time.Second)
		r.want(id, "slow accepted", "next accepted")
		time.Sleep(5 * time.Minute)
		r.want(id, "slow failed slow_down", "next sent")
		if d := cmp.Diff([]string{"slow", "slow", "slow", "slow", "slow", "next"}, r.vendor.sent()); d != "" {
			r.Error(d)
		}
		for i := range 4 {
			if wait := r.vendor.calls[i+1].At - r.vendor.calls[i].At; wait < 3*time.Second || wait > max(3*time.Second, 2*time.Second<<i)+time.Second {
				r.Errorf("attempt %d came after %v", i+2, wait)
			}
		}
	})
}

func TestEndings(t *testing.T) {
	in(t, func(r *rig) {
		ends := map[string]channel.Sent{
			"refused": {Ending: desk.EndFailed, Failure: &chat.Failure{Code: "131047", Reason: chat.OutsideWindow}},
			"down":    {Ending: desk.EndRetry},
			"unclear": {Ending: desk.EndUnclear},
		}
		r.limits.SendTries = 1
		r.vendor.send = func(_ context.Context, out desk.Outgoing) channel.Sent { return ends[out.Text] }
		r.start()
		for i, text := range []string{"refused", "down", "unclear"} {
			id := r.write(i)
			r.reply(id, text)
			synctest.Wait()
			r.want(id, text+map[string]string{"refused": " failed outside_window", "down": " failed vendor_down", "unclear": " uncertain"}[text])
		}
		time.Sleep(time.Hour)
		if n := len(r.vendor.calls); n != 3 {
			r.Errorf("%d calls", n)
		}
	})
}

// TestStatusComesFirst: the vendor's own word on a message counts more than how the call ended, and holds up nothing.
func TestStatusComesFirst(t *testing.T) {
	in(t, func(r *rig) {
		r.vendor.send = func(ctx context.Context, out desk.Outgoing) channel.Sent {
			if out.Text != "lost" {
				return accept(ctx, out)
			}
			r.submit(desk.StatusReport{Channel: chat.WhatsApp, VendorID: "wamid.x", Callback: out.Message, State: chat.Delivered})
			return channel.Sent{Ending: desk.EndUnclear}
		}
		r.start()
		id := r.write(1)
		r.reply(id, "lost")
		r.reply(id, "next")
		synctest.Wait()
		r.want(id, "lost delivered", "next sent")
	})
}

// TestTimeLimit: the vendor's silence ends an attempt.
func TestTimeLimit(t *testing.T) {
	in(t, func(r *rig) {
		r.vendor.send = func(ctx context.Context, _ desk.Outgoing) channel.Sent {
			<-ctx.Done()
			return channel.Sent{Ending: desk.EndUnclear}
		}
		r.start()
		id := r.write(1)
		r.reply(id, "hello?")
		time.Sleep(DefaultLimits.SendTime - time.Second)
		r.want(id, "hello? accepted")
		time.Sleep(2 * time.Second)
		r.want(id, "hello? uncertain")
	})
}

// TestRestart: an attempt without an end is unclear after a start, is not made again, and holds up nothing.
func TestRestart(t *testing.T) {
	in(t, func(r *rig) {
		id := r.write(1)
		r.reply(id, "out or not")
		r.reply(id, "next")
		var row desk.Outgoing
		r.read(func(v store.Reader) { row = v.DueOutgoing(r.commit.Now(), 1)[0] })
		r.submit(desk.SendBegun{Message: row.Message, Attempt: 1})
		r.start()
		synctest.Wait()
		r.want(id, "out or not uncertain", "next sent")
		if d := cmp.Diff([]string{"next"}, r.vendor.sent()); d != "" {
			r.Error(d)
		}
	})
}

// TestStop: Run lets a call end for a while, notes its end, and starts none any more.
func TestStop(t *testing.T) {
	for _, c := range []struct {
		takes time.Duration
		want  string
	}{
		{time.Second, "a sent"},
		{time.Hour, "a uncertain"},
	} {
		in(t, func(r *rig) {
			r.vendor.send = func(ctx context.Context, out desk.Outgoing) channel.Sent {
				if sleep(ctx, c.takes) {
					return accept(ctx, out)
				}
				return channel.Sent{Ending: desk.EndUnclear}
			}
			r.start()
			id := r.write(1)
			r.reply(id, "a")
			r.reply(id, "b")
			synctest.Wait()
			before := time.Now()
			r.stop()
			if took := time.Since(before); took > 2*DefaultLimits.Grace {
				r.Errorf("the end took %v", took)
			}
			r.want(id, c.want, "b accepted")
		})
	}
}

// ending is a committer under which the server ends while it stores an attempt.
type ending struct {
	*commit.Committer
	end context.CancelFunc
}

func (e *ending) Submit(ctx context.Context, c desk.Command) (desk.Answer, error) {
	answer, err := e.Committer.Submit(context.WithoutCancel(ctx), c)
	if _, ok := c.(desk.SendBegun); ok {
		e.end()
	}
	if ctx.Err() != nil {
		return desk.Answer{}, ctx.Err()
	}
	return answer, err
}

// TestStopWhileAnAttemptIsStored: an attempt that is stored is made, or its message would be uncertain at the next
// start although nothing was sent.
func TestStopWhileAnAttemptIsStored(t *testing.T) {
	in(t, func(r *rig) {
		id := r.write(1)
		r.reply(id, "a")
		ctx, cancel := context.WithCancel(context.Background())
		d, err := New(Config{Store: r.store, Commit: &ending{r.commit, cancel}, Bell: r.commit.Bell(), Media: r.media,
			Vendors: map[chat.Channel]channel.Vendor{chat.WhatsApp: r.vendor}, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			r.Fatal(err)
		}
		d.Run(ctx)
		r.start()
		synctest.Wait()
		r.want(id, "a sent")
		if n := len(r.vendor.sent()); n != 1 {
			r.Errorf("%d calls", n)
		}
	})
}

// failing is a committer that fails at times.
type failing struct {
	*commit.Committer
	fail func(desk.Command) error
}

func (f *failing) Submit(ctx context.Context, c desk.Command) (desk.Answer, error) {
	if err := f.fail(c); err != nil {
		return desk.Answer{}, err
	}
	return f.Committer.Submit(ctx, c)
}

// TestStoreThatFails: nothing is sent whose attempt is not stored, and an end that cannot be stored is kept
// until it can.
func TestStoreThatFails(t *testing.T) {
	in(t, func(r *rig) {
		var refusing atomic.Value // the name of a type of command
		refusing.Store("desk.SendBegun")
		f := &failing{r.commit, func(c desk.Command) error {
			if fmt.Sprintf("%T", c) == refusing.Load() {
				return store.ErrNoRoom
			}
			return nil
		}}
		d, err := New(Config{Store: r.store, Commit: f, Bell: r.commit.Bell(), Media: r.media,
			Vendors: map[chat.Channel]channel.Vendor{chat.WhatsApp: r.vendor}, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			r.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() { defer close(ended); d.Run(ctx) }()
		defer func() { cancel(); <-ended }()

		id := r.write(1)
		r.reply(id, "a")
		time.Sleep(10 * time.Second)
		if n := len(r.vendor.sent()); n != 0 {
			r.Errorf("%d calls without a stored attempt", n)
		}
		refusing.Store("desk.SendEnded")
		time.Sleep(10 * time.Second)
		r.want(id, "a accepted")
		refusing.Store("nothing")
		time.Sleep(2 * time.Second)
		r.want(id, "a sent")
		if n := len(r.vendor.sent()); n != 1 {
			r.Errorf("%d calls", n)
		}
	})
}

// TestNoCredentials: an asset whose credentials are not there fails, and says that an admin must act.
func TestNoCredentials(t *testing.T) {
	in(t, func(r *rig) {
		id := r.write(1)
		r.reply(id, "a")
		d, err := New(Config{Store: r.store, Commit: r.commit, Bell: r.commit.Bell(), Media: r.media, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			r.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		d.Run(ctx)
		r.want(id, "a failed not_authorized")
	})
}
