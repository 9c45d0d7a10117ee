package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/internal/store/row"
)

// small is an archive of few bytes with a file, as it is and gzipped.
func small(t testing.TB) (plain, packed []byte) {
	t.Helper()
	c := newCompany(t, memory.New("e"))
	c.hear("+15550", "a photo", desk.File{VendorID: "9", Name: "a.jpg", MIME: "image/jpeg"})
	c.fetch("bytes of a photo")
	var err error
	if plain, err = os.ReadFile(c.file(true)); err != nil {
		t.Fatal(err)
	}
	return plain, pack(t, plain)
}

func pack(t testing.TB, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// refuses expects that text is no archive, and that trying to read it leaves nothing behind.
func refuses(t *testing.T, what string, text []byte, want error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "archive")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	c := &company{TB: t, store: memory.New("e"), media: filepath.Join(t.TempDir(), "media")}
	a, err := Open(path)
	if err == nil {
		defer a.Close()
		_, err = a.Restore(t.Context(), Target{Store: c.store, Media: c.media})
	}
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, not %v", what, err, want)
	}
	if len(c.rows()) > 0 || len(c.contents()) > 0 || c.epoch() != "e" {
		t.Errorf("%s: %d rows and %v are left", what, len(c.rows()), c.contents())
	}
}

// TestCutOff: wherever it is cut off it is refused.
func TestCutOff(t *testing.T) {
	plain, packed := small(t)
	for _, whole := range [][]byte{plain, packed} {
		for n := 0; n < len(whole); n += 1 + len(whole)/150 {
			refuses(t, "cut off", whole[:n], ErrDamaged)
		}
		refuses(t, "without its last byte", whole[:len(whole)-1], ErrDamaged)
	}
}

// TestFlipped: whichever bit is another, it is refused, or it is one that says nothing: what is read is the same.
func TestFlipped(t *testing.T) {
	plain, _ := small(t)
	want := &recorder{}
	if _, err := read(t.Context(), bytes.NewReader(plain), want.visitor()); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range plain {
		b := bytes.Clone(plain)
		b[i] ^= 1 << (i % 8)
		got := &recorder{}
		_, err := read(t.Context(), bytes.NewReader(b), got.visitor())
		switch {
		case errors.Is(err, ErrDamaged), errors.Is(err, ErrVersion):
			refused++
		case err != nil:
			t.Errorf("byte %d: %v", i, err)
		case got.String() != want.String():
			t.Errorf("byte %d changed what was read", i)
		}
	}
	if refused < 1000 {
		t.Errorf("%d of %d were refused", refused, len(plain))
	}
}

// recorder writes down what it is given.
type recorder struct{ strings.Builder }

func (r *recorder) visitor() visitor {
	return visitor{manifest: func(m Manifest) error {
		text, err := note(m)
		r.Write(text)
		return err
	}, row: func(w desk.Write) error {
		text, err := row.Encode(w)
		r.Write(text)
		return err
	}, file: func(id string, content io.Reader) error {
		r.WriteString(id)
		_, err := io.Copy(r, content)
		return err
	}}
}

// entry is one of a forged archive.
type entry struct {
	name, content string
	change        func(*tar.Header)
}

// forge makes an archive of entries; the last one's sum is right.
func forge(t testing.TB, f Figures, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := &writer{ctx: t.Context(), tar: tar.NewWriter(&b), sum: newSum(), at: time.UnixMilli(0), figures: f}
	for _, e := range entries {
		if e.change == nil {
			if err := w.entry(e.name, int64(len(e.content)), strings.NewReader(e.content)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		h := &tar.Header{Typeflag: tar.TypeReg, Name: e.name, Size: int64(len(e.content))}
		e.change(h)
		if err := w.tar.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		content := e.content[:h.Size]
		fmt.Fprintf(w.sum, "%s\n%d\n%s", e.name, h.Size, content)
		if _, err := io.WriteString(w.tar, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.sums(); err != nil {
		t.Fatal(err)
	}
	_ = w.tar.Close()
	return b.Bytes()
}

const (
	begins = `{"format":1,"parley":"x","written_at":1,"clock":1,"store":"x","epoch":"x","final":true}`
	ready  = `{"media":{"id":"f1","state":"ready"}}` + "\n"
)

// TestForeign: what Parley does not write it does not read.
func TestForeign(t *testing.T) {
	manifest, rows := entry{name: "manifest.json", content: begins}, entry{name: "rows/00000001.jsonl", content: ready}
	file := entry{name: "media/f1", content: "x"}
	one, none := Figures{Rows: 1, Files: 1, FileBytes: 1}, Figures{Rows: 1, Missing: 1}
	refuses := func(what string, want error, f Figures, entries ...entry) {
		t.Helper()
		refuses(t, what, forge(t, f, entries...), want)
	}
	refuses("a newer format", ErrVersion, Figures{}, entry{name: "manifest.json", content: `{"format":2,"colour":"red"}`})
	refuses("an unknown member", ErrDamaged, Figures{}, entry{name: "manifest.json", content: begins[:len(begins)-1] + `,"colour":1}`})
	refuses("a manifest of nothing", ErrDamaged, Figures{}, entry{name: "manifest.json", content: `{}`})
	refuses("a manifest too large", ErrDamaged, Figures{}, entry{name: "manifest.json", content: begins + strings.Repeat(" ", MaxNote)})
	refuses("no manifest", ErrDamaged, none, rows)
	refuses("two manifests", ErrDamaged, Figures{}, manifest, manifest)
	refuses("pieces out of order", ErrDamaged, none, manifest, entry{name: "rows/00000002.jsonl", content: ready})
	refuses("a piece twice", ErrDamaged, Figures{Rows: 2, Missing: 2}, manifest, rows, rows)
	refuses("rows behind files", ErrDamaged, one, manifest, rows, file, entry{name: "rows/00000002.jsonl", content: ready})
	refuses("a file twice", ErrDamaged, Figures{Rows: 1, Files: 2, FileBytes: 2}, manifest, rows, file, file)
	refuses("a file of no row", ErrDamaged, one, manifest, rows, entry{name: "media/f2", content: "x"})
	refuses("half a row", ErrDamaged, none, manifest, entry{name: rows.name, content: ready[:len(ready)-1]})
	refuses("an empty piece", ErrDamaged, Figures{}, manifest, entry{name: rows.name})
	refuses("a row that ends one", ErrDamaged, Figures{Rows: 1}, manifest, entry{name: rows.name, content: `{"drop_token":{"hash":"x"}}` + "\n"})
	refuses("an unknown row", ErrDamaged, Figures{Rows: 1}, manifest, entry{name: rows.name, content: `{"colour":{"hash":"x"}}` + "\n"})
	refuses("wrong figures", ErrDamaged, Figures{Rows: 2}, manifest, rows)
	refuses("another entry", ErrDamaged, none, manifest, rows, entry{name: "readme.txt", content: "x"})
	for _, id := range []string{"..", "../f1", "a/b", ".unfinished-f1", "/etc/passwd", "a\\b", "f1.", strings.Repeat("f", MaxID+1)} {
		piece := entry{name: rows.name, content: strings.Replace(ready, "f1", strings.ReplaceAll(id, `\`, `\\`), 1)}
		if len("media/"+id) <= 100 {
			refuses("the file "+id, ErrDamaged, one, manifest, piece, entry{name: "media/" + id, content: "x"})
		}
	}
	empty := Figures{Rows: 1, Files: 1}
	for what, change := range map[string]func(*tar.Header){
		"a link":       func(h *tar.Header) { h.Typeflag, h.Linkname = tar.TypeSymlink, "/etc/passwd" },
		"a hard link":  func(h *tar.Header) { h.Typeflag, h.Linkname = tar.TypeLink, "manifest.json" },
		"a folder":     func(h *tar.Header) { h.Typeflag = tar.TypeDir },
		"a device":     func(h *tar.Header) { h.Typeflag = tar.TypeChar },
		"a PAX header": func(h *tar.Header) { h.PAXRecords = map[string]string{"x.y": "z"} },
		"a GNU header": func(h *tar.Header) { h.Format, h.AccessTime = tar.FormatGNU, time.UnixMilli(1) },
	} {
		refuses(what, ErrDamaged, empty, manifest, rows, entry{file.name, "", change})
	}
	for what, whole := range map[string][]byte{"a file": forge(t, one, manifest, rows, file),
		"an empty file": forge(t, empty, manifest, rows, entry{file.name, "", func(h *tar.Header) { h.Format = tar.FormatUSTAR }})} {
		if _, err := read(t.Context(), bytes.NewReader(whole), visitor{}); err != nil {
			t.Errorf("%s, from which these differ, is refused: %v", what, err)
		}
	}
}

func TestSomethingElse(t *testing.T) {
	plain, packed := small(t)
	for what, text := range map[string][]byte{
		"nothing": nil, "zeros": make([]byte, 4096), "words": []byte("these are words"), "a database": []byte("SQLite format 3\x00"),
		"something behind it": append(bytes.Clone(plain), 'x'), "another behind it": append(bytes.Clone(plain), plain...),
		"something behind the gzipped": append(bytes.Clone(packed), 'x'), "gzipped twice": pack(t, packed), "gzipped nothing": pack(t, nil),
		"gzipped, and more in it": pack(t, append(bytes.Clone(plain), 'x')),
	} {
		refuses(t, what, text, ErrDamaged)
	}
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("a folder was opened")
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// TestChangedMeanwhile: what is read the second time must be what was looked at the first time.
func TestChangedMeanwhile(t *testing.T) {
	c, _, _ := busy(t, memory.New("e"))
	path := c.file(true)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	there := &company{TB: t, store: &before{Store: memory.New("e"), do: func() {
		changed := bytes.Replace(text, []byte("it is pending"), []byte("it is forged!"), -1)
		if err := os.WriteFile(path, changed, 0o600); err != nil || bytes.Equal(changed, text) {
			t.Fatalf("it was not changed: %v", err)
		}
	}}, media: filepath.Join(t.TempDir(), "media")}
	if _, err := open(t, path).Import(t.Context(), Target{Store: there.store, Media: there.media}); !errors.Is(err, ErrDamaged) {
		t.Errorf("it was taken: %v", err)
	}
	if len(there.rows()) > 0 || len(there.contents()) > 0 {
		t.Errorf("%d rows and %v are left", len(there.rows()), there.contents())
	}
}

// before is a store before whose commits something happens.
type before struct {
	store.Store
	do func()
}

func (b *before) Commit(ctx context.Context, f func(store.Tx) error) error {
	b.do()
	return b.Store.Commit(ctx, f)
}

// TestCutConnection: a commit that the store could not confirm counts if it is there, else nothing is left; and where
// nobody can say, nothing is taken away.
func TestCutConnection(t *testing.T) {
	for name, want := range map[string]struct {
		lost, gone bool
		files      int
	}{"committed": {false, false, 1}, "lost": {true, false, 0}, "committed and gone": {false, true, 1}, "lost and gone": {true, true, 1}} {
		c, _, _ := busy(t, memory.New("e"))
		to := &mute{Store: memory.New("e"), lost: want.lost, gone: want.gone}
		there := &company{TB: t, store: to, media: filepath.Join(t.TempDir(), "media")}
		_, err := open(t, c.file(true)).Import(t.Context(), Target{Store: to, Media: there.media})
		to.gone = false
		if (err != nil) != (want.lost || want.gone) || errors.Is(err, ErrUnknown) != want.gone {
			t.Errorf("%s: %v", name, err)
		}
		if (len(there.rows()) == 0) != want.lost || len(there.contents()) != want.files {
			t.Errorf("%s: %d rows, %d files", name, len(there.rows()), len(there.contents()))
		}
	}
}

// mute is a store that cannot say that it has committed, may not have, and may not answer any more.
type mute struct {
	store.Store
	lost, gone, cut bool
}

func (m *mute) Commit(ctx context.Context, f func(store.Tx) error) error {
	m.cut = true
	if !m.lost {
		if err := m.Store.Commit(ctx, f); err != nil {
			return err
		}
	}
	return errors.New("the connection was lost")
}

func (m *mute) Read(ctx context.Context, f func(store.Reader) error) error {
	if m.gone && m.cut {
		return errors.New("the database does not answer")
	}
	return m.Store.Read(ctx, f)
}

// FuzzRead: whatever is read is refused or is what a writer could have written; nothing panics.
func FuzzRead(f *testing.F) {
	plain, packed := small(f)
	f.Add(plain)
	f.Add(packed)
	f.Add(plain[:len(plain)/2])
	f.Add(forge(f, Figures{Rows: 1, Missing: 1}, entry{name: "manifest.json", content: begins}, entry{name: "rows/00000001.jsonl", content: ready}))
	f.Fuzz(func(t *testing.T, text []byte) {
		var rows int64
		in, err := read(t.Context(), bytes.NewReader(text), visitor{row: func(w desk.Write) error {
			rows++
			_, err := row.Encode(w)
			return err
		}, file: func(id string, content io.Reader) error {
			if !sound(id) || id != filepath.Base(id) || strings.HasPrefix(id, ".") {
				t.Errorf("a file called %q", id)
			}
			return nil
		}})
		if err == nil && (in.figures.Rows != rows || in.figures.Files+in.figures.Missing > rows) {
			t.Errorf("%+v of %d rows", in.figures, rows)
		}
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrVersion) {
			t.Errorf("an error that says nothing: %v", err)
		}
	})
}
