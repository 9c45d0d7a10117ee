package whatsapp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/channel"
	"parley/backend/internal/desk"
)

var cred = desk.Credential{Name: "main", Channel: chat.WhatsApp, AppSecret: "app secret", VerifyToken: "verify me", AccessToken: "token"}

func sign(secret, raw string) http.Header {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(raw))
	return http.Header{"X-Hub-Signature-256": {"sha256=" + hex.EncodeToString(mac.Sum(nil))}}
}

func parse(t *testing.T, raw string) channel.Batch {
	t.Helper()
	b, err := New(http.DefaultClient).Parse(cred, sign(cred.AppSecret, raw), []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// webhook wraps messages, or statuses, as the vendor does.
func webhook(messages string) string {
	return `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{
		"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001111","phone_number_id":"106540352242922"},
		"contacts":[{"profile":{"name":"Ayşe Yıldırım"},"wa_id":"905325550101","user_id":"TR.77"}],
		"messages":[` + messages + `]}}]}]}`
}

func text(id, from, words string) string {
	return `{"from":"` + from + `","id":"` + id + `","timestamp":"1760000000","type":"text","text":{"body":"` + words + `"}}`
}

func TestParseText(t *testing.T) {
	got := parse(t, webhook(text("wamid.A==", "905325550101", `Merhaba 👋\nkargom nerede?`)))
	want := channel.Batch{Messages: []desk.Inbound{{
		Channel: chat.WhatsApp, AssetVendor: "106540352242922", VendorID: "wamid.A==",
		Addresses:   []chat.Address{{Kind: chat.Phone, Value: "+905325550101"}, {Kind: chat.UserID, Value: "TR.77"}},
		ProfileName: "Ayşe Yıldırım", Text: "Merhaba 👋\nkargom nerede?", VendorAt: 1760000000000,
	}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestParseContents has one message of each sort, and what becomes of it.
func TestParseContents(t *testing.T) {
	for _, c := range []struct {
		name, content string
		want          desk.Inbound
	}{
		{"button", `"type":"button","button":{"payload":"p","text":"Yes, please"}`, desk.Inbound{Text: "Yes, please"}},
		{"button reply", `"type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"1","title":"Tuesday"}}`, desk.Inbound{Text: "Tuesday"}},
		{"list reply", `"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"1","title":"9:15","description":"free"}}`, desk.Inbound{Text: "9:15"}},
		{"form", `"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent","response_json":"{}"}}`, desk.Inbound{Text: "Sent"}},
		{"an answer of a new sort", `"type":"interactive","interactive":{"type":"call_permission_reply","call_permission_reply":{"response":"accept"}}`,
			desk.Inbound{Unsupported: "interactive"}},
		{"image", `"type":"image","image":{"id":"11","mime_type":"image/jpeg","sha256":"c2hh","caption":"here"}`,
			desk.Inbound{Text: "here", Files: []desk.File{{VendorID: "11", Name: "image.jpg", MIME: "image/jpeg", SHA256: "c2hh"}}}},
		{"document", `"type":"document","document":{"id":"12","mime_type":"application/pdf","sha256":"x","filename":"../../etc/Rechnung März.pdf"}`,
			desk.Inbound{Files: []desk.File{{VendorID: "12", Name: "Rechnung März.pdf", MIME: "application/pdf", SHA256: "x"}}}},
		{"voice", `"type":"audio","audio":{"id":"13","mime_type":"audio/ogg; codecs=opus","voice":true}`,
			desk.Inbound{Files: []desk.File{{VendorID: "13", Name: "audio.ogg", MIME: "audio/ogg"}}}},
		{"video", `"type":"video","video":{"id":"14","mime_type":"video/mp4"}`,
			desk.Inbound{Files: []desk.File{{VendorID: "14", Name: "video.mp4", MIME: "video/mp4"}}}},
		{"sticker", `"type":"sticker","sticker":{"id":"15","mime_type":"image/webp","animated":false}`,
			desk.Inbound{Files: []desk.File{{VendorID: "15", Name: "sticker.webp", MIME: "image/webp"}}}},
		{"place", `"type":"location","location":{"latitude":1,"longitude":2}`, desk.Inbound{Unsupported: "location"}},
		{"something new", `"type":"hologram","hologram":{"depth":3}`, desk.Inbound{Unsupported: "hologram"}},
		{"something that is no name", `"type":"a b"`, desk.Inbound{Unsupported: "unknown"}},
		{"what the vendor cannot pass on", `"type":"unsupported","errors":[{"code":131051,"title":"Unsupported message type"}]`, desk.Inbound{Unsupported: "unsupported"}},
		{"half an emoji", `"type":"text","text":{"body":"cut \ud83d"}`, desk.Inbound{Text: "cut \uFFFD"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := parse(t, webhook(`{"from":"4915550001","id":"wamid.1","timestamp":"1",`+c.content+`}`))
			c.want.Channel, c.want.AssetVendor, c.want.VendorID, c.want.VendorAt = chat.WhatsApp, "106540352242922", "wamid.1", 1000
			c.want.Addresses = []chat.Address{{Kind: chat.Phone, Value: "+4915550001"}}
			if d := cmp.Diff(channel.Batch{Messages: []desk.Inbound{c.want}}, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestParseUnreadable: a part that cannot be read is counted, and its neighbours are not disturbed.
func TestParseUnreadable(t *testing.T) {
	good := text("wamid.good", "905325550101", "I am here")
	for name, bad := range map[string]string{
		"not an object":       `17`,
		"null":                `null`,
		"no id":               `{"from":"905325550101","timestamp":"1","type":"text","text":{"body":"x"}}`,
		"an id with a space":  text("wamid 1", "905325550101", "x"),
		"a long id":           text(strings.Repeat("w", 300), "905325550101", "x"),
		"no sender":           `{"id":"wamid.1","timestamp":"1","type":"text","text":{"body":"x"}}`,
		"a sender of letters": text("wamid.1", "somebody", "x"),
		"no type":             `{"from":"905325550101","id":"wamid.1","timestamp":"1","text":{"body":"x"}}`,
		"no text":             `{"from":"905325550101","id":"wamid.1","timestamp":"1","type":"text"}`,
		"an empty text":       text("wamid.1", "905325550101", ""),
		"a text of numbers":   `{"from":"905325550101","id":"wamid.1","timestamp":"1","type":"text","text":{"body":5}}`,
		"no answer":           `{"from":"905325550101","id":"wamid.1","timestamp":"1","type":"interactive"}`,
		"no file":             `{"from":"905325550101","id":"wamid.1","timestamp":"1","type":"image","image":{}}`,
		"a number for an id":  `{"from":"905325550101","id":4,"timestamp":"1","type":"text","text":{"body":"x"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			got := parse(t, webhook(bad+","+good))
			if got.Unreadable != 1 || len(got.Messages) != 1 || got.Messages[0].Text != "I am here" {
				t.Errorf("unreadable %d, messages %v", got.Unreadable, got.Messages)
			}
		})
	}
	t.Run("parts above messages", func(t *testing.T) {
		whole := webhook(good)
		inner := whole[strings.Index(whole, `{"id":"1"`) : len(whole)-2]
		raw := `{"object":"whatsapp_business_account","entry":[5,{"changes":[null]},{"changes":[{"field":"messages","value":[]}]},` +
			`{"changes":[{"field":"account_update","value":{"event":"x"}}]},` + inner + `]}`
		got := parse(t, raw)
		if got.Unreadable != 2 || len(got.Messages) != 1 {
			t.Errorf("unreadable %d, messages %d", got.Unreadable, len(got.Messages))
		}
	})
	t.Run("a value without its number", func(t *testing.T) {
		got := parse(t, strings.Replace(webhook(good+","+good), "phone_number_id", "another_id", 1))
		if got.Unreadable != 2 || len(got.Messages) != 0 {
			t.Errorf("unreadable %d, messages %d", got.Unreadable, len(got.Messages))
		}
	})
	t.Run("what says nothing vital", func(t *testing.T) {
		raw := strings.Replace(webhook(`{"from":"905325550101","id":"wamid.1","timestamp":"soon","type":"text","text":{"body":"x"},"context":7,"new":{}}`),
			`"contacts":[`, `"contacts":[3,`, 1)
		got := parse(t, raw)
		if got.Unreadable != 0 || len(got.Messages) != 1 || got.Messages[0].VendorAt != 0 || got.Messages[0].ProfileName == "" {
			t.Errorf("%+v", got)
		}
	})
}

// TestParseMany: one body may hold several entries, changes, numbers and messages.
func TestParseMany(t *testing.T) {
	change := func(number, messages string) string {
		return `{"field":"messages","value":{"metadata":{"phone_number_id":"` + number + `"},"messages":[` + messages + `]}}`
	}
	got := parse(t, `{"object":"whatsapp_business_account","entry":[
		{"id":"1","changes":[`+change("100", text("a", "4915550001", "1")+","+text("b", "4915550002", "2"))+`,`+change("200", text("c", "4915550001", "3"))+`]},
		{"id":"2","changes":[`+change("300", text("d", "4915550003", "4"))+`]}]}`)
	var said []string
	for _, m := range got.Messages {
		said = append(said, m.AssetVendor+" "+m.VendorID+" "+m.Text)
	}
	if d := cmp.Diff([]string{"100 a 1", "100 b 2", "200 c 3", "300 d 4"}, said); d != "" || got.Unreadable != 0 {
		t.Error(d)
	}
}

func TestParseSender(t *testing.T) {
	phone := chat.Address{Kind: chat.Phone, Value: "+905325550101"}
	user := chat.Address{Kind: chat.UserID, Value: "TR.77"}
	other := chat.Address{Kind: chat.UserID, Value: "US.13491208655302741918"}
	for _, c := range []struct {
		name, sender string
		want         []chat.Address
		called       bool
	}{
		{"a phone, completed by the contact", `"from":"905325550101"`, []chat.Address{phone, user}, true},
		{"a user id, completed by the contact", `"from_user_id":"TR.77"`, []chat.Address{phone, user}, true},
		{"both", `"from":"905325550101","from_user_id":"TR.77"`, []chat.Address{phone, user}, true},
		{"only a user id", `"from_user_id":"US.13491208655302741918"`, []chat.Address{other}, false},
		{"a user id in the phone's place", `"from":"US.13491208655302741918"`, []chat.Address{other}, false},
		{"a phone that is none, and a user id", `"from":"0","from_user_id":"TR.77"`, []chat.Address{phone, user}, true},
		{"somebody whom no contact names", `"from":"34600100200"`, []chat.Address{{Kind: chat.Phone, Value: "+34600100200"}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := parse(t, webhook(`{`+c.sender+`,"id":"wamid.1","timestamp":"1","type":"text","text":{"body":"x"}}`))
			if len(got.Messages) != 1 {
				t.Fatalf("%+v", got)
			}
			if d := cmp.Diff(c.want, got.Messages[0].Addresses); d != "" {
				t.Error(d)
			}
			if called := got.Messages[0].ProfileName != ""; called != c.called {
				t.Errorf("the name is %q", got.Messages[0].ProfileName)
			}
		})
	}
}

// TestParseManyContacts: the work for a body grows with its length, not with its messages times its contacts.
func TestParseManyContacts(t *testing.T) {
	var contacts, messages []string
	for i := range 2000 {
		contacts = append(contacts, fmt.Sprintf(`{"wa_id":"4915%08d","profile":{"name":"%d"}}`, i, i))
	}
	for i := range 1000 {
		messages = append(messages, text(fmt.Sprint("wamid.", i), fmt.Sprintf("4915%08d", 1999-i), "x"))
	}
	raw := strings.Replace(webhook(strings.Join(messages, ",")), `"contacts":[`, `"contacts":[`+strings.Join(contacts, ",")+",", 1)
	var got channel.Batch
	if allocated := testing.AllocsPerRun(1, func() { got = parse(t, raw) }); allocated > 200_000 {
		t.Errorf("%.0f allocations", allocated)
	}
	if len(got.Messages) != 1000 || got.Messages[0].ProfileName != "1999" || got.Messages[999].ProfileName != "1000" {
		t.Errorf("%d messages", len(got.Messages))
	}
}

func TestParseStatuses(t *testing.T) {
	raw := strings.Replace(webhook(`
		{"id":"w1","status":"sent","timestamp":"1760000001","recipient_id":"1","biz_opaque_callback_data":"m1","pricing":{"billable":false}},
		{"id":"w2","status":"failed","timestamp":"1760000002","errors":[{"code":131047,"title":"Re-engagement message","message":"Re-engagement message","error_data":{"details":"More than 24 hours"}}]},
		{"id":"w3","status":"failed","timestamp":"1760000003","errors":"?"},
		{"id":"w4","status":"played","timestamp":"1760000004"},
		{"id":"w5","status":"deleted","timestamp":"1760000005"},
		{"id":"w6","status":"teleported","timestamp":"1760000006"},
		{"status":"read"}`), `"messages":[`, `"statuses":[`, 1)
	got := parse(t, raw)
	want := []desk.StatusReport{
		{Channel: chat.WhatsApp, VendorID: "w1", Callback: "m1", State: chat.Sent, VendorAt: 1760000001000},
		{Channel: chat.WhatsApp, VendorID: "w2", State: chat.Failed, VendorAt: 1760000002000,
			Failure: &chat.Failure{Code: "131047", Reason: chat.OutsideWindow, Detail: "More than 24 hours"}},
		{Channel: chat.WhatsApp, VendorID: "w3", State: chat.Failed, VendorAt: 1760000003000, Failure: &chat.Failure{Reason: chat.Rejected}},
		{Channel: chat.WhatsApp, VendorID: "w4", State: chat.Seen, VendorAt: 1760000004000},
	}
	if d := cmp.Diff(want, got.Statuses); d != "" {
		t.Error(d)
	}
	if got.Unreadable != 2 {
		t.Errorf("unreadable %d", got.Unreadable)
	}
}

func TestParseRefuses(t *testing.T) {
	v := New(http.DefaultClient)
	raw := webhook(text("wamid.1", "905325550101", "x"))
	without := cred
	without.AppSecret = ""
	for name, c := range map[string]struct {
		cred desk.Credential
		h    http.Header
		raw  string
		want error
	}{
		"no signature":            {cred, http.Header{}, raw, channel.ErrSignature},
		"another secret":          {cred, sign("other", raw), raw, channel.ErrSignature},
		"no secret":               {without, sign("", raw), raw, channel.ErrSignature},
		"another body":            {cred, sign(cred.AppSecret, raw), raw + " ", channel.ErrSignature},
		"not hex":                 {cred, http.Header{"X-Hub-Signature-256": {"sha256=zz"}}, raw, channel.ErrSignature},
		"half a signature":        {cred, http.Header{"X-Hub-Signature-256": {sign(cred.AppSecret, raw).Get("X-Hub-Signature-256")[:39]}}, raw, channel.ErrSignature},
		"malformed, not signed":   {cred, http.Header{}, "{", channel.ErrSignature},
		"cut off":                 {cred, sign(cred.AppSecret, raw[:90]), raw[:90], channel.ErrMalformed},
		"nothing":                 {cred, sign(cred.AppSecret, ""), "", channel.ErrMalformed},
		"an array":                {cred, sign(cred.AppSecret, "[]"), "[]", channel.ErrMalformed},
		"of a page":               {cred, sign(cred.AppSecret, `{"object":"page","entry":[]}`), `{"object":"page","entry":[]}`, channel.ErrMalformed},
		"without entries":         {cred, sign(cred.AppSecret, `{"object":"whatsapp_business_account"}`), `{"object":"whatsapp_business_account"}`, channel.ErrMalformed},
		"two bodies in one":       {cred, sign(cred.AppSecret, raw+raw), raw + raw, channel.ErrMalformed},
		"a member that is double": {cred, sign(cred.AppSecret, `{"object":"page",`+raw[1:]), `{"object":"page",` + raw[1:], channel.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := v.Parse(c.cred, c.h, []byte(c.raw))
			if !errors.Is(err, c.want) || len(got.Messages) != 0 {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestVerify(t *testing.T) {
	v := New(http.DefaultClient)
	ask := func(c desk.Credential, change func(url.Values)) (string, bool) {
		q := url.Values{"hub.mode": {"subscribe"}, "hub.verify_token": {c.VerifyToken}, "hub.challenge": {"1158201444"}}
		change(q)
		return v.Verify(c, q)
	}
	if got, ok := ask(cred, func(url.Values) {}); !ok || got != "1158201444" {
		t.Errorf("%q, %v", got, ok)
	}
	if _, ok := ask(desk.Credential{}, func(url.Values) {}); ok {
		t.Error("credentials without a verify token were verified")
	}
	for name, value := range map[string]string{"hub.mode": "unsubscribe", "hub.verify_token": "verify m", "hub.challenge": ""} {
		if _, ok := ask(cred, func(q url.Values) { q.Set(name, value) }); ok {
			t.Errorf("verified with %s=%q", name, value)
		}
	}
	if _, ok := ask(cred, func(q url.Values) { q.Set("hub.challenge", strings.Repeat("1", maxChallenge+1)) }); ok {
		t.Error("verified with a challenge without end")
	}
}

func TestFileName(t *testing.T) {
	for given, want := range map[string]string{
		"report.pdf":                      "report.pdf",
		`C:\Users\me\scan.pdf`:            "scan.pdf",
		"../../.ssh/id":                   "id",
		"..":                              "document.pdf",
		"":                                "document.pdf",
		"nul.txt":                         "document.pdf",
		"COM7":                            "document.pdf",
		"photo\u202Egpj.exe":              "photogpj.exe",
		"two\nlines.txt":                  "twolines.txt",
		`what?"<>|.pdf`:                   "what_____.pdf",
		".hidden":                         "hidden",
		"trailing. ":                      "trailing",
		"فاتورة.pdf":                      "فاتورة.pdf",
		strings.Repeat("ä", 100) + ".pdf": strings.Repeat("ä", 76) + ".pdf",
		strings.Repeat("a", 100):          strings.Repeat("a", 80),
		"x." + strings.Repeat("b", 100):   "x." + strings.Repeat("b", 78),
		"a/b\\":                           "document.pdf",
		"\u200B\u2066":                    "document.pdf",
		strings.Repeat("c", 79) + "." + "d" + "e": strings.Repeat("c", 77) + ".de",
	} {
		if got := fileName(given, "document", "application/pdf"); got != want {
			t.Errorf("%q became %q, want %q", given, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(webhook(text("wamid.1", "905325550101", "x"))))
	f.Add([]byte(webhook(`{"from_user_id":"US.1","id":"w","timestamp":"1","type":"document","document":{"id":"1","filename":"a/b"}}`)))
	f.Add([]byte(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"statuses":[{"id":"w","status":"failed"}]}}]}]}`))
	v := New(http.DefaultClient)
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := v.Parse(cred, sign(cred.AppSecret, string(raw)), raw)
		if err != nil && !errors.Is(err, channel.ErrMalformed) {
			t.Fatal(err)
		}
		for _, m := range b.Messages {
			checkMessage(t, m)
		}
		for _, s := range b.Statuses {
			if s.VendorID == "" || s.State == chat.NoState || s.State == chat.Failed && s.Failure == nil {
				t.Errorf("%+v", s)
			}
		}
	})
}

// checkMessage is what must hold of every message, whatever came.
func checkMessage(t *testing.T, m desk.Inbound) {
	if m.VendorID == "" || m.AssetVendor == "" || len(m.Addresses) == 0 {
		t.Errorf("a message without its id, number or sender: %+v", m)
	}
	if m.Text == "" && m.Unsupported == "" && len(m.Files) == 0 {
		t.Errorf("a message that says nothing: %+v", m)
	}
	for _, f := range m.Files {
		if f.Name == "" || strings.ContainsAny(f.Name, "/\\\x00\n") || strings.HasPrefix(f.Name, ".") {
			t.Errorf("a file called %q", f.Name)
		}
	}
	for _, a := range m.Addresses {
		if a.Kind == chat.Phone && (len(a.Value) > 16 || a.Value[0] != '+') {
			t.Errorf("a phone %q", a.Value)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("hub.mode=subscribe&hub.verify_token=verify+me&hub.challenge=1")
	f.Add("hub.challenge=%00")
	v := New(http.DefaultClient)
	f.Fuzz(func(t *testing.T, query string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		got, ok := v.Verify(cred, q)
		if ok && (q.Get("hub.verify_token") != cred.VerifyToken || got != q.Get("hub.challenge") || strings.ContainsAny(got, " \r\n\x00")) {
			t.Errorf("%q was answered %q", query, got)
		}
	})
}
