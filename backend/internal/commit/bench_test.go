package commit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/ids"
	"parley/backend/internal/store"
	"parley/backend/internal/store/postgres"
	"parley/backend/internal/store/postgres/pgtest"
	"parley/backend/internal/store/sqlite"
	"parley/backend/wire"
)

// inbound decides as much as a customer's message takes: it looks for a duplicate and the open chat, and puts
// the message, the chat, an outgoing row and a frame.
func inbound(v desk.View, now chat.Millis, source desk.IDs, c desk.Command) desk.Outcome {
	in := c.(desk.Inbound)
	if m, ok := v.MessageByVendor(in.Channel, in.VendorID); ok {
		return desk.Outcome{Answer: desk.Answer{Duplicate: true, Created: string(m.ID)}}
	}
	i := chat.IdentityID(in.AssetVendor)
	h, ok := v.OpenChat(i, "s1")
	if !ok {
		h = chat.Chat{ID: source.ChatID("SUP"), Status: chat.Picked, Team: "t1", Asset: "s1", Identity: i, Customer: "c1", CreatedAt: now}
	}
	h.LastNumber++
	m := chat.Message{ID: chat.MessageID(source.Opaque()), Chat: h.ID, Number: h.LastNumber, Kind: chat.Inbound, Text: in.Text, At: now}
	return desk.Outcome{
		Writes: []desk.Write{desk.PutChat{Chat: h},
			desk.PutMessage{Message: m, Vendor: desk.VendorKey{Channel: in.Channel, ID: in.VendorID}},
			desk.PutOutgoing{Outgoing: desk.Outgoing{Message: m.ID, Chat: h.ID, Number: m.Number, State: desk.OutPending, NextAt: now}}},
		Frames: []desk.Frame{{Stream: wire.Stream{Kind: wire.AgentStream, ID: "a1"},
			Changes: []wire.Change{{Chat: &wire.Chat{ID: string(h.ID)}}, {Message: &wire.Message{ID: string(m.ID), Text: m.Text}}}}},
	}
}

// fsync measures one write of a page's size and its fsync in dir.
func fsync(b *testing.B, dir string) time.Duration {
	b.Helper()
	f, err := os.Create(filepath.Join(dir, "bare"))
	if err != nil {
		b.Fatal(err)
	}
	const tries = 200
	page := make([]byte, 4096)
	began := time.Now()
	for range tries {
		if _, err := f.Write(page); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	took := time.Since(began) / tries
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return took
}

// BenchmarkCommit submits messages from one and from 64 goroutines; fsyncs/op is the time of one message in bare
// fsyncs of the same run.
func BenchmarkCommit(b *testing.B) {
	for name, open := range map[string]func(b *testing.B) (store.Store, error){
		"sqlite": func(b *testing.B) (store.Store, error) {
			return sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "parley.db"), sqlite.Options{})
		},
		"postgres": func(b *testing.B) (store.Store, error) {
			return postgres.Open(b.Context(), pgtest.DurableDatabase(b), postgres.Options{})
		},
	} {
		for _, senders := range []int{1, 64} {
			b.Run(fmt.Sprintf("store=%s/senders=%d", name, senders), func(b *testing.B) {
				s, err := open(b)
				if err != nil {
					b.Fatal(err)
				}
				measure(b, s, senders)
				if err := s.Close(); err != nil {
					b.Error(err)
				}
			})
		}
	}
}

func measure(b *testing.B, s store.Store, senders int) {
	c, err := New(Config{Store: s, IDs: ids.Random(), Decide: inbound})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	bare := fsync(b, b.TempDir())
	var n atomic.Int64
	b.SetParallelism((senders + 1) / 2) // times GOMAXPROCS
	b.ResetTimer()
	if senders == 1 {
		for b.Loop() {
			submitOne(b, c, n.Add(1))
		}
	} else {
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				submitOne(b, c, n.Add(1))
			}
		})
	}
	b.StopTimer()
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(bare), "fsyncs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

func submitOne(b *testing.B, c *Committer, n int64) {
	_, err := c.Submit(context.Background(), desk.Inbound{Channel: chat.WhatsApp, VendorID: fmt.Sprint("wamid.", n),
		AssetVendor: fmt.Sprint("i", n%500), Text: "My parcel has not come, and the tracking says it was delivered on Monday."})
	if err != nil {
		b.Error(err)
	}
}
