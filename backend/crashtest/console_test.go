//go:build e2e && linux

package crashtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"

	"parley/app/view"
)

// console is one run of the console, as its page speaks with it.
type console struct {
	base   string
	client *http.Client
}

// openConsole follows the address that the console printed.
func openConsole(address string) (*console, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &console{base: u.Scheme + "://" + u.Host, client: &http.Client{Jar: jar, Timeout: patience}}
	rs, err := c.client.Get(address)
	if err != nil {
		return nil, err
	}
	return c, rs.Body.Close()
}

// call calls a bound method.
func (c *console) call(method string, result any, args ...any) error {
	if args == nil {
		args = []any{}
	}
	body, err := json.Marshal(args)
	if err != nil {
		return err
	}
	rs, err := c.client.Post(c.base+"/call/"+method, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer rs.Body.Close()
	answer, err := io.ReadAll(rs.Body)
	if err != nil {
		return err
	}
	if rs.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %d %s", method, rs.StatusCode, answer)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer, result)
}

// look asks for the status, a list and a conversation, whole.
func (c *console) look(list view.List, chat string) (status view.Status, rows []view.Row, thread []view.Thread, err error) {
	var p view.Patch
	err = c.call("Look", &p, view.Ask{List: view.ListAsk{List: list, Count: 200}, Thread: view.ThreadAsk{Chat: chat, Count: 1000}})
	if err == nil && (len(p.Status) != 1 || len(p.Rows) != 1) {
		err = fmt.Errorf("Look: %d statuses and %d lists", len(p.Status), len(p.Rows))
	}
	if err != nil {
		return view.Status{}, nil, nil, err
	}
	return p.Status[0], p.Rows[0].Rows, p.Thread, nil
}
