package shell

import (
	"log/slog"
	"sync"

	"github.com/godbus/dbus/v5"
)

// badge shows a number on the launcher, for those that listen to Unity's signal. A nil badge shows nothing.
type badge struct {
	mu   sync.Mutex
	conn *dbus.Conn
}

// newBadge connects to the session bus; without one it returns nil.
func newBadge() *badge {
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		slog.Info("the launcher shows no number", "why", err)
		return nil
	}
	return &badge{conn: conn}
}

func (b *badge) show(text string, count int) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	properties := map[string]dbus.Variant{"count": dbus.MakeVariant(int64(count)), "count-visible": dbus.MakeVariant(text != "")}
	err := b.conn.Emit("/com/canonical/unity/launcherentry/parley", "com.canonical.Unity.LauncherEntry.Update",
		"application://"+AppName+".desktop", properties)
	if err != nil {
		slog.Debug("the launcher's number", "err", err)
	}
}

// close takes the number away.
func (b *badge) close() {
	if b == nil {
		return
	}
	b.show("", 0)
	_ = b.conn.Close()
}
