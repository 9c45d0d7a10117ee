package cache

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"parley/app/internal/record"

	"github.com/google/go-cmp/cmp"
)

// victimFolder names, in the environment of a child process, the folder in which it saves until it is killed.
const victimFolder = "PARLEY_TEST_SAVES_IN"

// TestVictim is the child: it goes on where the outbox stands, and says on its standard output what is confirmed.
func TestVictim(t *testing.T) {
	folder := os.Getenv(victimFolder)
	if folder == "" {
		t.Skip("it is the child of TestKilledWhileSaving")
	}
	fmt.Println("opening")
	f := open(t, folder)
	for n := counted(t, f); ; n++ {
		if err := f.Save(record.Outbox, nth(n)); err != nil {
			t.Fatal(err)
		}
		fmt.Println(n + 1)
	}
}

// nth is the batch of the nth Save. A command comes with each, and the one of 40 Saves before ends.
func nth(n int) record.Batch {
	return batch(func(b *record.Batch) {
		b.Put("count", "n", []byte(strconv.Itoa(n+1)))
		b.Put("commands", fmt.Sprintf("%020d", n), fmt.Appendf(nil, "%d %s", n, strings.Repeat("word ", n*7%900)))
		b.Delete("commands", fmt.Sprintf("%020d", n-40))
		b.Put("drafts", strconv.Itoa(n%7), fmt.Appendf(nil, "draft %d", n))
	})
}

// counted is how many Saves an outbox has had.
func counted(t *testing.T, f *Files) int {
	t.Helper()
	records, err := f.Read(record.Outbox, "count", "n")
	if err != nil || len(records) == 0 {
		return 0
	}
	n, err := strconv.Atoi(string(records[0].Value))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestKilledWhileSaving kills a process as kill -9 does, again and again, at moments of chance: while it opens and
// repairs, while it saves, between the two files. What it had been told is saved is there, and nothing half.
func TestKilledWhileSaving(t *testing.T) {
	folder, want, n, between := t.TempDir(), table{}, 0, 0
	for round := range times(12, 200) {
		r := rand.New(rand.NewPCG(uint64(round), 9))
		if round%4 == 3 {
			change(t, filepath.Join(folder, halves[r.IntN(2)]), func(b []byte) []byte { return flip(b, r) })
		}
		confirmed := max(n, killOne(t, folder, r))
		if generation(t, folder, outboxName) > generation(t, folder, outboxCopyName) {
			between++
		}
		f := open(t, folder)
		if got := counted(t, f); got < confirmed || got > confirmed+1 {
			t.Fatalf("round %d: %d Saves are there, %d were confirmed", round, got, confirmed)
		}
		for ; n < counted(t, f); n++ {
			want.apply(nth(n))
		}
		if diff := cmp.Diff(want.batch(), f.outbox.state.batch()); diff != "" || strings.Contains(troubles(f), "outbox_damaged") {
			t.Fatalf("round %d: %q %s", round, troubles(f), diff)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d Saves, killed %d times between the two files", n, between)
}

// generation is what the newest state of a file says of itself.
func generation(t *testing.T, folder, name string) uint64 {
	t.Helper()
	images, err := look(filepath.Join(folder, name))
	if err != nil || len(images) == 0 {
		return 0
	}
	return images[0].generation
}

// killOne starts the child, lets it confirm some Saves and kills it in the middle of whatever it does then. It returns
// the last that it confirmed, 0 for none.
func killOne(t *testing.T, folder string, r *rand.Rand) (confirmed int) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestVictim$")
	child.Env = append(os.Environ(), victimFolder+"="+folder)
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines, wait := bufio.NewScanner(out), r.IntN(12)
	for lines.Scan() && lines.Text() != "opening" {
	}
	for range wait {
		lines.Scan()
	}
	for range r.IntN(3000) {
		runtime.Gosched()
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	said := lines.Text()
	for lines.Scan() {
		said = lines.Text()
	}
	_ = child.Wait() // it was killed
	confirmed, err = strconv.Atoi(said)
	if err != nil && said != "opening" {
		t.Fatalf("the child said %q", said)
	}
	return confirmed
}
