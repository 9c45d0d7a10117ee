//go:build e2e && linux

package e2e

import (
	"path/filepath"
	"testing"
)

// TestNewAsset: an admin makes an asset in the console, by the server's credentials alone. What a customer writes to its
// number then comes in, and the answer goes out from that number.
func TestNewAsset(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		w := newWorld(t, quick())
		w.admin("id", "agent", "set", "--id", w.agent, "--role", "admin")
		data := filepath.Join(d.home, "parley")
		p, _ := h.console(t, d, w, data)
		p.reads("status", "Connection", "Connected")
		w.saysTo(newNumber, ana, "Is somebody there?")

		p.click("button", "Team settings")
		p.click("tab", "Assets")
		p.click("button", "New asset")
		p.fill("textbox", "Name", "Orders")
		p.fill("textbox", "Number", "+1 555 0200")
		p.fill("textbox", "Phone number ID", number)
		p.fill("textbox", "Credentials", "shop")
		p.refused("parleyd admin credential set --name shop")
		p.picture(h.name + "-new-asset")
		p.noViolations("a new asset")
		p.clear("Credentials")
		p.fill("textbox", "Credentials", "main")
		p.refused("The asset Hotline has this already")
		p.clear("Phone number ID")
		p.fill("textbox", "Phone number ID", newNumber)
		p.click("button", "=Save")
		p.says("Saved.")
		p.click("button", "Orders")
		p.reads("region", "Orders", "WhatsApp · +1 555 0200")
		if p.has("textbox", "Phone number ID") || p.has("textbox", "Credentials") {
			t.Error("what cannot be changed of an asset can be written")
		}
		p.keys(escapeKey)

		w.saysTo(newNumber, ana, "I would like to order.")
		p.click("tab", "Queue")
		p.click("button", "Pick")
		p.click("tab", "My Chats")
		p.click("row", "Ana Lima")
		p.reads("log", "Conversation", "I would like to order.")
		p.fill("textbox", "Message", "With pleasure.")
		p.click("button", "Send")
		w.received(1)
		if from := w.whatsapp.Accepted()[0].Number; from != newNumber {
			t.Errorf("the answer went out from %s", from)
		}
		for _, secret := range []string{appSecret, accessToken} {
			if found := findIn(t, data, secret); len(found) > 0 {
				t.Errorf("the console's files have a secret of the server's: %v", found)
			}
		}
	})
}

// refused saves a form and waits until it says why it was not saved.
func (p *page) refused(why string) {
	p.t.Helper()
	p.click("button", "=Save")
	p.reads("alert", "", why)
}

// clear takes away what is written in a line.
func (p *page) clear(name string) {
	p.t.Helper()
	if _, err := call("POST", p.session+"/element/"+p.get("textbox", name)+"/clear", map[string]any{}); err != nil {
		p.t.Fatalf("clear %s: %v", name, err)
	}
}
