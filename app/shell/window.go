package shell

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/pkg/browser"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"parley/app/internal/engine"
	"parley/app/internal/filename"
)

// maxWaiting is how many clicks on notifications are remembered until the page is ready.
const maxWaiting = 8

// Emit sends an event to the page: "changed" without a payload, or one with a text. Before the page is ready only
// "open" is kept for it: the page begins by looking.
func (w *Window) Emit(name, payload string) {
	w.mu.Lock()
	ctx, ready := w.ctx, w.ready
	if !ready && name == "open" && len(w.waiting) < maxWaiting {
		w.waiting = append(w.waiting, payload)
	}
	w.mu.Unlock()
	switch {
	case !ready || ctx == nil:
	case payload == "":
		runtime.EventsEmit(ctx, name)
	default:
		runtime.EventsEmit(ctx, name, payload)
	}
}

// Raise brings the window to the front. It may be called from any goroutine.
func (w *Window) Raise() {
	if ctx, ok := w.window(); ok {
		runtime.WindowShow(ctx)
		runtime.WindowUnminimise(ctx)
	}
}

// Quit closes the window, also one that is only about to open; Run then returns.
func (w *Window) Quit() {
	w.mu.Lock()
	w.ending = true
	ctx := w.ctx
	w.mu.Unlock()
	if ctx != nil {
		runtime.Quit(ctx)
	}
}

// SetTitle implements engine.Shell.
func (w *Window) SetTitle(title string) {
	w.mu.Lock()
	w.title = title
	ctx := w.ctx
	w.mu.Unlock()
	if ctx != nil {
		runtime.WindowSetTitle(ctx, title)
	}
}

// SetBadge implements engine.Shell.
func (w *Window) SetBadge(text string, count int) {
	w.mu.Lock()
	b := w.badge
	w.mu.Unlock()
	b.show(text, count)
}

// Notify implements engine.Notifier.
func (w *Window) Notify(n engine.Notification) {
	if notices := w.notifying(); notices != nil {
		if err := notices.notify(n); err != nil {
			slog.Warn("a notification was not shown", "err", err)
		}
	}
}

// Withdraw implements engine.Notifier.
func (w *Window) Withdraw(chat string) {
	if notices := w.notifying(); notices != nil {
		notices.withdraw(chat)
	}
}

func (w *Window) notifying() notices {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.notices
}

// OpenURL opens an address in the system's browser. Whoever calls it has looked at the address.
func (w *Window) OpenURL(url string) error {
	browser.Stdout, browser.Stderr = io.Discard, io.Discard
	if err := browser.OpenURL(url); err != nil {
		return fmt.Errorf("shell: open a link: %w", err)
	}
	return nil
}

// SaveDialog asks where to save a file that a customer called name; "" if the agent cancelled.
func (w *Window) SaveDialog(name string) (path string, err error) {
	ctx, ok := w.window()
	if !ok {
		return "", nil
	}
	path, err = runtime.SaveFileDialog(ctx, runtime.SaveDialogOptions{DefaultFilename: filename.Safe(name)})
	if err != nil {
		return "", fmt.Errorf("shell: save dialog: %w", err)
	}
	return path, nil
}
