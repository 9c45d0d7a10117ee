//go:build e2e && linux

package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley/backend/internal/vendors"
)

// inEachHost runs a story in the browser and in the real window.
func inEachHost(t *testing.T, dark bool, story func(t *testing.T, h host, d *desktop)) {
	for _, h := range hosts {
		t.Run(h.name, func(t *testing.T) { story(t, h, newDesktop(t, dark)) })
	}
}

// console opens the console of w's agent on a data folder.
func (h host) console(t testing.TB, d *desktop, w *world, data string) (*page, func()) {
	t.Helper()
	return h.open(t, d, "--server", w.url, "--token-file", w.file, "--data", data)
}

// titled waits for a title.
func (h host) titled(t testing.TB, d *desktop, p *page, want string) {
	t.Helper()
	got := ""
	eventually(t, "the title "+want, func() bool {
		got = h.title(d, p)
		return got == want
	})
}

// TestAnswer is the first whole path: a customer writes, an agent picks, opens and answers, and the vendor says
// how the answer fared.
func TestAnswer(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		w := newWorld(t, quick())
		p, _ := h.console(t, d, w, filepath.Join(d.home, "parley"))
		p.reads("status", "Connection", "Connected")
		h.titled(t, d, p, "Parley")

		w.says(ana, "Onde está a minha encomenda?")
		p.click("tab", "Queue")
		p.get("row", "Ana Lima")
		p.picture(h.name + "-queue")
		p.click("button", "Pick")
		p.click("tab", "My Chats")
		p.get("row", "New")
		h.titled(t, d, p, "(1) Parley")

		p.click("row", "Ana Lima")
		p.get("row", "Pending")
		p.reads("log", "Conversation", "Onde está a minha encomenda?")
		h.titled(t, d, p, "Parley")

		p.fill("textbox", "Message", "Chega amanhã entre as 9 e as 12 h.")
		p.click("button", "Send")
		if got := w.received(1); got[0] != "Chega amanhã entre as 9 e as 12 h." {
			t.Fatalf("WhatsApp received %q", got)
		}
		p.reads("log", "Conversation", "Read")
		p.gone("row", "Pending")
		p.gone("row", "New")
		p.picture(h.name + "-answered")
		if got := w.received(1); len(got) != 1 {
			t.Errorf("WhatsApp received %d messages: %q", len(got), got)
		}
	})
}

// TestFailure: a reply that the vendor refuses after a while says why, and the customer waits again.
func TestFailure(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		w := newWorld(t, quick())
		w.whatsapp.Fail(vendors.Fault{Kind: vendors.FailLater, Code: 131047})
		p, _ := h.console(t, d, w, filepath.Join(d.home, "parley"))
		w.says(ana, "Olá?")
		p.click("tab", "Queue")
		p.click("button", "Pick")
		p.click("tab", "My Chats")
		p.click("row", "Ana Lima")
		p.fill("textbox", "Message", "Bom dia!")
		p.click("button", "Send")
		p.reads("log", "Conversation", "24 hours")
		p.get("row", "Pending")
		p.get("button", "Retry")
		p.picture(h.name + "-failed")
	})
}

// TestOffline: with the server gone the console starts from its cache, everything can be read, and a reply is
// queued; when the server is back it goes out once.
func TestOffline(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		w := newWorld(t, quick())
		data := filepath.Join(d.home, "parley")
		p, shut := h.console(t, d, w, data)
		w.says(ana, "O roteador pisca em vermelho.")
		p.click("tab", "Queue")
		p.click("button", "Pick")
		p.click("tab", "My Chats")
		p.click("row", "Ana Lima")
		p.reads("log", "Conversation", "pisca em vermelho")
		shut()
		w.stopServer()

		p, _ = h.console(t, d, w, data)
		p.click("row", "Ana Lima")
		p.reads("log", "Conversation", "pisca em vermelho")
		p.reads("status", "Connection", "Offline")
		p.fill("textbox", "Message", "Desligue-o por um minuto, por favor.")
		p.click("button", "Send")
		p.reads("log", "Conversation", "Queued")
		p.get("row", "reply queued")
		p.get("row", "Pending")
		p.picture(h.name + "-offline")

		w.startServer()
		if got := w.received(1); got[0] != "Desligue-o por um minuto, por favor." {
			t.Fatalf("WhatsApp received %q", got)
		}
		p.reads("log", "Conversation", "Read")
		p.gone("row", "Pending")
		h.titled(t, d, p, "Parley")
		if got := w.received(1); len(got) != 1 {
			t.Errorf("WhatsApp received %d messages: %q", len(got), got)
		}
	})
}

// TestNotification: a customer who writes in a chat that is not on the screen is told on the desktop's bus, and a
// click on it opens the chat.
func TestNotification(t *testing.T) {
	d := newDesktop(t, false)
	w := newWorld(t, quick())
	p, _ := openInWindow(t, d, "--server", w.url, "--token-file", w.file, "--data", filepath.Join(d.home, "parley"))
	ben := vendors.Person{Name: "Ben Okoye", Phone: "2348012345678"}
	w.says(ana, "Olá!")
	p.click("tab", "Queue")
	p.click("button", "Pick")
	p.gone("button", "Pick")
	w.says(ben, "My bill is wrong.")
	p.click("button", "Pick")
	p.click("tab", "My Chats")
	p.click("row", "Ben Okoye")
	p.reads("log", "Conversation", "My bill is wrong.")

	w.says(ana, "Alguém <b>aí</b>?")
	var told note
	eventually(t, "a notification", func() bool {
		for _, n := range d.told() {
			if strings.Contains(n.title, "Ana Lima") && strings.Contains(n.body, "Alguém") {
				told = n
				return true
			}
		}
		return false
	})
	if strings.Contains(told.body, "<b>") {
		t.Errorf("a customer's text is markup in %q", told.body)
	}
	if !slices.Contains(told.actions, "default") {
		t.Errorf("the notification cannot be clicked: %q", told.actions)
	}
	d.press(told.id)
	p.reads("log", "Conversation", "Alguém <b>aí</b>?")
	p.gone("row", "New")
}

// TestTokenInKeyring: after the first start the token is in the desktop's keyring, and on no disk but in the
// file that the agent was given.
func TestTokenInKeyring(t *testing.T) {
	d := newDesktop(t, false)
	w := newWorld(t, quick())
	data := filepath.Join(d.home, "parley")
	p, shut := openInWindow(t, d, "--server", w.url, "--token-file", w.file, "--data", data)
	p.reads("status", "Connection", "Connected")
	shut()
	if found := findIn(t, d.home, w.token); len(found) > 0 {
		t.Errorf("the token lies in %q", found)
	}
	p, _ = openInWindow(t, d, "--data", data)
	p.reads("status", "Connection", "Connected")
}

// TestAccessibility looks at every screen with axe, in light and dark.
func TestAccessibility(t *testing.T) {
	for _, dark := range []bool{false, true} {
		look := map[bool]string{false: "light", true: "dark"}[dark]
		t.Run(look, func(t *testing.T) {
			inEachHost(t, dark, func(t *testing.T, h host, d *desktop) { everyScreen(t, h, d, dark, look) })
		})
	}
}

func everyScreen(t *testing.T, h host, d *desktop, dark bool, look string) {
	p, _ := h.open(t, d, "--data", filepath.Join(d.home, "parley")) // the demo desk
	p.dark(h, dark)
	screen := func(name string) {
		p.t.Helper()
		p.noViolations(name + ", " + look)
		p.picture(h.name + "-" + look + "-" + name)
	}
	p.get("row", "New")
	screen("my chats")
	p.click("row", "New")
	p.get("log", "Conversation")
	p.get("textbox", "Message")
	p.get("region", "Customer details")
	screen("conversation")
	p.click("tab", "Queue")
	p.get("button", "Pick")
	screen("queue")
	p.keys("?")
	p.get("dialog", "")
	screen("keys")
	p.keys("\ue00c") // Escape
	p.gone("dialog", "")
}

// dark makes the page follow a dark or a light system: in Chromium through its driver, in the window by GTK's
// theme, which the desktop was started with.
func (p *page) dark(h host, dark bool) {
	p.t.Helper()
	scheme := map[bool]string{false: "light", true: "dark"}[dark]
	if h.name == "chromium" {
		_, err := call("POST", p.session+"/goog/cdp/execute", map[string]any{"cmd": "Emulation.setEmulatedMedia",
			"params": map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": scheme}}}})
		if err != nil {
			p.t.Fatal(err)
		}
	}
	v, err := p.js("return matchMedia('(prefers-color-scheme: ' + arguments[0] + ')').matches", scheme)
	if err != nil || v != true {
		p.t.Errorf("the page does not see a %s system: %v %v", scheme, v, err)
	}
}

// keys presses keys one after the other, wherever the focus is.
func (p *page) keys(keys string) {
	p.t.Helper()
	var actions []any
	for _, k := range keys {
		actions = append(actions, map[string]any{"type": "keyDown", "value": string(k)}, map[string]any{"type": "keyUp", "value": string(k)})
	}
	_, err := call("POST", p.session+"/actions", map[string]any{"actions": []any{map[string]any{"type": "key", "id": "keyboard", "actions": actions}}})
	if err != nil {
		p.t.Fatal(err)
	}
}
