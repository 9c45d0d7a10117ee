// Package shell is the console on a desktop: its window, title, badge, notifications and dialogs, and the data folder
// that one instance holds at a time. With main it is the only package that knows the window's library. The engine
// calls it through its ports, and package app through Desktop.
package shell

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"parley/app/internal/engine"
)

// AppName is the program's name on a desktop: of its windows' class, its .desktop file and its icon.
const AppName = "parley"

// The window's size before anybody has changed it, and the least.
const (
	firstWidth, firstHeight = 1280, 860
	minWidth, minHeight     = 360, 480
)

// Config says what the window shows.
type Config struct {
	Folder   string // keeps the window's size
	Page     fs.FS
	Policy   string // the page's content security policy
	Bound    any    // its exported methods can be called by the page
	Icon     []byte // PNG
	Notified func(chat string)
}

// Window is the console's one window. Before Run and after its end its methods do nothing, except that the last
// title is remembered.
type Window struct {
	mu      sync.Mutex
	ctx     context.Context // the window library's; nil while there is no window
	ready   bool            // the page listens to events
	title   string
	waiting []string // payloads of "open" that came before the page was ready
	ending  bool
	notices notices
	badge   *badge
}

var (
	_ engine.Shell    = (*Window)(nil)
	_ engine.Notifier = (*Window)(nil)
)

// Run shows the window and returns when it was closed. It must be called on the main thread.
func (w *Window) Run(c Config) error {
	size := readSize(filepath.Join(c.Folder, sizeName))
	err := wails.Run(&options.App{
		Title:            "Parley",
		Width:            size.Width,
		Height:           size.Height,
		MinWidth:         minWidth,
		MinHeight:        minHeight,
		WindowStartState: size.state(),
		AssetServer:      &assetserver.Options{Assets: c.Page, Middleware: policy(c.Policy)},
		Bind:             []any{c.Bound},
		Logger:           quietLogger{},
		LogLevel:         logger.ERROR,
		OnStartup:        func(ctx context.Context) { w.opened(ctx, c) },
		OnDomReady:       func(context.Context) { w.pageReady() },
		OnBeforeClose: func(context.Context) (prevent bool) {
			w.closing(filepath.Join(c.Folder, sizeName))
			return false
		},
		// The page handles no files that are dropped on it; without this one would replace it.
		DragAndDrop: &options.DragAndDrop{DisableWebViewDrop: true},
		Linux: &linux.Options{
			Icon:        c.Icon,
			ProgramName: AppName,
			// A page of text needs no GPU, and some drivers leave the window blank. Without a value here the
			// library's is "always".
			WebviewGpuPolicy: linux.WebviewGpuPolicyNever,
		},
	})
	w.closed()
	if err != nil {
		return fmt.Errorf("shell: window: %w", err)
	}
	return nil
}

// Generate writes the page's bindings instead of running, in the build that `wails generate module` makes.
func Generate(bound any) error { return wails.Run(&options.App{Bind: []any{bound}}) }

// policy puts the page's content security policy on every answer.
func policy(value string) assetserver.Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, rq *http.Request) {
			w.Header().Set("Content-Security-Policy", value)
			w.Header().Set("X-Content-Type-Options", "nosniff")
			next.ServeHTTP(w, rq)
		})
	}
}

// opened takes up what was asked for before the window was there.
func (w *Window) opened(ctx context.Context, c Config) {
	n := openNotices(ctx, func(chat string) {
		w.Raise()
		c.Notified(chat)
	})
	b := newBadge()
	w.mu.Lock()
	w.ctx, w.notices, w.badge = ctx, n, b
	title, ending := w.title, w.ending
	w.mu.Unlock()
	if title != "" {
		runtime.WindowSetTitle(ctx, title)
	}
	if ending {
		runtime.Quit(ctx)
	}
}

func (w *Window) pageReady() {
	w.mu.Lock()
	w.ready = true
	waiting := w.waiting
	w.waiting = nil
	w.mu.Unlock()
	for _, chat := range waiting {
		w.Emit("open", chat)
	}
}

func (w *Window) closing(sizePath string) {
	if ctx, ok := w.window(); ok {
		if err := keepSize(ctx, sizePath); err != nil {
			slog.Warn("the window's size was not kept", "err", err)
		}
	}
}

// closed leaves nothing behind on the desktop.
func (w *Window) closed() {
	w.mu.Lock()
	notices, badge := w.notices, w.badge
	w.ctx, w.ready, w.notices, w.badge = nil, false, nil, nil
	w.mu.Unlock()
	if notices != nil {
		notices.close()
	}
	badge.close()
}

// window returns the library's context while there is a window.
func (w *Window) window() (context.Context, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ctx, w.ctx != nil
}
