package inbox

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/backend/chat"
)

// many are n chats as they are in a big desk: all mine, none like another.
func many(n int) []*Item {
	items := make([]*Item, n)
	for i := range items {
		c := picked(chat.ID(fmt.Sprintf("CSR%013d", i)), chat.Millis(1_700_000_000_000+i*7919%n))
		c.LastInboundAt, c.WaitingSince = c.AssignedAt+5, c.AssignedAt*chat.Millis(i%2)
		c.Priority, c.Channel, c.LastText = chat.Priority(i%5), chat.WhatsApp, fmt.Sprintf("Hello, where is my parcel %d?", i)
		items[i] = &Item{Chat: c, Customer: fmt.Sprintf("Customer %d", i*31), CustomerID: chat.CustomerID(fmt.Sprintf("C-%08d", i))}
	}
	return items
}

// plainSort is how long sorting the same afresh takes.
func plainSort(items []*Item, o chat.Order) time.Duration {
	took := make([]time.Duration, 3)
	for i := range took {
		sorted := slices.Clone(items)
		began := time.Now()
		slices.SortFunc(sorted, func(a, b *Item) int { return o.Compare(&a.Chat, &b.Chat) })
		took[i] = time.Since(began)
	}
	return slices.Min(took)
}

func benchmarkEvent(b *testing.B, n int, f Filter, hand bool) {
	items := many(n)
	x := New(me)
	x.Update(items, nil)
	x.SetOrder(chat.MyList, chat.LatestInbound)
	x.SetFilter(chat.MyList, f)
	x.View(chat.MyList)
	sort := plainSort(items, chat.LatestInbound)
	now := int64(0)
	for i := 0; b.Loop(); i++ {
		if hand && i%100 == 0 { // as after some seconds
			x.Apply(chat.MyList)
			x.Hand(chat.MyList, now, true)
		}
		at := i * 104729 % n
		it := *items[at]
		it.Chat.LastInboundAt, it.Chat.Unread = chat.Millis(1_800_000_000_000+i), it.Chat.Unread+1
		items[at] = &it
		x.Update(items[at:at+1], nil)
		x.View(chat.MyList).Rows(0, 40)
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(sort), "x-plain-sort")
}

// BenchmarkEvent is a customer's message in one of many chats, and the look at the first rows that follows it.
func BenchmarkEvent(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkEvent(b, n, Filter{}, false) })
		b.Run(fmt.Sprint(n, " filtered"), func(b *testing.B) { benchmarkEvent(b, n, Filter{Query: "parcel 7"}, false) })
		b.Run(fmt.Sprint(n, " under the hand"), func(b *testing.B) { benchmarkEvent(b, n, Filter{}, true) })
	}
}

// BenchmarkOrder is a change of order, beside a plain sort.
func BenchmarkOrder(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			items := many(n)
			x := New(me)
			x.Update(items, nil)
			sort := plainSort(items, chat.LongestWait)
			for i := 0; b.Loop(); i++ {
				x.SetOrder(chat.MyList, []chat.Order{chat.LongestWait, chat.LatestInbound}[i%2])
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(sort), "x-plain-sort")
		})
	}
}

// BenchmarkQuery is typing one letter more, beside looking for it in one field of all chats.
func BenchmarkQuery(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x, items := New(me), many(n)
			x.Update(items, nil)
			began := time.Now()
			had := filtered(items, func(it *Item) bool { return strings.Contains(strings.ToLower(it.Chat.LastText), "parcel 7") })
			plain := time.Since(began)
			for i := 0; b.Loop(); i++ {
				x.SetFilter(chat.MyList, Filter{Query: "parcel 77"[:8+i%2]})
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(plain), "x-plain-search")
			runtime.KeepAlive(had)
		})
	}
}

// BenchmarkMemory is what an index takes for 1,000 chats beside their Items, also while something is searched for, and
// how much a whole Item is.
func BenchmarkMemory(b *testing.B) {
	const n = 10_000
	for b.Loop() {
		empty := heap()
		items := many(n)
		bare := heap()
		x := New(me)
		x.Update(items, nil)
		index := heap()
		x.SetFilter(chat.MyList, Filter{Query: "parcel 7"})
		searching := heap()
		b.ReportMetric((bare-empty)/n*1000, "items-B/1000")
		b.ReportMetric((index-bare)/n*1000, "index-B/1000")
		b.ReportMetric((searching-index)/n*1000, "search-B/1000")
		b.ReportMetric((searching-empty)/(bare-empty), "x-bare-items")
		runtime.KeepAlive(x)
		runtime.KeepAlive(items)
	}
}

func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
