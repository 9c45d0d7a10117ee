package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"

	"parley/app"
	"parley/app/shell"
	"parley/app/webhost"
	"parley/backend/demo"
	"parley/frontend"
)

//go:embed build/appicon.png
var icon []byte

// console is what one run is wired from.
type console struct {
	page   fs.FS
	folder *shell.Folder
	window *shell.Window
	config app.Config
}

// start takes the data folder and shows the console until ctx ends or its window is closed.
func start(ctx context.Context, o options) (err error) {
	c := &console{window: &shell.Window{}}
	c.config = app.Config{Version: version(), Language: o.language, Log: newLog(o.verbose)}
	if c.page, err = frontend.Page(); err != nil {
		return err
	}
	if o.data == "" {
		if o.data, err = shell.DefaultFolder(); err != nil {
			return err
		}
	}
	if c.folder, err = shell.Claim(o.data, c.window.Raise); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.folder.Close()) }()
	c.config.Folder = c.folder.Path

	end, err := c.connect(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	if o.web == "" && shell.HasDisplay() {
		return c.inWindow(ctx)
	}
	if o.web == "" {
		fmt.Println("There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so the console is served to a browser on this machine.")
		o.web = "127.0.0.1:0"
	}
	return c.inBrowser(ctx, o.web)
}

// connect decides which server it is: the one asked for, the one kept, or the demo desk, which it starts. The
// function that it returns ends what it started.
func (c *console) connect(ctx context.Context, o options) (end func() error, err error) {
	if c.config.Token, err = readToken(o.tokenFile); err != nil {
		return nil, err
	}
	if c.config.Server = o.server; o.server == "" {
		if c.config.Server, err = c.folder.Server(); err != nil {
			return nil, err
		}
	}
	if c.config.Server != "" {
		return func() error { return nil }, nil
	}
	d, err := demo.Start(ctx, demo.Config{DataDir: filepath.Join(c.folder.Path, "demo"), Log: c.config.Log})
	if err != nil {
		return nil, err
	}
	c.config.Server, c.config.Token, c.config.Dial = "localhost", d.Token, d.DialContext
	return d.Close, nil
}

// open opens the console. A server that it could be opened for is kept for the next start.
func (c *console) open(ctx context.Context) (*app.App, error) {
	a, err := app.Open(ctx, c.config)
	if err == nil && c.config.Dial == nil {
		err = c.folder.KeepServer(c.config.Server)
	}
	return a, err
}

// inWindow shows the console in its window.
func (c *console) inWindow(ctx context.Context) error {
	c.config.Shell, c.config.Notifier, c.config.Desktop, c.config.Emit = c.window, c.window, c.window, c.window.Emit
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer context.AfterFunc(ctx, c.window.Quit)()
	wait := run(ctx, a, stop)
	err = c.window.Run(shell.Config{Folder: c.folder.Path, Page: c.page, Policy: frontend.Policy, Bound: a.Console,
		Icon: icon, Notified: a.Notified})
	stop()
	return errors.Join(err, wait())
}

// inBrowser serves the console to a browser.
func (c *console) inBrowser(ctx context.Context, address string) error {
	listener, err := webhost.Listen(address)
	if err != nil {
		return err
	}
	var host *webhost.Host
	c.config.Emit = func(event, payload string) { host.Emit(event, payload) }
	a, err := c.open(ctx)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	host = webhost.New(webhost.Config{Page: c.page, Policy: frontend.Policy, Bound: a.Console, Media: a.Fetch})
	ctx, stop := context.WithCancel(ctx)
	wait := run(ctx, a, stop)
	fmt.Println("Parley is at", host.URL(listener))
	err = host.Serve(ctx, listener)
	stop()
	return errors.Join(err, wait())
}

// run runs the console beside what shows it, and stops that if the console ends first. The function that it returns
// waits for the end.
func run(ctx context.Context, a *app.App, stop func()) (wait func() error) {
	var running sync.WaitGroup
	var err error
	running.Go(func() {
		defer stop()
		err = a.Run(ctx)
	})
	return func() error {
		running.Wait()
		return err
	}
}
