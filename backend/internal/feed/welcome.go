package feed

import (
	"slices"

	"parley/backend/chat"
	"parley/backend/internal/auth"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// Hello takes the console's hello and returns the streams that the driver watches from now on, before it calls
// Welcome.
func (f *Feed) Hello(read Read, h *wire.Hello) ([]wire.Stream, *Ending) {
	f.hello, f.device = h, chat.DeviceID(h.Device)
	if f.version() < max(h.MinVersion, wire.MinVersion) {
		return nil, Version
	}
	e := read(func(r store.Reader) { f.streams = desk.StreamsOf(r, f.who.Agent) })
	return f.streams, e
}

// version is the highest that the console and this build speak, if they have one in common.
func (f *Feed) version() int { return min(f.hello.MaxVersion, wire.MaxVersion) }

// Welcome reads, from one state, where each stream stands and the whole of those that cannot be resumed. All of a
// watched stream's frames that are committed after the state was opened must be told by Live, or be said to have
// been dropped; older ones may be.
func (f *Feed) Welcome(read Read, now chat.Millis) *Ending {
	var w *wire.Welcome
	var ends *Ending
	if e := read(func(r store.Reader) { w, ends = f.welcome(r, now) }); e != nil {
		return e
	}
	if ends != nil {
		return ends
	}
	for _, fl := range f.flows {
		if e := f.split(fl); e != nil {
			return e
		}
	}
	f.welcomed, f.hello.At = true, nil
	return f.say(&wire.Down{Welcome: w})
}

// welcome also looks whether the connection may go on since Hello.
func (f *Feed) welcome(r store.Reader, now chat.Millis) (*wire.Welcome, *Ending) {
	agent, err := auth.Check(r, f.who.Hash, now)
	if err != nil {
		return nil, Revoked
	}
	if !slices.Equal(f.streams, desk.StreamsOf(r, f.who.Agent)) {
		return nil, Changed
	}
	token, _ := r.Token(f.who.Hash)
	f.issued, f.lasts = token.CreatedAt, lifeOf(&token)
	dev, _ := r.Device(f.device)
	if dev.Agent != f.who.Agent {
		dev = desk.Device{}
	}
	f.decided = dev.LastNumber
	w := &wire.Welcome{Version: f.version(), Now: int64(now), Agent: *desk.WireAgent(agent),
		LastCommand: dev.LastNumber, BeatMillis: f.limits.BeatMillis}
	f.flows = nil
	for _, stream := range f.streams {
		head := r.Head(stream)
		fl := &flow{stream: stream, epoch: head.Epoch}
		resumed := fl.resume(f.hello.At, head, r.Floor(stream))
		if !resumed {
			f.reset(fl, r, head, dev.ID)
		}
		f.flows = append(f.flows, fl)
		w.Streams = append(w.Streams, wire.WelcomedStream{Stream: stream, Head: head, Resumed: resumed})
	}
	return w, nil
}

// own is the stream of the connection's agent.
func (f *Feed) own() wire.Stream { return desk.AgentStream(f.who.Agent) }

// Check looks whether the connection may go on, and whether the store is ahead of what Live has told. The driver
// calls it when a token, an agent or a stream may have changed without its being told. now is the server's time.
func (f *Feed) Check(read Read, now chat.Millis) *Ending {
	return f.look(read, func(r store.Reader) *Ending { return f.check(r, now) })
}

// look runs do on one state once the console has been welcomed.
func (f *Feed) look(read Read, do func(store.Reader) *Ending) *Ending {
	if !f.welcomed {
		return nil
	}
	var ends *Ending
	if e := read(func(r store.Reader) { ends = do(r) }); e != nil {
		return e
	}
	return ends
}

func (f *Feed) check(r store.Reader, now chat.Millis) *Ending {
	if _, err := auth.Check(r, f.who.Hash, now); err != nil && !f.leaving {
		return Revoked
	}
	if !slices.Equal(f.streams, desk.StreamsOf(r, f.who.Agent)) {
		return Changed
	}
	for _, fl := range f.flows {
		head := r.Head(fl.stream)
		if head.Epoch != fl.epoch {
			return Rebuilt
		}
		fl.behind = fl.behind || !fl.resetting && head.Seq > fl.sent
	}
	return nil
}
