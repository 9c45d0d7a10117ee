package architecture

import (
	"encoding/json"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// pkg is what `go list -json` says of one package of this module, without its tests.
type pkg struct {
	ImportPath string
	Imports    []string
}

// may lists, for a room and everything below it, which other rooms of Parley it may import. The longest room that
// matches a package counts; a package may always import what lies below itself.
var may = []struct {
	room string
	of   []string
	why  string
}{
	{"backend/chat", nil, "the nouns and rules that both sides need know nobody"},
	{"backend/crash", nil, "a leaf: moments at which tests end a process"},
	{"backend/memnet", nil, "a leaf: a network inside the process"},
	{"backend/wire", []string{"backend/chat"}, "the protocol carries the nouns and nothing of either side"},
	{"backend/internal/desk", []string{"backend/chat", "backend/wire"}, "the authority is pure: rows, frames and timers are its results"},
	{"backend/internal/desk/desktest", []string{"backend/chat", "backend/wire", "backend/internal/desk", "backend/internal/store"}, "tests only: commands by chance on any store, and what must hold after each"},
	{"backend/internal/ids", []string{"backend/chat", "backend/internal/desk"}, "chance, as desk asks for it"},
	{"backend/internal/store", []string{"backend/chat", "backend/wire", "backend/internal/desk"}, "a store keeps what desk decides and decides nothing"},
	{"backend/internal/disktest", nil, "tests only: disks that are full or can only be read"},
	{"backend/internal/commit", []string{"backend/chat", "backend/wire", "backend/crash", "backend/internal/desk", "backend/internal/store", "backend/internal/ids"}, "the one place where commands become commits"},
	{"backend/internal/hub", []string{"backend/wire", "backend/internal/store"}, "passes frames on; knows no rule"},
	{"backend/internal/auth", []string{"backend/chat", "backend/internal/desk", "backend/internal/store"}, "tokens, nothing of chats"},
	{"backend/internal/feed", []string{"backend/chat", "backend/wire", "backend/internal/desk", "backend/internal/store", "backend/internal/auth"}, "what a console is sent, pure, so that the simulation runs the code that ships"},
	{"backend/internal/session", []string{"backend/chat", "backend/wire", "backend/internal/desk", "backend/internal/store", "backend/internal/hub", "backend/internal/auth", "backend/internal/feed"}, "one agent's connection; sends commands, never writes rows"},
	{"backend/internal/channel", []string{"backend/chat", "backend/internal/desk"}, "a vendor's format becomes commands; no store, no rule"},
	{"backend/internal/deliver", []string{"backend/chat", "backend/crash", "backend/internal/desk", "backend/internal/store", "backend/internal/channel"}, "carries outgoing rows to vendors; what comes of it is a command"},
	{"backend/internal/clock", []string{"backend/chat", "backend/internal/desk", "backend/internal/store"}, "due rows become commands"},
	{"backend/internal/archive", []string{"backend/chat", "backend/internal/desk", "backend/internal/ids", "backend/internal/store"}, "rows and files in one file; what may have gone out is desk's to say"},
	{"backend/internal/vendors", []string{"backend/chat"}, "the other side of the vendors' wire must share no code with ours, or both could be wrong alike"},
	{"backend/server", []string{"backend/chat", "backend/wire", "backend/crash", "backend/internal"}, "wires the rooms of the server"},
	{"backend/servertest", []string{"backend/chat", "backend/wire", "backend/internal"}, "tests only: the server by hand, for the simulation, which may not see inside"},
	{"backend/demo", []string{"backend/chat", "backend/wire", "backend/memnet", "backend/server", "backend/internal"}, "a real server with simulated vendors"},
	{"backend/cmd/parleyd", []string{"backend/chat", "backend/server", "backend/demo", "backend/internal/vendors", "backend/internal/archive", "backend/internal/store", "build/licences"}, "the standalone program; simulate is the vendors' side alone, and archives move stores"},
	{"backend/e2e", nil, "tests of the programs that ship"},
	{"backend/crashtest", nil, "tests that kill the programs"},
	{"backend/worldtest", []string{"backend/chat", "backend/memnet", "backend/server", "backend/internal"}, "tests only: a company on a real server, also for those who may not see its rooms"},
	{"backend/racetest", nil, "tests of who is first, over real sockets"},
	{"app/internal/nettest", nil, "tests of both sides with a bad network or a bad server between"},
	{"app/view", nil, "what the page sees: plain structs"},
	{"app/internal/record", nil, "keys and values, the words between the pure rooms and the disk"},
	{"app/internal/filename", nil, "a leaf: what a file from outside may be called"},
	{"app/internal/linktest", []string{"backend/chat", "backend/wire", "app/internal/engine"}, "tests only: a server behind engine's link"},
	{"app/internal/simulation", []string{"backend/chat", "backend/wire", "backend/servertest", "app/internal/replica", "app/internal/outbox", "app/internal/inbox", "app/internal/record"}, "tests only: the client's pure rooms against the server's, from one seed"},
	{"app/internal/replica", []string{"backend/chat", "backend/wire", "app/internal/outbox", "app/internal/inbox", "app/internal/record", "app/internal/search"}, "the client's truth is pure"},
	{"app/internal/search", nil, "a leaf: words and whether a text has them, pure"},
	{"app/internal/inbox", []string{"backend/chat", "app/internal/search"}, "order, membership, filters, selection, dots and counts, pure"},
	{"app/internal/outbox", []string{"backend/chat", "backend/wire", "app/internal/record"}, "the queue of commands, pure"},
	{"app/internal/engine", []string{"backend/chat", "backend/wire", "backend/crash", "app/view", "app/internal"}, "the one goroutine that owns the pure rooms"},
	{"app/internal/cache", []string{"app/internal/record", "app/internal/engine"}, "files of keys and values; knows none of the nouns"},
	{"app/internal/link", []string{"backend/wire", "backend/crash", "app/internal/engine"}, "one socket"},
	{"app/internal/bus", []string{"app/view"}, "merges what changed"},
	{"app/internal/secret", nil, "the keychain"},
	{"app/shell", []string{"app/view", "app/internal"}, "the window and the desktop's services"},
	{"app/webhost", []string{"app/internal/filename"}, "the page in a browser"},
	{"app", []string{"backend/chat", "backend/wire", "app/view", "app/internal", "build/licences"}, "what the page may call; never the server"},
	{"frontend", nil, "hands out the built page"},
	{"build/bench", []string{"backend/wire"}, "measures the programs over their own protocol"},
	{"build", []string{"build"}, "tools"},
	{".", []string{"app", "backend/demo", "frontend", "build/licences"}, "main wires both sides and has no logic"},
}

// pure rooms take now, ids and chance as parameters.
var pure = []string{"backend/chat", "backend/internal/desk", "backend/internal/feed", "app/internal/replica", "app/internal/inbox", "app/internal/outbox", "app/internal/search"}

// impure is what a pure room may not import.
var impure = []string{"time", "math/rand", "math/rand/v2", "crypto/rand", "context", "os", "io/fs", "net", "net/http", "sync", "log", "log/slog"}

func TestImports(t *testing.T) {
	for _, p := range list(t) {
		room := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "parley"), "/")
		if room == "" {
			room = "."
		}
		rule := slices.IndexFunc(may, func(r struct {
			room string
			of   []string
			why  string
		}) bool {
			return r.room == best(room)
		})
		if rule < 0 {
			t.Errorf("%s is a room without a rule: add one, with its reason", room)
			continue
		}
		for _, imported := range p.Imports {
			other, own := strings.CutPrefix(imported, "parley/")
			if own && !under(other, may[rule].room) && !slices.ContainsFunc(may[rule].of, func(r string) bool { return under(other, r) }) {
				t.Errorf("%s imports %s, and may not: %s", room, other, may[rule].why)
			}
		}
	}
}

func TestPureRoomsDoNoIO(t *testing.T) {
	for _, p := range list(t) {
		room := strings.TrimPrefix(p.ImportPath, "parley/")
		if !slices.Contains(pure, room) {
			continue
		}
		for _, i := range p.Imports {
			if slices.Contains(impure, i) {
				t.Errorf("%s imports %s: a pure room is given the time, ids and chance, and does no I/O", room, i)
			}
			if room == "backend/chat" && (strings.Contains(i, ".") || strings.HasPrefix(i, "parley/")) {
				t.Errorf("%s imports %s: the nouns import only the standard library", room, i)
			}
		}
	}
}

// TestWailsStaysInTheShell: only main and the shell may know the window's library, so that everything else runs
// and is tested without a display.
func TestWailsStaysInTheShell(t *testing.T) {
	for _, p := range list(t) {
		for _, i := range p.Imports {
			if strings.HasPrefix(i, "github.com/wailsapp/wails") && p.ImportPath != "parley" && p.ImportPath != "parley/app/shell" {
				t.Errorf("%s imports %s: only main and app/shell may", p.ImportPath, i)
			}
		}
	}
}

// best is the longest room with a rule that room lies in.
func best(room string) string {
	found := ""
	for _, r := range may {
		if under(room, r.room) && len(r.room) > len(found) {
			found = r.room
		}
	}
	return found
}

func under(room, above string) bool {
	return room == above || strings.HasPrefix(room, above+"/")
}

func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = path.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
