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
func Call(ctx context.Context, dir string, req *Request) ([]byte, error) {
	deadline := time.NewTimer(lookFor)
	defer deadline.Stop()
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		answer, ok, err := overSocket(ctx, folder.Socket(dir), req)
		if ok {
			return answer, err
		}
		answer, err = offline(ctx, dir, req)
		if !errors.Is(err, store.ErrInUse) {
			return answer, err
		}
		select {
		case <-again.C:
		case <-deadline.C:
			return nil, fail(CodeBusy, "another process uses %s and does not answer; is it a server that just starts, or one that hangs?", dir)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// offline carries req out on the folder itself, while no server runs on it.
func offline(ctx context.Context, dir string, req *Request) (answer []byte, err error) {
	f, err := folder.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	c, err := commit.New(commit.Config{Store: f.Store, IDs: ids.Random(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	defer c.Close()
	office := &Office{Submit: c.Submit, Read: f.Store.Read}
	value, failure := office.Do(ctx, req)
	if failure != nil {
		return nil, failure
	}
	return json.Marshal(value)
}
