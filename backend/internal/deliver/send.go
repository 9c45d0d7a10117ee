package deliver

import (
	"context"
	"time"

	"parley/backend/chat"
	"parley/backend/crash"
	"parley/backend/internal/channel"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// send makes one attempt to hand row to its vendor.
func (d *Deliverer) send(ctx context.Context, row desk.Outgoing) {
	attempt, began := row.Attempt+1, time.Now()
	if !d.begin(ctx, desk.SendBegun{Message: row.Message, Attempt: attempt}) {
		return
	}
	crash.Point(crash.DeliverBegun)
	sent := d.call(ctx, row, began)
	crash.Point(crash.DeliverCalled)
	if d.note(ctx, d.ended(row.Message, attempt, sent)) {
		crash.Point(crash.DeliverEnded)
	}
}

// begin commits that an attempt is made. Unless it reports true nothing may be sent, be it that another server was
// first; then it has waited, so that a row that still looks due does not come back at once. Run's end does not leave open whether it was committed.
func (d *Deliverer) begin(ctx context.Context, attempt desk.SendBegun) bool {
	if ctx.Err() != nil {
		return false
	}
	answer, err := d.Commit.Submit(context.WithoutCancel(ctx), attempt)
	if err == nil && answer.Problem == nil {
		return true
	}
	pause := shortestSleep
	if err != nil {
		d.complain(ctx, "deliver: an attempt was not stored, nothing was sent", err)
		pause = d.Limits.Pause
	}
	sleep(ctx, pause)
	return false
}

// call hands row to its vendor. Run's end leaves it Grace to be answered. So late after the attempt began that another
// server may soon call it unclear, nothing is sent.
func (d *Deliverer) call(ctx context.Context, row desk.Outgoing, began time.Time) channel.Sent {
	asset, cred, err := d.access(ctx, row.Asset)
	if err != nil {
		d.complain(ctx, "deliver: an asset cannot be read, nothing was sent", err)
		return channel.Sent{Ending: desk.EndRetry}
	}
	vendor := d.Vendors[asset.Channel]
	if vendor == nil || cred.Name == "" {
		return channel.Sent{Ending: desk.EndFailed, Failure: &chat.Failure{Reason: chat.NotAuthorized}}
	}
	if d.Lease > 0 && time.Since(began) > d.Lease/2 {
		return channel.Sent{Ending: desk.EndRetry}
	}
	longer, end := outlive(ctx, d.Limits.Grace)
	defer end()
	limited, cancel := context.WithTimeout(longer, d.Limits.SendTime)
	defer cancel()
	return vendor.Send(limited, cred, asset, row)
}

// access reads what a call is made with; what does not exist is zero.
func (d *Deliverer) access(ctx context.Context, id chat.AssetID) (asset desk.Asset, cred desk.Credential, err error) {
	err = d.Store.Read(context.WithoutCancel(ctx), func(r store.Reader) error {
		asset, _ = r.Asset(id)
		cred, _ = r.Credential(asset.Credential)
		return r.Err()
	})
	return asset, cred, err
}

// ended is the command that says what came of an attempt. After the last one a message that could have been tried
// again has failed.
func (d *Deliverer) ended(id chat.MessageID, attempt int, sent channel.Sent) desk.SendEnded {
	e := desk.SendEnded{Message: id, Attempt: attempt, Ended: sent.Ending, VendorID: sent.VendorID, Failure: sent.Failure}
	if sent.Ending != desk.EndRetry {
		return e
	}
	if attempt >= d.Limits.SendTries {
		e.Ended = desk.EndFailed
		if e.Failure == nil {
			e.Failure = &chat.Failure{Reason: chat.VendorDown}
		}
		return e
	}
	wait := max(sent.RetryAfter, d.Limits.backOff(attempt, d.Limits.LongestSendRetry))
	e.Failure, e.RetryAt = nil, d.after(wait)
	return e
}

// after is the server's time in wait from now.
func (d *Deliverer) after(wait time.Duration) chat.Millis {
	return d.Commit.Now() + chat.Millis(max(wait.Milliseconds(), 1))
}
