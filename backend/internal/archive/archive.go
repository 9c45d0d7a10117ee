// Package archive is the one file that a tenant is moved or kept in: `parleyd backup` and `export` write it, `restore`
// and `import` read it, whichever store it came from or goes to. It owns the file's format and what becomes of replies
// that may have gone out; what the rows mean is desk's, and which folder, database or server it is about, its callers'.
//
// The file is a tar (USTAR), gzipped or not, of these entries in this order:
//
//	manifest.json         a Manifest
//	rows/00000001.jsonl   pieces of lines, each a row as package row encodes it, in the order of store.Reader.Rows
//	media/ID              the content of the files that the rows call ready, in the order of their rows
//	sums.json             a Sums: what the file must hold, so that one that is cut off or damaged is refused
//
// It holds customers' words, the vendors' secrets and the hashes of tokens. Whoever keeps it keeps it as safe as the
// data folder.
package archive

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"runtime/debug"

	"github.com/go-json-experiment/json"

	"parley/backend/chat"
	"parley/backend/internal/desk"
)

// Format is the version of the format that this package writes, and the only one that it reads.
const Format = 1

// Limits of what is read, and so of what is written.
const (
	MaxNote  = 64 << 10 // bytes of manifest.json and of sums.json
	MaxPiece = 16 << 20 // bytes of a piece of rows
	MaxFile  = 4 << 30  // bytes of a file; deliver takes much smaller ones
	MaxID    = 128      // characters of a file's id

	pieceBytes = 1 << 20 // a piece that has as many is ended
	rowsAtOnce = 256     // rows given to the store in one outcome
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrDamaged: the file is cut off, was changed, or is no archive.
	ErrDamaged = errors.New("archive: it is damaged or was cut off, or it is no archive of Parley")
	// ErrVersion: its format is another than this program's.
	ErrVersion = errors.New("archive: it is of another version of Parley")
	// ErrNotFinal: it was written by a backup, and is to be imported.
	ErrNotFinal = errors.New("archive: it is a backup, not an export")
	// ErrNotEmpty: the store that it is to be read into has rows.
	ErrNotEmpty = errors.New("archive: the store is not empty")
	// ErrUnknown: the store was lost while it committed.
	ErrUnknown = errors.New("archive: the store was lost at the end")
)

// Manifest is what stands at the beginning of the file.
type Manifest struct {
	Format    int         `json:"format"`
	Parley    string      `json:"parley"`     // the version of the program that wrote it
	WrittenAt chat.Millis `json:"written_at"` // by the clock of the machine
	Clock     chat.Millis `json:"clock"`      // the server's time at the last commit that is in it
	Store     string      `json:"store"`      // where it comes from: sqlite, postgres
	Epoch     string      `json:"epoch"`      // of the streams there
	// Final: no server ran, and none goes on where it comes from, so that what is pending in it has not gone out.
	Final bool `json:"final"`
}

// Figures is what an archive holds.
type Figures struct {
	Rows      int64 `json:"rows"`
	Chats     int64 `json:"chats"`
	Messages  int64 `json:"messages"`
	Files     int64 `json:"files"`
	FileBytes int64 `json:"file_bytes"`
	// Missing are files that the rows call ready and that were not there.
	Missing int64 `json:"missing"`
}

// Sums is what stands at the end of the file.
type Sums struct {
	Figures
	// SHA256 is that of all entries before: of each its name, its size in decimal digits, each with a line break
	// behind it, and its content; in hex.
	SHA256 string `json:"sha256"`
}

// newSum begins Sums.SHA256.
func newSum() hash.Hash { return sha256.New() }

// count counts a row.
func (f *Figures) count(w desk.Write) {
	f.Rows++
	switch w.(type) {
	case desk.PutChat:
		f.Chats++
	case desk.PutMessage:
		f.Messages++
	}
}

// version names the build, from what the compiler noted.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}

// readManifest reads one strictly. Of a format that it does not know it asks for nothing else.
func readManifest(text []byte) (m Manifest, err error) {
	var any struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(text, &any); err != nil || any.Format < 1 {
		return m, fmt.Errorf("%w: its manifest cannot be read", ErrDamaged)
	}
	if any.Format != Format {
		return m, fmt.Errorf("%w: its format is %d, this program reads %d", ErrVersion, any.Format, Format)
	}
	if err := json.Unmarshal(text, &m, json.RejectUnknownMembers(true)); err != nil || m.Clock < 0 {
		return m, fmt.Errorf("%w: its manifest cannot be read", ErrDamaged)
	}
	return m, nil
}

// readSums reads them strictly.
func readSums(text []byte) (s Sums, err error) {
	if err := json.Unmarshal(text, &s, json.RejectUnknownMembers(true)); err != nil {
		return s, fmt.Errorf("%w: its sums cannot be read", ErrDamaged)
	}
	return s, nil
}

// note is a value as manifest.json and sums.json have it.
func note(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	return append(bytes.TrimSpace(text), '\n'), nil
}

// sound reports whether id can be the name of a file. It is one by itself on every system.
func sound(id string) bool {
	if id == "" || len(id) > MaxID {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
