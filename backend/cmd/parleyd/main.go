// Command parleyd is Parley's server as a program of its own: `serve` runs it, `demo` runs it with simulated customers,
// `admin` sets it up, `backup`, `restore`, `export` and `import` keep and move what it has. It reads options and wires; what happens is in packages server and demo.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"parley/build/licences"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

const overview = `parleyd is Parley's server.

  parleyd serve     runs the server
  parleyd demo      runs it with simulated customers
  parleyd simulate  plays WhatsApp's side for a server that is being tried
  parleyd admin     makes and sets teams, agents, tokens, credentials and assets
  parleyd backup    writes an archive of a tenant, also while the server runs
  parleyd restore   brings it back after a loss
  parleyd export    writes an archive to move a tenant, between SQLite and PostgreSQL too
  parleyd import    reads it where the tenant goes
  parleyd version   says which build this is
  parleyd licences  prints the licences of everything in this program

Add -h to any of them for its flags.
`

// world is what a command touches beside its arguments.
type world struct {
	stdout, stderr io.Writer
	env            func(string) string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	code := run(ctx, world{os.Stdout, os.Stderr, os.Getenv}, os.Args[1:])
	stop()
	os.Exit(code)
}

// run does what args say and returns the exit code.
func run(ctx context.Context, w world, args []string) int {
	if len(args) == 0 {
		fmt.Fprint(w.stderr, overview)
		return exitUsage
	}
	switch rest := args[1:]; args[0] {
	case "serve":
		return serve(ctx, w, rest)
	case "demo":
		return runDemo(ctx, w, rest)
	case "simulate":
		return simulate(ctx, w, rest)
	case "admin":
		return runAdmin(ctx, w, rest)
	case "backup", "restore", "export", "import":
		return runMove(ctx, w, args[0], rest)
	case "version", "--version", "-version":
		fmt.Fprintln(w.stdout, version())
	case "licences":
		fmt.Fprint(w.stdout, licences.Text)
	case "help", "-h", "--help":
		fmt.Fprint(w.stdout, overview)
	default:
		fmt.Fprintf(w.stderr, "parleyd: there is no command %q\n\n%s", args[0], overview)
		return exitUsage
	}
	return exitDone
}

// version names the build, from what the compiler noted.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "parleyd, build unknown"
	}
	return fmt.Sprintf("parleyd %s %s", info.Main.Version, info.GoVersion)
}
