package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"

	"github.com/gorilla/websocket"
)

// bare is the baseline of what connections cost: a websocket server in a process of its own that greets who comes
// and answers every message with the same.
type bare struct {
	url string
	pid int
}

// serveBare is that process. It prints its address and ends with its standard input.
func serveBare() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", l.Addr())
	up := websocket.Upgrader{ReadBufferSize: 1 << 10, WriteBufferSize: 1 << 10}
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, err := up.Upgrade(w, r, nil)
			if err != nil {
				return
			}
			defer c.Close()
			for {
				_, m, err := c.ReadMessage()
				if err != nil || c.WriteMessage(websocket.TextMessage, m) != nil {
					return
				}
			}
		}))
	}()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// startBare starts it.
func startBare(ctx context.Context) (b bare, end func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return b, nil, err
	}
	c, url, err := attend(ctx, self, "-bare")
	if err != nil {
		return b, nil, fmt.Errorf("the bare server: %w", err)
	}
	return bare{url, c.cmd.Process.Pid}, c.end, nil
}

// attendant is a process that ends with its standard input, so that it never outlives this one.
type attendant struct {
	cmd  *exec.Cmd
	life io.Closer
}

func (a attendant) end() {
	_ = a.life.Close()
	_ = a.cmd.Wait()
}

// attend starts one and returns the first line that it prints.
func attend(ctx context.Context, name string, args ...string) (a attendant, line string, err error) {
	a.cmd = exec.CommandContext(ctx, name, args...)
	a.cmd.Stderr = os.Stderr
	if a.life, err = a.cmd.StdinPipe(); err != nil {
		return a, "", err
	}
	out, err := a.cmd.StdoutPipe()
	if err != nil {
		return a, "", err
	}
	if err := a.cmd.Start(); err != nil {
		return a, "", err
	}
	line, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		a.end()
		return a, "", fmt.Errorf("it did not start: %w", err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return a, strings.TrimSpace(line), nil
}
