// Command parley is the console: it opens the window, or serves its page to a browser on this machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"parley/app"
	"parley/app/shell"
)

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
	case errors.Is(err, shell.ErrRaised):
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
