//go:build e2e && linux

package e2e

import (
	"fmt"
	"path/filepath"
	"testing"
)

// TestDecision: a reply that was written while the server was away, to a chat that somebody else was given meanwhile,
// is not sent. The agent gives it to the new holder as a note, who reads it.
func TestDecision(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		w := newWorld(t, quick())
		data := filepath.Join(d.home, "parley")
		p, shut := h.console(t, d, w, data)
		id := w.picked(p, "Meu pacote sumiu.")
		w.stopServer()
		p.reads("status", "Connection", "Offline")
		p.fill("textbox", "Message", "Já vou procurar.")
		p.click("button", "Send")
		p.reads("log", "Conversation", "Queued")
		shut()

		w.startServer()
		jonas, token := w.colleague("Jonas Weber")
		w.admin("chat", "chat", "assign", "--chat", id, "--agent", jonas)
		p, _ = h.console(t, d, w, data)
		p.reads("region", "Needs your decision", "Já vou procurar.")
		p.reads("region", "Needs your decision", "Jonas Weber")
		p.picture(h.name + "-decision")
		p.noViolations("decision")
		p.click("button", "Give to the holder as a note")
		p.gone("region", "Needs your decision")

		his, _ := openInChromium(t, newDesktop(t, false), "--server", w.url, "--token-file", token, "--data", t.TempDir())
		his.click("row", "Ana Lima")
		his.reads("log", "Conversation", "Já vou procurar.")
		if got := len(w.whatsapp.Accepted()); got != 0 {
			t.Errorf("WhatsApp took %d messages", got)
		}
	})
}

// TestQueued: what waits to be sent can be looked at and taken back; its words come back into the message box.
func TestQueued(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		w := newWorld(t, quick())
		p, _ := h.console(t, d, w, filepath.Join(d.home, "parley"))
		w.picked(p, "Olá?")
		w.stopServer()
		p.reads("status", "Connection", "Offline")
		p.fill("textbox", "Message", "Um momento.")
		p.click("button", "Send")
		p.click("button", "to be sent")
		p.reads("dialog", "Waiting to be sent", "Um momento.")
		p.picture(h.name + "-queued")
		p.noViolations("waiting to be sent")
		p.clickIn("dialog", "Waiting to be sent", "button", "Cancel")
		p.keys("\ue00c") // Escape
		p.gone("dialog", "Waiting to be sent")
		p.holds("Um momento.")

		w.startServer()
		p.reads("status", "Connection", "Connected")
		p.gone("button", "to be sent")
		if got := len(w.whatsapp.Accepted()); got != 0 {
			t.Errorf("WhatsApp took %d messages", got)
		}
	})
}

// TestDraftFollows: what an agent begins to write on one computer stands on the other.
func TestDraftFollows(t *testing.T) {
	d := newDesktop(t, false)
	w := newWorld(t, quick())
	office, _ := openInChromium(t, d, "--server", w.url, "--token-file", w.file, "--data", filepath.Join(d.home, "office"))
	w.picked(office, "Boa tarde.")
	home, _ := openInChromium(t, newDesktop(t, false), "--server", w.url, "--token-file", w.file, "--data", filepath.Join(d.home, "home"))
	home.click("row", "Ana Lima")
	office.fill("textbox", "Message", "Boa tarde, Ana.")
	home.holds("Boa tarde, Ana.")
	home.fill("textbox", "Message", " Posso ajudar?")
	office.holds("Boa tarde, Ana. Posso ajudar?")
	office.click("button", "Send")
	if got := w.received(1); got[0] != "Boa tarde, Ana. Posso ajudar?" {
		t.Errorf("WhatsApp received %q", got)
	}
	home.holds("")
}

// TestNote: a note stands in the conversation and does not reach the customer.
func TestNote(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		w := newWorld(t, quick())
		p, _ := h.console(t, d, w, filepath.Join(d.home, "parley"))
		w.picked(p, "Olá?")
		p.click("tab", "Note")
		p.fill("textbox", "Message", "Ligou ontem também.")
		p.picture(h.name + "-note")
		p.noViolations("note")
		p.click("button", "Add the note")
		p.reads("log", "Conversation", "Ligou ontem também.")
		p.get("row", "Pending")
		p.gone("button", "to be sent")
		if got := len(w.whatsapp.Accepted()); got != 0 {
			t.Errorf("WhatsApp took %d messages", got)
		}
	})
}

// TestANoteStaysANote: what is begun for colleagues does not stand as words for the customer after a new start, nor when
// the note is taken back.
func TestANoteStaysANote(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		w := newWorld(t, quick())
		data := filepath.Join(d.home, "parley")
		p, shut := h.console(t, d, w, data)
		w.picked(p, "Olá?")
		p.click("tab", "Note")
		p.fill("textbox", "Message", "Ligou ontem também.")
		p.get("row", "Ana Lima")
		p.reads("grid", "My Chats", "Draft")
		shut()

		p, _ = h.console(t, d, w, data)
		p.holds("Ligou ontem também.")
		w.stopServer()
		p.reads("status", "Connection", "Offline")
		p.click("button", "Add the note")
		p.reads("log", "Conversation", "Queued")
		p.click("button", "Cancel")
		p.holds("Ligou ontem também.")
		p.get("button", "Add the note")
		p.gone("button", "to be sent")
	})
}

// picked has ana write, the agent pick and open her chat, and returns its id.
func (w *world) picked(p *page, text string) string {
	p.t.Helper()
	w.says(ana, text)
	p.click("tab", "Queue")
	p.click("button", "Pick")
	p.click("tab", "My Chats")
	p.click("row", "Ana Lima")
	p.reads("log", "Conversation", text)
	id, err := p.js("return [...document.querySelectorAll('.id')].map((e) => e.textContent.trim()).find((t) => /^SUP[A-Z0-9]{13}$/.test(t))")
	if s, ok := id.(string); ok && err == nil {
		return s
	}
	p.t.Fatalf("no chat's id is on the screen: %v %v", id, err)
	return ""
}

// colleague hires another agent of the team and returns the id and the file with the token.
func (w *world) colleague(name string) (id, tokenFile string) {
	w.t.Helper()
	id = w.admin("id", "agent", "create", "--name", name, "--team", w.team)
	tokenFile = filepath.Join(w.t.TempDir(), "token")
	w.admin("hash", "token", "create", "--agent", id, "--out", tokenFile)
	return id, tokenFile
}

// clickIn presses an element within another.
func (p *page) clickIn(role, want, innerRole, inner string) {
	p.t.Helper()
	v, err := p.js(find, innerRole, inner, map[string]string{elementKey: p.get(role, want)})
	list, _ := v.([]any)
	if err != nil || len(list) != 1 {
		p.t.Fatalf("%s %q in %s %q: %v %v", innerRole, inner, role, want, list, err)
	}
	ref := fmt.Sprint(list[0].(map[string]any)[elementKey])
	if _, err := call("POST", p.session+"/element/"+ref+"/click", map[string]any{}); err != nil {
		p.t.Fatalf("click %s %q: %v", innerRole, inner, err)
	}
}

// holds waits until the message box has text.
func (p *page) holds(text string) {
	p.t.Helper()
	got := any(nil)
	eventually(p.t, "the message box with "+text, func() bool {
		got, _ = p.js("return document.querySelector('textarea')?.value")
		return got == text
	})
}
