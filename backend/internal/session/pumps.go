package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/internal/feed"
	"parley/backend/wire"
)

// readLoop hands what the console sends to the loop, which it tells when that is over; then it waits for the
// console's close, or for the connection to be cut.
func (s *session) readLoop(ctx context.Context) {
	s.conn.SetReadDeadline(time.Now().Add(s.limits.Hello))
	s.conn.SetPingHandler(s.answerPing)
	for {
		u, err := s.readUp()
		if errors.Is(err, wire.ErrUnknownKind) {
			continue
		}
		if err != nil {
			s.readEnd <- readFailed(err)
			break
		}
		select {
		case s.ups <- u:
			s.heard() // the loop may have let it wait
			continue
		case <-ctx.Done():
		}
		break
	}
	for {
		if _, _, err := s.conn.NextReader(); err != nil {
			return
		}
	}
}

func (s *session) readUp() (wire.Up, error) {
	kind, r, err := s.conn.NextReader()
	if err != nil {
		return wire.Up{}, err
	}
	if kind != websocket.TextMessage {
		return wire.Up{}, fmt.Errorf("%w: not a text", wire.ErrMalformed)
	}
	b, err := io.ReadAll(io.LimitReader(alive{s, r}, wire.MaxUpBytes+1))
	if err != nil {
		return wire.Up{}, err
	}
	return wire.DecodeUp(b)
}

// alive takes every byte read as a sign of life.
type alive struct {
	s *session
	r io.Reader
}

func (a alive) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	a.s.heard()
	return n, err
}

func (s *session) heard() { s.conn.SetReadDeadline(time.Now().Add(s.limits.silence())) }

func (s *session) answerPing(data string) error {
	s.heard()
	// A pong that cannot be written is no reason to stop reading: the writer finds out by itself.
	_ = s.conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(s.limits.Grace))
	return nil
}

// writeLoop writes it and what the loop then gives it, until that is nothing. There is none while nothing is to be
// written, so that an idle connection costs no stack for it.
func (s *session) writeLoop(it feed.Item) {
	for it.Bytes != nil {
		if err := s.write(it); err != nil {
			s.wrote <- writeFailed(err)
			return
		}
		s.wrote <- nil
		it = <-s.out
	}
}

// write writes in chunks, each with a deadline of its own, so that a slow reader is told from one that stands
// still.
func (s *session) write(it feed.Item) error {
	s.conn.EnableWriteCompression(it.Compress)
	w, err := s.conn.NextWriter(websocket.TextMessage)
	if err != nil {
		return err
	}
	for b := it.Bytes; len(b) > 0; {
		n := min(len(b), s.limits.Chunk)
		s.conn.SetWriteDeadline(time.Now().Add(s.limits.silence()))
		if _, err := w.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return w.Close()
}

// goodbye tells the console why. That it may not get it is no error: the connection is cut soon.
func (s *session) goodbye() {
	b, err := wire.EncodeDown(s.end.Goodbye())
	if err != nil || s.write(feed.Item{Bytes: b}) != nil {
		return
	}
	_ = s.conn.WriteControl(websocket.CloseMessage,
		websocket.FormatCloseMessage(s.end.Code, ""), time.Now().Add(s.limits.Grace))
}
