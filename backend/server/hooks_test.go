package server

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/channel"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/internal/vendors"
	"parley/backend/server/admin"
	"parley/backend/server/folder"
)

func TestVerification(t *testing.T) {
	r := newRig(t)
	path := "/hooks/whatsapp/shop?hub.mode=subscribe&hub.challenge=4711&hub.verify_token="
	if got := r.get(path+verifyToken, ""); got.status != http.StatusOK || got.body != "4711" {
		t.Errorf("the right token: %d %q, want the challenge", got.status, got.body)
	}
	if got := r.get(path+"wrong", ""); got.status != http.StatusForbidden {
		t.Errorf("a wrong token: %d, want 403", got.status)
	}
}

func TestSignedMessageComesToTheQueueOnce(t *testing.T) {
	r := newRig(t)
	m := r.text(person("1"), "Where is my parcel?")
	r.hears(m)
	r.hears(m) // the vendor repeats itself
	r.hears(m, m)
	all := r.chats()
	if len(all) != 1 || all[0].Status != "queued" || all[0].Messages != 1 {
		t.Errorf("chats: %+v, want one with one message", all)
	}
	if got := r.figure(`parley_commands_total{kind="inbound",outcome="duplicate"}`); got != "3" {
		t.Errorf("%s duplicates counted, want 3", got)
	}
}

func TestTwoBodiesAtOnceForANewCustomerMakeOneChat(t *testing.T) {
	r := newRig(t)
	var both sync.WaitGroup
	for _, m := range []vendors.Message{r.text(person("1"), "Hello"), r.text(person("1"), "Anybody there?")} {
		body := r.vendor.Body(m)
		both.Go(func() {
			if status, err := r.vendor.Post(r.ctx, body); status != http.StatusOK {
				t.Errorf("answered %d, %v", status, err)
			}
		})
	}
	both.Wait()
	if all := r.chats(); len(all) != 1 || all[0].Unread != 2 {
		t.Errorf("chats: %+v, want one with two messages", all)
	}
}

func TestOnlyAUserID(t *testing.T) {
	r := newRig(t)
	r.hears(r.text(vendors.Person{Name: "No phone", UserID: "US.13491208655302741918"}, "Hi"))
	if all := r.chats(); len(all) != 1 || all[0].Unread != 1 {
		t.Errorf("chats: %+v, want one with one message", all)
	}
}

func TestBadInputIsAnsweredAndDisturbsNothing(t *testing.T) {
	r := newRig(t)
	good := func() []byte { return r.vendor.Body(r.text(person("1"), "Hello")) }
	notJSON := []byte(`{"object":`)
	strange := bytes.Replace(good(), []byte(`"id":"wamid`), []byte(`"no":"wamid`), 1)
	huge := []byte(`{"object":"` + strings.Repeat("x", 3<<20) + `"}`)
	unknown := r.vendor.Body(r.vendor.Message(person("1"), "999", vendors.Content{Text: "Hello"}))
	for i, c := range []struct {
		name, credentials, signature string
		body                         []byte
		want                         int
	}{
		{"unknown credentials", "nobody", "", good(), http.StatusNotFound},
		{"no signature", "shop", "", good(), http.StatusUnauthorized},
		{"wrong signature", "shop", r.vendor.Sign([]byte("another body")), good(), http.StatusUnauthorized},
		{"malformed JSON", "shop", r.vendor.Sign(notJSON), notJSON, http.StatusBadRequest},
		{"too large", "shop", r.vendor.Sign(huge), huge, http.StatusRequestEntityTooLarge},
		{"unreadable message", "shop", r.vendor.Sign(strange), strange, http.StatusOK},
		{"unknown number", "shop", r.vendor.Sign(unknown), unknown, http.StatusOK},
	} {
		if got := r.post(c.credentials, c.signature, c.body); got != c.want {
			t.Errorf("%s: answered %d, want %d", c.name, got, c.want)
		}
		r.hears(r.text(person("2"), "the next message"))
		if all := r.chats(); len(all) != 1 || all[0].Unread != int64(i+1) {
			t.Fatalf("after %s: chats %+v, want one with %d messages", c.name, all, i+1)
		}
	}
	for name, want := range map[string]string{
		"parley_unknown_numbers_total":                        "1",
		"parley_unreadable_parts_total":                       "1",
		`parley_webhooks_total{result="bad_signature"}`:       "2",
		`parley_webhooks_total{result="malformed"}`:           "1",
		`parley_webhooks_total{result="too_large"}`:           "1",
		`parley_webhooks_total{result="unknown_credentials"}`: "1",
	} {
		if got := r.figure(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	var numbers []admin.UnknownNumber
	r.ask(&admin.Request{Verb: "unknown-numbers list"}, &numbers)
	if len(numbers) != 1 || numbers[0].VendorID != "999" || numbers[0].Count != 1 {
		t.Errorf("unknown numbers: %+v, want 999 once", numbers)
	}
}

func TestNoStoreIs503AndNotReady(t *testing.T) {
	r := newRig(t)
	if got := r.get("/healthz", ""); got.status != http.StatusOK {
		t.Fatalf("healthz: %d %s", got.status, got.body)
	}
	body := r.vendor.Body(r.text(person("1"), "Hello"))
	if err := r.server.store.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if got := r.post("shop", r.vendor.Sign(body), body); got != http.StatusServiceUnavailable {
		t.Errorf("a webhook was answered %d, want 503", got)
	}
	if got := r.get("/healthz", ""); got.status != http.StatusServiceUnavailable {
		t.Errorf("healthz: %d, want 503", got.status)
	}
}

// TestABodyOfManyWaitsForTheDiskOnce: the vendor gathers what it could not deliver into bodies of up to thousands of
// parts, and gives up on an answer that takes long.
func TestABodyOfManyWaitsForTheDiskOnce(t *testing.T) {
	r := newRig(t)
	before, err := strconv.Atoi(r.figure("parley_commit_commands_count"))
	if err != nil {
		t.Fatal(err)
	}
	var all []vendors.Message
	for i := range 200 {
		all = append(all, r.text(person(strconv.Itoa(i%3)), "Hello"))
	}
	r.hears(all...)
	if got, want := r.figure("parley_commit_commands_count"), strconv.Itoa(before+1); got != want {
		t.Errorf("%s commits, want %s", got, want)
	}
	var messages int64
	for _, c := range r.chats() {
		messages += c.Messages
	}
	if messages != 200 {
		t.Errorf("%d messages were stored, want 200", messages)
	}
}

// pickyStore is a store that some outcomes do not fit.
type pickyStore struct{ store.Store }

func (s pickyStore) Commit(ctx context.Context, f func(store.Tx) error) error {
	return s.Store.Commit(ctx, func(tx store.Tx) error { return f(&pickyTx{Tx: tx}) })
}

type pickyTx struct {
	store.Tx
	bad bool
}

func (t *pickyTx) Apply(o desk.Outcome, at chat.Millis) []store.Frame {
	for _, w := range o.Writes {
		m, ok := w.(desk.PutMessage)
		t.bad = t.bad || ok && m.Message.Text == "bad"
	}
	return t.Tx.Apply(o, at)
}

func (t *pickyTx) Err() error {
	if t.bad {
		return store.ErrUnfit
	}
	return t.Tx.Err()
}

// TestAPartThatCannotBeStoredLeavesTheOthers: the vendor is asked to repeat the body, and the others are stored.
func TestAPartThatCannotBeStoredLeavesTheOthers(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(folder.Media(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Store: pickyStore{memory.New("epoch")}, DataDir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	office := s.Office()
	team, _ := office.Do(t.Context(), &admin.Request{Verb: "team create", Name: "Support", Prefix: "SUP"})
	for _, q := range []admin.Request{
		{Verb: "credential set", Name: "shop", AppSecret: "s", VerifyToken: "v", AccessToken: "a"},
		{Verb: "asset create", Name: "Shop", Credential: "shop", VendorID: number, Team: team.(admin.Team).ID},
	} {
		if _, failure := office.Do(t.Context(), &q); failure != nil {
			t.Fatal(failure)
		}
	}
	var batch channel.Batch
	for i, text := range []string{"one", "bad", "two"} {
		batch.Messages = append(batch.Messages, desk.Inbound{Channel: chat.WhatsApp, AssetVendor: number, VendorID: strconv.Itoa(i),
			Addresses: []chat.Address{{Kind: chat.Phone, Value: "+15550201"}}, Text: text})
	}
	if err := s.take(t.Context(), batch); !errors.Is(err, errFault) {
		t.Errorf("error %v, want a fault", err)
	}
	list, _ := office.Do(t.Context(), &admin.Request{Verb: "chat list"})
	if all := list.([]admin.Chat); len(all) != 1 || all[0].Messages != 2 {
		t.Errorf("chats %+v, want one with 2 messages", all)
	}
}
