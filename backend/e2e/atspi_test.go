//go:build e2e && linux

package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

// TestRowsInTheDesktopsTree: what a screen reader on the desktop is told of the real window, by AT-SPI: each row of My
// Chats is one sentence, as in Chromium's tree.
func TestRowsInTheDesktopsTree(t *testing.T) {
	d := newDesktop(t, false)
	a := d.accessible()
	w := newWorld(t, quick())
	for _, who := range people {
		w.says(who, "Hello?")
		w.says(who, "Is anybody there?")
	}
	p, _ := openInWindow(t, d, "--server", w.url, "--token-file", w.file, "--data", filepath.Join(d.home, "parley"))
	p.reads("status", "Connection", "Connected")
	p.click("tab", "Queue")
	p.pickAll(3)
	p.click("row", people[0].Name)
	p.get("row", "Pending")

	var rows []string
	eventually(t, "three rows in the desktop's tree", func() bool {
		rows = nil
		for _, grid := range a.find(a.root(), table, "My Chats") {
			for _, row := range a.find(grid, tableRow, "") {
				rows = append(rows, a.name(row))
			}
		}
		return len(rows) == 3
	})
	const waits = `, waiting (less than a minute|\d+ minutes?)`
	sentence(t, rows, people[0].Name, `, WhatsApp, Pending`+waits+`, SUP[0-9A-Z]{13}`)
	sentence(t, rows, people[1].Name, `, WhatsApp, New, 2 unread`+waits+`, SUP[0-9A-Z]{13}`)
	sentence(t, rows, people[2].Name, `, WhatsApp, New, 2 unread`+waits+`, SUP[0-9A-Z]{13}`)
}

// atspi is the desktop's accessibility bus (AT-SPI 2, https://www.freedesktop.org/wiki/Accessibility/AT-SPI2/).
type atspi struct {
	t   testing.TB
	bus *dbus.Conn
}

// object is something in its tree: the program that has it, and where.
type object struct {
	Program string
	Path    dbus.ObjectPath
}

const accessible = "org.a11y.atspi.Accessible"

// Roles, as AtspiRole counts them.
const (
	table    = 55
	tableRow = 90
)

// accessible starts the accessibility bus and says that a screen reader is there, before anything is opened.
func (d *desktop) accessible() *atspi {
	d.t.Helper()
	d.env = without(d.env, "NO_AT_BRIDGE")
	status := d.bus.Object("org.a11y.Bus", "/org/a11y/bus")
	var address string
	if err := status.Call("org.a11y.Bus.GetAddress", 0).Store(&address); err != nil {
		d.t.Fatal(err)
	}
	for _, name := range []string{"IsEnabled", "ScreenReaderEnabled"} {
		if err := status.SetProperty("org.a11y.Status."+name, dbus.MakeVariant(true)); err != nil {
			d.t.Fatal(err)
		}
	}
	bus, err := dbus.Connect(address)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = bus.Close() })
	return &atspi{t: d.t, bus: bus}
}

func (a *atspi) root() object {
	return object{"org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root"}
}

func (a *atspi) name(o object) string {
	v, err := a.bus.Object(o.Program, o.Path).GetProperty(accessible + ".Name")
	if err != nil {
		return ""
	}
	s, _ := v.Value().(string)
	return s
}

// children asks for each child by itself: the list of all leaves out what another program has plugged in, and the page
// is in a process of its own.
func (a *atspi) children(o object) (found []object) {
	it := a.bus.Object(o.Program, o.Path)
	v, err := it.GetProperty(accessible + ".ChildCount")
	if err != nil {
		return nil // it has gone meanwhile
	}
	n, _ := v.Value().(int32)
	for i := range n {
		var c object
		if it.Call(accessible+".GetChildAtIndex", 0, i).Store(&c) == nil {
			found = append(found, c)
		}
	}
	return found
}

// find returns what is below o, in a role and with part in its name; what was found is not looked into.
func (a *atspi) find(o object, role uint32, part string) (found []object) {
	for _, c := range a.children(o) {
		var is uint32
		if err := a.bus.Object(c.Program, c.Path).Call(accessible+".GetRole", 0).Store(&is); err != nil {
			continue
		}
		if is == role && strings.Contains(a.name(c), part) {
			found = append(found, c)
		} else {
			found = append(found, a.find(c, role, part)...)
		}
	}
	return found
}
