package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/app/internal/engine"
	"parley/app/internal/linktest"
	"parley/app/internal/record"
	"parley/app/view"
	"parley/backend/chat"
)

// found is what a search in My Chats shows: "A: excerpt | B", and whether it still goes on.
func (c *console) found(query string) string {
	c.SetFilter(chat.MyList, view.Filter{Query: query})
	synctest.Wait()
	return c.rows()
}

func (c *console) rows() string {
	v := c.Picture().MyView
	var rows []string
	for _, r := range v.Rows(0, 100) {
		row := string(r.Chat.ID)
		if r.Found != "" {
			row += ": " + r.Found
		}
		rows = append(rows, row)
	}
	if v.Searching {
		rows = append(rows, "searching")
	}
	return strings.Join(rows, " | ")
}

// TestFindsTextsOnTheDisk: of conversations that nobody has opened, also those that come while it is searched.
func TestFindsTextsOnTheDisk(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		for _, text := range []string{"my order is late", "thank you"} {
			s.Wrote("A", text)
		}
		s.Wrote("B", "Größe 42?")
		s.Assign("B")
		synctest.Wait()
		want(t, c.found("ORDER late"), "A: my order is late")
		want(t, c.found("grösse"), "B")
		want(t, c.found("orders"), "")
		s.Wrote("B", "two orders")
		s.Wrote("B", "that is all")
		synctest.Wait()
		want(t, c.rows(), "B: two orders")
		want(t, c.found(""), "B | A")
	})
}

// TestFiltersByDot: the page's word for neither is not chat's.
func TestFiltersByDot(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.SetFilter(chat.MyList, view.Filter{Dots: []string{string(chat.NewDot)}})
		synctest.Wait()
		want(t, c.rows(), "A")
		c.SetFilter(chat.MyList, view.Filter{Dots: []string{view.NoDot}})
		synctest.Wait()
		want(t, c.rows(), "")
		c.Send("A", "yes")
		synctest.Wait()
		want(t, c.rows(), "A")
	})
}

// TestASearchSurvivesAReset: lists that are begun anew keep their filter, and the same is found.
func TestASearchSurvivesAReset(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Wrote("A", "my order is late")
		s.Wrote("A", "thank you")
		synctest.Wait()
		want(t, c.found("order"), "A: my order is late")
		s.Restore("another epoch")
		synctest.Wait()
		want(t, c.rows(), "A: my order is late")
	})
}

// TestASearchHoldsNoSaveUp: what is saved meanwhile does not wait until all is searched, and the same words are searched
// for once.
func TestASearchHoldsNoSaveUp(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		calls := &calls{Disk: disk.Disk}
		disk.Disk = calls
		c := start(t, disk, s)
		defer func() { c.stop() }()
		for i := range 2100 {
			s.Wrote("A", fmt.Sprint("message ", i))
		}
		synctest.Wait()
		calls.scanned = func() {
			c.SaveDraft("A", "I am on it")
			time.Sleep(time.Second)
		}
		c.SetFilter(chat.MyList, view.Filter{Query: "message 17"})
		time.Sleep(time.Minute)
		want(t, c.rows(), "A: message 2017")
		got := calls.made()
		want(t, got[:3], []string{"scan", "save", "scan"})
		c.SetFilter(chat.MyList, view.Filter{Query: " 17  MESSAGE"})
		synctest.Wait()
		want(t, calls.made(), got)
	})
}

// calls notes the scans of a disk and the saves of its outbox since the first of them.
type calls struct {
	engine.Disk
	mu      sync.Mutex
	list    []string
	scanned func() // called after the first scan
}

func (d *calls) note(what string) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if what == "scan" || len(d.list) > 0 {
		d.list = append(d.list, what)
	}
	return len(d.list)
}

func (d *calls) made() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.list)
}

func (d *calls) Scan(f record.File, bucket, prefix, from string, n int, visit func(key, value []byte)) (string, error) {
	if d.note("scan") == 1 {
		d.scanned()
	}
	return d.Disk.Scan(f, bucket, prefix, from, n, visit)
}

func (d *calls) Save(f record.File, b record.Batch) error {
	if f == record.Outbox {
		d.note("save")
	}
	return d.Disk.Save(f, b)
}
