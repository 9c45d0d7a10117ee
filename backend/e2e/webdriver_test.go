//go:build e2e && linux

package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long a test waits for what must come; it is not an assertion of speed.
const patience = 30 * time.Second

// eventually waits until f says yes.
func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		if f() {
			return
		}
	}
	t.Fatalf("never came: %s", what)
}

// page is a W3C WebDriver session on the console's page, in a browser or in the window.
type page struct {
	t       testing.TB
	session string   // the session's URL
	shots   string   // folder for pictures, or ""
	display []string // of the real window: the environment of its display
}

// elementKey is the name under which WebDriver sends a reference to an element.
const elementKey = "element-6066-11e4-a52e-4f735466cecf"

// call sends one WebDriver command.
func call(method, url string, in any) (any, error) {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(raw)
	}
	rq, err := http.NewRequest(method, url, body)
	if err != nil {
		return nil, err
	}
	client := http.Client{Timeout: 2 * patience}
	rs, err := client.Do(rq)
	if err != nil {
		return nil, err
	}
	defer rs.Body.Close()
	var out struct{ Value any }
	if err := json.NewDecoder(rs.Body).Decode(&out); err != nil {
		return nil, err
	}
	if m, ok := out.Value.(map[string]any); ok && m["error"] != nil {
		return nil, fmt.Errorf("webdriver: %v: %v", m["error"], m["message"])
	}
	return out.Value, nil
}

// find is the page's side of looking for elements by role and accessible name, as a person with a screen reader
// does. want "=x" is the whole name, "x" a part of it. It answers the visible elements.
const find = `
const [role, want, inside] = arguments;
const roles = {
  button: 'button,[role=button]', tab: '[role=tab]', grid: '[role=grid]', row: '[role=row]', log: '[role=log]',
  textbox: 'textarea,input:not([type]),input[type=text],[role=textbox]', status: '[role=status]', dialog: 'dialog,[role=dialog]',
  combobox: 'select,[role=combobox]', region: 'section[aria-label],section[aria-labelledby],aside[aria-label],aside[aria-labelledby],[role=region]',
  navigation: 'nav,[role=navigation]', checkbox: 'input[type=checkbox],[role=checkbox]', article: 'article,[role=article]', option: 'option,[role=option]',
};
function text(e) {
  if (e.nodeType === 3) return e.data;
  if (e.nodeType !== 1 || e.getAttribute('aria-hidden') === 'true') return '';
  if (e.getAttribute('aria-label')) return e.getAttribute('aria-label');
  return [...e.childNodes].map(text).join(' ');
}
function name(e) {
  const by = e.getAttribute('aria-labelledby');
  if (by) return by.split(/\s+/).map(i => document.getElementById(i)).filter(Boolean).map(text).join(' ');
  if (e.getAttribute('aria-label')) return e.getAttribute('aria-label');
  if (e.labels && e.labels.length) return [...e.labels].map(text).join(' ');
  return text(e) || e.title || '';
}
const seen = e => e.checkVisibility ? e.checkVisibility({visibilityProperty: true}) : e.getClientRects().length > 0;
const tidy = s => s.replace(/\s+/g, ' ').trim();
return [...(inside || document).querySelectorAll(roles[role] || '[role=' + role + ']')].filter(seen).filter(e => {
  const n = tidy(name(e));
  return want.startsWith('=') ? n === want.slice(1) : n.includes(want);
});`

// js runs a script in the page.
func (p *page) js(script string, args ...any) (any, error) {
	if args == nil {
		args = []any{}
	}
	return call("POST", p.session+"/execute/sync", map[string]any{"script": script, "args": args})
}

// all returns the references of the visible elements of a role whose name has want in it.
func (p *page) all(role, want string) []string {
	v, err := p.js(find, role, want, nil)
	if err != nil {
		return nil
	}
	var refs []string
	list, _ := v.([]any)
	for _, e := range list {
		if m, ok := e.(map[string]any); ok {
			refs = append(refs, fmt.Sprint(m[elementKey]))
		}
	}
	return refs
}

// has reports whether there is one now.
func (p *page) has(role, want string) bool { return len(p.all(role, want)) > 0 }

// get waits for an element.
func (p *page) get(role, want string) string {
	p.t.Helper()
	var refs []string
	eventually(p.t, fmt.Sprintf("%s %q on the page", role, want), func() bool {
		refs = p.all(role, want)
		return len(refs) > 0
	})
	return refs[0]
}

// gone waits until there is none.
func (p *page) gone(role, want string) {
	p.t.Helper()
	eventually(p.t, fmt.Sprintf("no %s %q", role, want), func() bool {
		v, err := p.js(find, role, want, nil)
		list, ok := v.([]any)
		return err == nil && ok && len(list) == 0
	})
}

// click presses an element; a page that moves under the pointer is tried again.
func (p *page) click(role, want string) {
	p.t.Helper()
	var last error
	for range 20 {
		ref := p.get(role, want)
		if _, last = call("POST", p.session+"/element/"+ref+"/click", map[string]any{}); last == nil {
			return
		}
	}
	p.t.Fatalf("click %s %q: %v", role, want, last)
}

// fill types into an element.
func (p *page) fill(role, want, text string) {
	p.t.Helper()
	ref := p.get(role, want)
	if _, err := call("POST", p.session+"/element/"+ref+"/value", map[string]any{"text": text}); err != nil {
		p.t.Fatalf("type into %s %q: %v", role, want, err)
	}
}

// text returns what an element says.
func (p *page) text(role, want string) string {
	ref := p.get(role, want)
	v, _ := call("GET", p.session+"/element/"+ref+"/text", nil)
	s, _ := v.(string)
	return s
}

// reads waits until an element says part.
func (p *page) reads(role, want, part string) {
	p.t.Helper()
	var s string
	eventually(p.t, fmt.Sprintf("%q in %s %q", part, role, want), func() bool {
		refs := p.all(role, want)
		if len(refs) == 0 {
			return false
		}
		v, _ := call("GET", p.session+"/element/"+refs[0]+"/text", nil)
		s, _ = v.(string)
		return strings.Contains(s, part)
	})
}

// picture saves what is on the screen under name, if pictures are wanted (PARLEY_PICTURES names a folder). In the
// window the picture is the window system's.
func (p *page) picture(name string) {
	if p.shots == "" {
		return
	}
	if err := p.shoot(filepath.Join(p.shots, name+".png")); err != nil {
		p.t.Logf("picture %s: %v", name, err)
	}
}

func (p *page) shoot(path string) error {
	if p.display != nil {
		c := exec.Command("import", "-window", "root", path)
		c.Env = p.display
		return c.Run()
	}
	v, err := call("GET", p.session+"/screenshot", nil)
	if err != nil {
		return err
	}
	s, _ := v.(string)
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o644)
}

// onFailure saves what is on the screen if the test has failed, under the test's name. It must be called when the
// session is there, so that it runs before the session ends.
func (p *page) onFailure(t testing.TB) {
	t.Cleanup(func() {
		if t.Failed() {
			p.picture("failed-" + strings.ReplaceAll(t.Name(), "/", "-"))
		}
	})
}

// noViolations runs axe on the whole page for WCAG A and AA.
func (p *page) noViolations(screen string) {
	p.t.Helper()
	axe, err := os.ReadFile("../../frontend/node_modules/axe-core/axe.min.js")
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.js(string(axe) + "; return 1"); err != nil {
		p.t.Fatal(err)
	}
	v, err := call("POST", p.session+"/execute/async", map[string]any{"args": []any{}, "script": `
const done = arguments[arguments.length - 1];
axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})
  .then(r => done(JSON.stringify({checked: r.passes.length, violations: r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html + ' ' + n.failureSummary).join(' | '))})))
  .catch(e => done(JSON.stringify({checked: 0, violations: [String(e)]})));`})
	if err != nil {
		p.t.Fatal(err)
	}
	var r struct {
		Checked    int
		Violations []string
	}
	s, _ := v.(string)
	if err := json.Unmarshal([]byte(s), &r); err != nil || r.Checked == 0 {
		p.t.Fatalf("axe on %s checked nothing: %v %v", screen, err, r.Violations)
	}
	for _, one := range r.Violations {
		p.t.Errorf("axe on %s: %s", screen, one)
	}
}
