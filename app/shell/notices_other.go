//go:build !linux

package shell

import (
	"context"
	"fmt"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"parley/app/internal/engine"
)

// libraryNotices are the window library's own.
type libraryNotices struct{ ctx context.Context }

// openDesktopNotices starts them and asks for the user's leave where the system wants that.
func openDesktopNotices(ctx context.Context, clicked func(chat string)) (notices, error) {
	if err := runtime.InitializeNotifications(ctx); err != nil {
		return nil, fmt.Errorf("shell: notifications: %w", err)
	}
	if allowed, err := runtime.RequestNotificationAuthorization(ctx); err != nil || !allowed {
		return nil, fmt.Errorf("shell: notifications: allowed: %v: %w", allowed, err)
	}
	runtime.OnNotificationResponse(ctx, func(r runtime.NotificationResult) {
		if chat, ok := r.Response.UserInfo["chat"].(string); r.Error == nil && ok {
			clicked(chat)
		}
	})
	return libraryNotices{ctx}, nil
}

func (n libraryNotices) notify(note engine.Notification) error {
	return runtime.SendNotification(n.ctx, runtime.NotificationOptions{ID: note.Chat, Title: plain(note.Title),
		Body: plain(note.Body), Data: map[string]any{"chat": note.Chat}})
}

func (n libraryNotices) withdraw(chat string) { _ = runtime.RemoveNotification(n.ctx, chat) }
func (n libraryNotices) close()               { runtime.CleanupNotifications(n.ctx) }
