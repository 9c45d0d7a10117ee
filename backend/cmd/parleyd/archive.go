package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"parley/backend/internal/archive"
	"parley/backend/internal/store"
	"parley/backend/server/admin"
	"parley/backend/server/folder"
)

// move is one of the commands that write or read an archive.
type move struct {
	*flag.FlagSet
	world
	file           string
	data, database string
	force          bool
	shown          bool // progress was printed
}

// moves is what each of them does. Those that write have --force.
var moves = map[string]struct {
	summary string
	writes  bool
	do      func(*move, context.Context) error
}{
	"backup": {"parleyd backup FILE writes an archive of a tenant, while its server runs or while it does not.\n" +
		"The archive holds customers' words, the vendors' secrets and the hashes of tokens: keep it as safe as the data folder.\n" +
		"A FILE that ends in .gz or .tgz is compressed.", true, (*move).backup},
	"restore": {"parleyd restore FILE brings a tenant back from an archive, into a store that is empty.\n" +
		"Consoles begin anew. Replies that may have gone out since the archive was written become uncertain and are not sent\n" +
		"again: a vendor's status settles them, or their agents are asked. Tokens that were revoked since are valid again.", false, (*move).restore},
	"export": {"parleyd export FILE writes an archive of a tenant to be moved, while no server runs.\n" +
		"Start no server on what it was written from any more: what is pending would go out twice.", true, (*move).export},
	"import": {"parleyd import FILE reads an archive that parleyd export has written, into a store that is empty.\n" +
		"Consoles begin anew. What is pending goes out when a server is started.", false, (*move).bring},
}

// runMove carries the command name out.
func runMove(ctx context.Context, w world, name string, args []string) int {
	what := moves[name]
	m := &move{FlagSet: newFlags("parleyd "+name, what.summary), world: w}
	m.Usage = func() { fmt.Fprintf(m.Output(), "%s\n\n", what.summary) }
	m.StringVar(&m.data, "data", w.env("PARLEY_DATA"), "the server's data `folder` (or PARLEY_DATA in the environment)")
	m.StringVar(&m.database, "database", w.env("PARLEY_DATABASE"), databaseUsage)
	if what.writes {
		m.BoolVar(&m.force, "force", false, "replace a FILE that is there")
	}
	switch err := m.parse(args); {
	case errors.Is(err, flag.ErrHelp):
		printUsage(w.stdout, m.FlagSet)
		return exitDone
	case err != nil:
		fmt.Fprintf(w.stderr, "parleyd %s: %v; see parleyd %s -h\n", name, err, name)
		return exitUsage
	}
	err := what.do(m, ctx)
	m.endProgress()
	if err != nil {
		fmt.Fprintf(w.stderr, "parleyd %s: %v\n", name, m.explain(err))
		return exitFailed
	}
	return exitDone
}

// parse reads the file's name and the flags, in whatever order.
func (m *move) parse(args []string) error {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		m.file, args = args[0], args[1:]
	}
	if err := m.Parse(args); err != nil {
		return err
	}
	rest := m.Args()
	if m.file == "" && len(rest) > 0 {
		m.file, rest = rest[0], rest[1:]
	}
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is not a flag", rest[0])
	case m.file == "":
		return errors.New("FILE is missing: where the archive is")
	case m.data == "":
		return errors.New("--data is missing: the server's data folder")
	}
	return nil
}

// backup asks the running server for an archive, or writes it.
func (m *move) backup(ctx context.Context) error {
	figures, err := archive.Place(ctx, m.file, m.force, func(w io.Writer) error {
		if m.database == "" {
			return admin.Backup(ctx, m.data, w)
		}
		s, err := folder.Beside(ctx, m.database)
		if err != nil {
			return err
		}
		return errors.Join(m.write(ctx, w, s, false), s.Close())
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(m.stdout, "%s: %s\n", m.file, figured(figures))
	return nil
}

// export writes an archive that is final.
func (m *move) export(ctx context.Context) error {
	if m.database == "" && !folder.Holds(m.data) {
		return fmt.Errorf("there are no data of Parley in %s; if they lie in PostgreSQL, say where with --database", m.data)
	}
	var figures archive.Figures
	err := m.alone(ctx, func(s store.Store) (err error) {
		figures, err = archive.Place(ctx, m.file, m.force, func(w io.Writer) error { return m.write(ctx, w, s, true) })
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(m.stdout, "%s: %s. Start no server on what it was written from any more: what is pending would go out twice.\n",
		m.file, figured(figures))
	return nil
}

// write writes an archive from the store itself.
func (m *move) write(ctx context.Context, w io.Writer, s store.Store, final bool) error {
	_, err := archive.Write(ctx, w, archive.Source{Read: s.Read, Media: folder.Media(m.data), Store: folder.Kind(s), Final: final,
		Progress: m.progress()})
	return err
}

// alone opens the store for this process alone, as far as that can be made sure of.
func (m *move) alone(ctx context.Context, f func(store.Store) error) (err error) {
	if err := m.unattached(ctx); err != nil {
		return err
	}
	opened, err := folder.OpenAt(ctx, m.data, m.database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	return f(opened.Store)
}

// How long a database may count a connection of a program that has just ended, and how often to look.
const (
	lingers   = 3 * time.Second
	lookAgain = 100 * time.Millisecond
)

// unattached makes sure that no server uses the database, if there is one.
func (m *move) unattached(ctx context.Context) error {
	if m.database == "" {
		return nil
	}
	last := time.NewTimer(lingers)
	defer last.Stop()
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		n, err := folder.Attached(ctx, m.database)
		if err != nil || n == 0 {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-last.C:
			return fmt.Errorf("programs of Parley use this database (%d connections); end every server on it first", n)
		}
	}
}

// restore reads an archive, whatever has written it.
func (m *move) restore(ctx context.Context) error { return m.load(ctx, (*archive.Archive).Restore) }

// bring reads an archive that is final.
func (m *move) bring(ctx context.Context) error { return m.load(ctx, (*archive.Archive).Import) }

func (m *move) load(ctx context.Context, how func(*archive.Archive, context.Context, archive.Target) (archive.Loaded, error)) error {
	a, err := archive.Open(m.file)
	if err != nil {
		return err
	}
	defer a.Close()
	var done archive.Loaded
	err = m.alone(ctx, func(s store.Store) (err error) {
		done, err = how(a, ctx, archive.Target{Store: s, Media: folder.Media(m.data), Progress: m.progress()})
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(m.stdout, "%s: %s; %s\n", m.file, figured(done.Figures), uncertain(done.Uncertain))
	return nil
}

// figured is what an archive holds, in one line.
func figured(f archive.Figures) string {
	line := fmt.Sprintf("%d rows, %d chats, %d messages, %d files (%.1f MB)", f.Rows, f.Chats, f.Messages, f.Files, float64(f.FileBytes)/1e6)
	if f.Missing > 0 {
		line += fmt.Sprintf("; %d files were missing where it was written", f.Missing)
	}
	return line
}

func uncertain(n int64) string {
	switch n {
	case 0:
		return "no reply is uncertain"
	case 1:
		return "1 reply is uncertain: it may have gone out"
	}
	return fmt.Sprintf("%d replies are uncertain: they may have gone out", n)
}

// progress prints how far it is, on a terminal only.
func (m *move) progress() func(archive.Figures) {
	terminal, ok := m.stderr.(*os.File)
	if !ok {
		return nil
	}
	if info, err := terminal.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return func(f archive.Figures) {
		m.shown = true
		fmt.Fprintf(terminal, "\r%d rows, %d files ", f.Rows, f.Files)
	}
}

func (m *move) endProgress() {
	if m.shown {
		fmt.Fprintln(m.stderr)
	}
}

// explain says what to do.
func (m *move) explain(err error) error {
	switch {
	case errors.Is(err, archive.ErrThere):
		return fmt.Errorf("%w; give another name, or --force to replace it", trimmed(err))
	case errors.Is(err, archive.ErrNotFinal):
		return fmt.Errorf("%s is a backup, and its server may have gone on; bring it back with parleyd restore", m.file)
	case errors.Is(err, archive.ErrNotEmpty):
		return errors.New("there are data already where it should go, and nothing of them was changed; give another --data, or an empty --database")
	case errors.Is(err, archive.ErrDamaged), errors.Is(err, archive.ErrVersion):
		return fmt.Errorf("%s: %w", m.file, trimmed(err))
	case errors.Is(err, folder.ErrInUse):
		return fmt.Errorf("a server runs on %s; end it first", m.data)
	case errors.Is(err, archive.ErrUnknown):
		return fmt.Errorf("the database was lost at the very end; do it again: if there are data already then, it was done (%w)", err)
	case errors.Is(err, store.ErrNoRoom):
		return errors.New("the disk is full, and nothing was left on it; make room and do it again")
	case errors.Is(err, context.Canceled):
		return errors.New("given up, and nothing was left behind")
	case errors.Is(err, store.ErrReadOnly):
		return errors.New("the disk or the database cannot be written, only read")
	}
	return err
}

// trimmed is err without the name of the package that it comes from.
func trimmed(err error) error { return errors.New(strings.TrimPrefix(err.Error(), "archive: ")) }
