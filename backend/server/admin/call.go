package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-json-experiment/json"

	"parley/backend/internal/commit"
	"parley/backend/internal/ids"
	"parley/backend/internal/store"
	"parley/backend/server/folder"
)

// How often Call looks again for a server that has the folder and does not listen yet, and how long.
const (
	lookAgain = 50 * time.Millisecond
	lookFor   = 5 * time.Second
)

// Call has req carried out by the server that runs on the data folder dir, or where none runs, here; it returns
// the answer as JSON. The error is a *Failure where there is something to say to the person who asked.
func Call(ctx context.Context, dir string, req *Request) (answer []byte, err error) {
	return CallAt(ctx, dir, "", req)
}

// CallAt is Call for a folder whose rows lie in the PostgreSQL database that url names; an empty url is Call.
func CallAt(ctx context.Context, dir, url string, req *Request) (answer []byte, err error) {
	err = reach(ctx, dir, func() (ok bool, err error) {
		answer, ok, err = overSocket(ctx, folder.Socket(dir), req)
		return ok, err
	}, func() (err error) {
		answer, err = offline(ctx, dir, url, req)
		return err
	})
	return answer, err
}

// reach has the server that runs on dir do something, or where none runs, has it done here. there reports whether it
// reached a server.
func reach(ctx context.Context, dir string, there func() (ok bool, err error), here func() error) error {
	deadline := time.NewTimer(lookFor)
	defer deadline.Stop()
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		if ok, err := there(); ok {
			return err
		}
		if err := here(); !errors.Is(err, store.ErrInUse) {
			return err
		}
		select {
		case <-again.C:
		case <-deadline.C:
			return fail(CodeBusy, "another process uses %s and does not answer; is it a server that just starts, or one that hangs?", dir)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// offline carries req out on the folder itself, while no server runs on it.
func offline(ctx context.Context, dir, url string, req *Request) (answer []byte, err error) {
	f, err := folder.OpenAt(ctx, dir, url)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	c, err := commit.New(commit.Config{Store: f.Store, IDs: ids.Random(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	defer c.Close()
	office := &Office{Submit: c.Submit, Read: f.Store.Read, Now: c.Now}
	value, failure := office.Do(ctx, req)
	if failure != nil {
		return nil, failure
	}
	return json.Marshal(value)
}
