package sqlite

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/store"
)

// TestCountsOfAnOlderStore: a store of schema 1 did not have beside its chats what an agent's counts need.
func TestCountsOfAnOlderStore(t *testing.T) {
	path := file(t)
	script, err := schema.ReadFile("schema/0001.sql")
	if err != nil {
		t.Fatal(err)
	}
	run(t, path, string(script)+fmt.Sprintf("PRAGMA user_version = 1; PRAGMA application_id = %d;", applicationID)+
		"INSERT INTO meta (id, epoch, clock) VALUES (1, 'e', 0)")
	for i, c := range []chat.Chat{
		{Status: chat.Picked, Assignee: "a"},
		{Status: chat.Picked, Assignee: "a", WaitingSince: 5},
		{Status: chat.Picked, Assignee: "a", WaitingSince: 5, Unread: 2},
		{Status: chat.Picked, Assignee: "a", Unread: 2},
		{Status: chat.OnHold, Assignee: "a", WaitingSince: 5, Unread: 2},
		{Status: chat.Picked, Assignee: "b", WaitingSince: 5, Unread: 2},
		{Status: chat.Queued, WaitingSince: 5, Unread: 2},
	} {
		c.ID = chat.ID(fmt.Sprint("h", i))
		text, err := encode(chatDoc(c))
		if err != nil {
			t.Fatal(err)
		}
		run(t, path, fmt.Sprintf("INSERT INTO chats VALUES ('%s', '%[1]s', 's', 'c', 't', '%s', '%s', 1, '%s')", c.ID, c.Assignee, c.Status, text))
	}
	err = open(t, path).Read(t.Context(), func(r store.Reader) error {
		if diff := cmp.Diff(chat.Counts{Held: 4, Waiting: 2, Pending: 1}, r.CountsOf("a")); diff != "" {
			t.Error(diff)
		}
		return r.Err()
	})
	if err != nil {
		t.Error(err)
	}
}
