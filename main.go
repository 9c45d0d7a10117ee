// Command parley is the console: it opens the window, or serves its page to a browser on this machine.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"parley/app"
	"parley/app/shell"
	"parley/app/webhost"
	"parley/backend/demo"
	"parley/frontend"
)

// started is when this process began, as near as it can tell.
var started = time.Now()

// maxToken is the longest token that is read, in bytes.
const maxToken = 4 << 10

// options are what the command line says.
type options struct {
	server, tokenFile, data, web, language string
	version, verbose                       bool
}

func main() {
	shell.Prepare()
	if shell.Generating {
		if err := shell.Generate(&app.Console{}); err != nil {
			fmt.Fprintln(os.Stderr, "parley:", err)
			os.Exit(1)
		}
		return
	}
	o, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		os.Exit(2)
	case o.version:
		fmt.Println("parley", version())
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := start(ctx, o); {
	case errors.Is(err, shell.ErrRaised), errors.Is(err, shell.ErrServed):
		fmt.Println(err)
	case err != nil:
		fmt.Fprintln(os.Stderr, "parley:", err)
		stop()
		os.Exit(1)
	}
}

// parse reads the command line and says on out what is wrong with it.
func parse(args []string, out io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("parley", flag.ContinueOnError)
	f.SetOutput(out)
	f.StringVar(&o.server, "server", "", "connect to the server at `URL` (https or wss; http only on this machine); kept for later starts")
	f.StringVar(&o.tokenFile, "token-file", "", "sign in with the token in `FILE`; it is kept in the system's keychain")
	f.StringVar(&o.data, "data", "", "keep the console's files in `DIR`")
	f.StringVar(&o.web, "web", "", "serve the page to a browser on this machine at `ADDRESS`, such as 127.0.0.1:0, instead of opening a window")
	f.StringVar(&o.language, "language", shell.Language(), "`en` or de, unless the settings say otherwise")
	f.BoolVar(&o.version, "version", false, "print the version and end")
	f.BoolVar(&o.verbose, "verbose", false, "log more")
	f.Usage = func() {
		fmt.Fprint(out, "parley opens the console for customer conversations; with no options, on a demo desk.\n\n")
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		return options{}, err
	}
	var err error
	switch {
	case f.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", f.Arg(0))
	case o.tokenFile != "" && o.server == "":
		err = errors.New("--token-file needs --server")
	}
	if err != nil {
		fmt.Fprintln(out, "parley:", err)
	}
	return o, err
}

// readToken reads a token from a file; "" where none is named.
func readToken(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("token file: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxToken+1))
	token := strings.TrimSpace(string(b))
	switch {
	case err != nil:
		return "", fmt.Errorf("token file: %w", err)
	case token == "" || len(b) > maxToken || strings.ContainsAny(token, " \t\r\n"):
		return "", errors.New("token file: it must hold one token and nothing else")
	}
	return token, nil
}

// newLog logs to the terminal. A console logs little: what goes wrong.
func newLog(verbose bool) *slog.Logger {
	level := slog.LevelWarn
	if verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	slog.SetDefault(log)
	return log
}

// version is the one that Go stamped on the build.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "development"
	}
	return info.Main.Version
}

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
	c.config = app.Config{Version: version(), Language: o.language, Log: newLog(o.verbose), Started: started}
	if c.page, err = frontend.Page(); err != nil {
		return err
	}
	if o.data == "" {
		if o.data, err = shell.DefaultFolder(); err != nil {
			return err
		}
	}
	windowed := o.web == "" && shell.HasDisplay()
	raise := func() bool { c.window.Raise(); return windowed }
	if c.folder, err = shell.Claim(o.data, raise); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.folder.Close()) }()
	c.config.Folder = c.folder.Path

	end, err := c.connect(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	if windowed {
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
		return nil, fmt.Errorf("the demo desk cannot be started in %s; --data DIR names another folder: %w", c.folder.Path, err)
	}
	c.config.Server, c.config.Token, c.config.Dial = "localhost", d.Token, d.DialContext
	return d.Close, nil
}

// open opens the console. A server that it could be opened for is kept for the next start.
func (c *console) open(ctx context.Context) (*app.App, error) {
	a, err := app.Open(ctx, c.config)
	if err == nil && c.config.Dial == nil {
		if err := c.folder.KeepServer(c.config.Server); err != nil {
			c.config.Log.Warn("the next start needs --server again", "err", err)
		}
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
