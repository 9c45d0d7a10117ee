package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"parley/backend/server/admin"
)

// runAdmin carries one admin command out: JSON on stdout, or a problem as JSON on stderr.
func runAdmin(ctx context.Context, w world, args []string) int {
	o := findOrder(args)
	if o == nil {
		return adminHelp(w, args)
	}
	a := &asked{FlagSet: newFlags("parleyd admin "+o.verb, o.summary), env: w.env, req: admin.Request{Verb: o.verb}}
	a.StringVar(&a.data, "data", w.env("PARLEY_DATA"), "the server's data `folder` (or PARLEY_DATA in the environment)")
	a.StringVar(&a.database, "database", w.env("PARLEY_DATABASE"), databaseUsage)
	if o.flags != nil {
		o.flags(a)
	}
	err := a.parse(o, args[2:])
	if errors.Is(err, flag.ErrHelp) {
		printUsage(w.stdout, a.FlagSet)
		return exitDone
	}
	if err != nil {
		return complain(w, exitUsage, &admin.Failure{Code: admin.CodeUsage, Message: fmt.Sprintf("%v; see parleyd admin %s -h", err, o.verb)})
	}
	return a.carryOut(ctx, w)
}

func (a *asked) parse(o *order, args []string) error {
	if err := a.Parse(args); err != nil {
		return err
	}
	if a.NArg() > 0 {
		return fmt.Errorf("%q is not a flag", a.Arg(0))
	}
	given := map[string]bool{}
	a.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for _, name := range o.need {
		if !given[name] {
			return fmt.Errorf("--%s is missing", name)
		}
	}
	if o.verb == "token revoke" && a.req.Hash == "" {
		return errors.New("--hash or --token-file is missing")
	}
	if a.data == "" {
		return errors.New("--data is missing: the server's data folder")
	}
	return nil
}

// carryOut asks the server and prints what it says.
func (a *asked) carryOut(ctx context.Context, w world) int {
	file, err := createSecretFile(a.out)
	if err != nil {
		return complain(w, exitFailed, err)
	}
	answer, err := admin.CallAt(ctx, a.data, a.database, &a.req)
	if err == nil && file != nil {
		answer, err = keepToken(file, answer)
	}
	if err != nil {
		return complain(w, exitFailed, errors.Join(err, dropFile(file)))
	}
	text := jsontext.Value(answer)
	if err := text.Indent(); err != nil {
		return complain(w, exitFailed, err)
	}
	fmt.Fprintf(w.stdout, "%s\n", text)
	return exitDone
}

// complain prints a problem as JSON on stderr and returns the exit code.
func complain(w world, code int, err error) int {
	var f *admin.Failure
	if !errors.As(err, &f) {
		f = &admin.Failure{Code: admin.CodeInternal, Message: err.Error()}
	}
	if f.Code == admin.CodeUsage {
		code = exitUsage
	}
	text, err := json.Marshal(map[string]*admin.Failure{"error": f})
	if err != nil {
		text = []byte(err.Error())
	}
	fmt.Fprintf(w.stderr, "%s\n", text)
	return code
}

func findOrder(args []string) *order {
	if len(args) < 2 {
		return nil
	}
	for i := range orders {
		if orders[i].verb == args[0]+" "+args[1] {
			return &orders[i]
		}
	}
	return nil
}

// adminHelp lists the commands, all or those of one noun. It is an answer if it was asked for, else a problem.
func adminHelp(w world, args []string) int {
	noun, asks := "", false
	for _, arg := range args {
		switch arg {
		case "-h", "-help", "--help", "help":
			asks = true
		default:
			noun = arg
		}
	}
	out, code := w.stderr, exitUsage
	if asks {
		out, code = w.stdout, exitDone
	}
	if !asks && len(args) > 0 {
		complain(w, code, &admin.Failure{Code: admin.CodeUsage,
			Message: fmt.Sprintf("there is no command %q; parleyd admin -h lists them", strings.Join(args, " "))})
		return code
	}
	listOrders(out, noun)
	return code
}

func listOrders(out io.Writer, noun string) {
	fmt.Fprint(out, "parleyd admin COMMAND --data DIR …  prints JSON; it works while the server runs and while it does not.\n\n")
	for _, o := range orders {
		if n, _, _ := strings.Cut(o.verb, " "); noun == "" || noun == n {
			fmt.Fprintf(out, "  %-22s %s\n", o.verb, o.summary)
		}
	}
	fmt.Fprint(out, "\nAdd -h to a command for its flags. Exit codes: 0 done, 1 not done (the problem is JSON on stderr), 2 wrong flags.\n")
}

// newFlags is a flag set that reports by its error only.
func newFlags(name, summary string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() { fmt.Fprintf(fs.Output(), "%s: %s\n\n", name, summary) }
	return fs
}

// printUsage writes a command's help.
func printUsage(out io.Writer, fs *flag.FlagSet) {
	fs.SetOutput(out)
	fs.Usage()
	fs.PrintDefaults()
}

// dropFile removes a file that was made for a token that does not exist.
func dropFile(f *os.File) error {
	if f == nil {
		return nil
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
