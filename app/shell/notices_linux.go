package shell

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"parley/app/internal/engine"
)

// The service that every Linux desktop has for notifications.
const (
	noticeName    = "org.freedesktop.Notifications"
	noticePath    = "/org/freedesktop/Notifications"
	noticeTimeout = 5 * time.Second
)

// busNotices speaks with the service directly.
type busNotices struct {
	conn    *dbus.Conn
	service dbus.BusObject
	markup  bool // the service reads markup in a body
	clicked func(chat string)
	heard   sync.WaitGroup

	mu    sync.Mutex
	shown map[string]uint32 // by chat
}

// openDesktopNotices connects to the session bus with a connection of its own, which nobody else closes.
func openDesktopNotices(_ context.Context, clicked func(chat string)) (notices, error) {
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		return nil, fmt.Errorf("shell: session bus: %w", err)
	}
	n := &busNotices{conn: conn, service: conn.Object(noticeName, noticePath), clicked: clicked, shown: map[string]uint32{}}
	if err := n.begin(); err != nil {
		return nil, errors.Join(fmt.Errorf("shell: notifications: %w", err), conn.Close())
	}
	return n, nil
}

// begin asks what the service can do, and listens to it.
func (n *busNotices) begin() error {
	var can []string
	if err := n.call("GetCapabilities").Store(&can); err != nil {
		return err
	}
	if !slices.Contains(can, "actions") {
		return errors.New("the service knows no clicks")
	}
	n.markup = slices.Contains(can, "body-markup")
	if err := n.conn.AddMatchSignal(dbus.WithMatchInterface(noticeName), dbus.WithMatchObjectPath(noticePath)); err != nil {
		return err
	}
	signals := make(chan *dbus.Signal, 64)
	n.conn.Signal(signals)
	n.heard.Go(func() {
		for s := range signals { // until the connection is closed
			n.hear(s)
		}
	})
	return nil
}

func (n *busNotices) call(method string, args ...any) *dbus.Call {
	ctx, cancel := context.WithTimeout(context.Background(), noticeTimeout)
	defer cancel()
	return n.service.CallWithContext(ctx, noticeName+"."+method, 0, args...)
}

// hear handles a signal of the service: a click, or the end of a notification.
func (n *busNotices) hear(s *dbus.Signal) {
	var id uint32
	var action string
	switch s.Name {
	case noticeName + ".ActionInvoked":
		if dbus.Store(s.Body, &id, &action) != nil || action != "default" {
			return
		}
		if chat, ok := n.forget(id); ok {
			n.clicked(chat)
		}
	case noticeName + ".NotificationClosed":
		if len(s.Body) > 0 && dbus.Store(s.Body[:1], &id) == nil {
			n.forget(id)
		}
	}
}

// forget returns the chat of a notification that is gone.
func (n *busNotices) forget(id uint32) (chat string, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for chat, shown := range n.shown {
		if shown == id {
			delete(n.shown, chat)
			return chat, true
		}
	}
	return "", false
}

// notify shows one, in the place of the chat's last. It holds the lock until the service has named it, so that a
// click that overtakes the answer waits for the name instead of being taken for somebody else's.
func (n *busNotices) notify(note engine.Notification) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	body := plain(note.Body)
	if n.markup {
		body = escape(body)
	}
	hints := map[string]dbus.Variant{
		"desktop-entry": dbus.MakeVariant(AppName),
		"category":      dbus.MakeVariant("im.received"),
	}
	var id uint32
	err := n.call("Notify", "Parley", n.shown[note.Chat], AppName, plain(note.Title), body, []string{"default", ""}, hints, int32(-1)).Store(&id)
	if err != nil {
		return fmt.Errorf("shell: notify: %w", err)
	}
	n.shown[note.Chat] = id
	return nil
}

func (n *busNotices) withdraw(chat string) {
	n.mu.Lock()
	id, ok := n.shown[chat]
	delete(n.shown, chat)
	n.mu.Unlock()
	if ok {
		_ = n.call("CloseNotification", id) // one that is gone already is as good
	}
}

// close takes away what still stands: a click on it would reach nobody.
func (n *busNotices) close() {
	n.mu.Lock()
	left := make([]string, 0, len(n.shown))
	for chat := range n.shown {
		left = append(left, chat)
	}
	n.mu.Unlock()
	for _, chat := range left {
		n.withdraw(chat)
	}
	_ = n.conn.Close()
	n.heard.Wait()
}
