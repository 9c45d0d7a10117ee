package engine

import (
	"slices"
	"time"

	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/wire"
)

// restoredFor is how long is told that the server was restored.
const restoredFor = time.Hour

// faults is what is wrong besides what the disk says of itself.
type faults struct {
	cacheRebuilt  bool
	outboxDamaged bool             // a record could not be read
	server        view.TroubleCode // why it takes no commands; "": it does
	stranger      bool             // what answers is no Parley server
	restored      bool             // the server's epoch has changed
}

// troubles are those of disk and server now.
func (e *Engine) troubles() []view.Trouble {
	var l []view.Trouble
	add := func(is bool, code view.TroubleCode, args ...string) {
		switch i := slices.IndexFunc(l, func(t view.Trouble) bool { return t.Code == code }); {
		case !is:
		case i < 0:
			l = append(l, view.Trouble{Code: code, Args: append([]string{}, args...)})
		default: // of another file
			l[i].Args = append(l[i].Args, args...)
		}
	}
	for _, t := range e.cfg.Disk.Troubles() {
		arg := string(t.Cause)
		if arg == "" {
			arg = t.File
		}
		add(true, view.TroubleCode(t.Code), arg)
	}
	f := &e.faults
	add(f.cacheRebuilt, view.CacheRebuilt)
	add(f.outboxDamaged, view.OutboxDamaged)
	add(f.server != "", f.server)
	add(f.stranger, view.NotParley, e.cfg.Server)
	add(f.restored, view.ServerRestored)
	return l
}

// serverRestored tells for a while that the server was restored from a backup.
func (e *Engine) serverRestored() {
	if e.faults.restored {
		return
	}
	e.faults.restored = true
	time.AfterFunc(restoredFor, func() {
		e.post(func() { e.faults.restored, e.dirtyStatus = false, true })
	})
}

// refusing notes why the server takes no commands, if that is why it closed the connection.
func (e *Engine) refusing(p *wire.Problem) {
	switch {
	case p == nil:
	case chat.ProblemKind(p.Kind) == chat.NoRoom:
		e.faults.server = view.ServerFull
	case chat.ProblemKind(p.Kind) == chat.ReadOnly:
		e.faults.server = view.ServerReadOnly
	}
}
