package cache

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"parley/app/internal/engine"
	"parley/app/internal/inbox"
	"parley/app/internal/record"
	"parley/app/internal/replica"
	"parley/app/internal/search"
	"parley/backend/chat"
	"parley/backend/wire"
)

// converse saves so many messages in each of so many chats; one in a hundred chats speaks of an order in its third.
func converse(t testing.TB, d engine.Disk, chats, messages int, text string) {
	t.Helper()
	var b record.Batch
	for i := range chats {
		id := chat.ID(fmt.Sprintf("CSR%013d", i))
		for n := range messages {
			m := chat.Message{ID: "01980000-0000-7000-8000-000000000000", Chat: id, Number: int64(n + 1), Kind: chat.Inbound, AuthorName: "Ana Lima", Text: text, At: 1e12}
			if i%100 == 7 && n == 2 {
				m.Text = fmt.Sprintf("ORDER %d", i)
			}
			value, err := json.Marshal(wire.FromMessage(m))
			if err != nil {
				t.Fatal(err)
			}
			b.Put(replica.BucketMessages, fmt.Sprintf("%s%020d", replica.PrefixOf(id), n+1), value)
		}
		if len(b) > 20_000 || i == chats-1 {
			if err := d.Save(record.Cache, b); err != nil {
				t.Fatal(err)
			}
			b = nil
		}
	}
}

// find looks through all messages, some at a time.
func find(t testing.TB, d engine.Disk, query string, atOnce int) []inbox.Found {
	t.Helper()
	f := replica.NewFinder(search.Parse(query))
	for from, more := "", true; more; more = from != "" {
		last, err := d.Scan(record.Cache, replica.BucketMessages, "", from, atOnce, f.Look)
		if err != nil {
			t.Fatal(err)
		}
		from = last
	}
	return f.Found(true)
}

func TestFindsInConversations(t *testing.T) {
	forEachDisk(t, func(t *testing.T, d engine.Disk) {
		converse(t, d, 300, 5, "Where is my parcel?")
		want := []inbox.Found{{Chat: "CSR0000000000007", Hits: search.Hits{1}, Text: "ORDER 7"}, {Chat: "CSR0000000000107", Hits: search.Hits{1}, Text: "ORDER 107"},
			{Chat: "CSR0000000000207", Hits: search.Hits{1}, Text: "ORDER 207"}}
		for _, atOnce := range []int{3, 1000, 10_000} {
			if diff := cmp.Diff(want, find(t, d, "order", atOnce)); diff != "" {
				t.Errorf("%d at once: %s", atOnce, diff)
			}
		}
		if got := find(t, d, "parcel", 1000); len(got) != 300 {
			t.Errorf("%d chats speak of a parcel", len(got))
		}
	})
}

// BenchmarkSearch looks through 30 messages in each of 1,000 chats on the disk, beside reading all of them.
func BenchmarkSearch(b *testing.B) {
	for name, text := range map[string]string{"ASCII": "Hello, where is my parcel? It was to come on Monday, and nobody answers the phone.",
		"Cyrillic": "Здравствуйте, где моя посылка? Она должна была прийти в понедельник, и никто не отвечает."} {
		b.Run(name, func(b *testing.B) {
			d, err := Open(b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			converse(b, d, 1000, 30, text)
			began := time.Now()
			if all, err := d.Read(record.Cache, replica.BucketMessages, ""); err != nil || len(all) != 30_000 {
				b.Fatal(len(all), err)
			}
			reading := time.Since(began)
			for b.Loop() {
				if got := find(b, d, "order", 1000); len(got) != 10 {
					b.Fatal(len(got))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/30_000, "ns/message")
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(reading), "x-reading")
		})
	}
}
