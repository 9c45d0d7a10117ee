package admin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Limits of the socket.
const (
	maxRequest  = 64 << 10
	maxAnswer   = 64 << 20
	callTimeout = 30 * time.Second
)

// reply is what goes back over the socket: exactly one member.
type reply struct {
	Answer  jsontext.Value `json:"answer,omitzero"`
	Failure *Failure       `json:"error,omitempty"`
}

// Listen makes the socket at path, which only this user can reach. The caller owns the folder, so that a socket
// that lies there is one that a process left behind when it was killed.
func Listen(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("admin: remove the old socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("admin: listen: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("admin: listen: %w", err), l.Close())
	}
	return l, nil
}

// Handler answers requests that come over the socket.
func (o *Office) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == backupPath {
			o.handOut(w, r)
			return
		}
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			http.Error(w, "the request is too large", http.StatusRequestEntityTooLarge)
			return
		}
		writeReply(w, o.answer(r.Context(), raw))
	})
}

// answer carries out a request as it came over the socket.
func (o *Office) answer(ctx context.Context, raw []byte) reply {
	req, failure := parseRequest(raw)
	if failure != nil {
		return reply{Failure: failure}
	}
	answer, failure := o.Do(ctx, req)
	if failure != nil {
		return reply{Failure: failure}
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return reply{Failure: fail(CodeInternal, "admin: encode the answer: %v", err)}
	}
	return reply{Answer: text}
}

// parseRequest reads a request strictly: a member that this server does not know is refused, not ignored.
func parseRequest(raw []byte) (*Request, *Failure) {
	var req Request
	if err := json.Unmarshal(raw, &req, json.RejectUnknownMembers(true)); err != nil {
		return nil, fail(CodeUsage, "the running server does not understand this command; is it of another version?")
	}
	return &req, nil
}

func writeReply(w http.ResponseWriter, rep reply) {
	w.Header().Set("Content-Type", "application/json")
	// The caller may have gone away; what it asked for was done.
	_ = json.MarshalWrite(w, rep)
}

// dial returns a client for one call to the server that listens at path; ok is false when nobody listens there.
func dial(ctx context.Context, path string) (c *http.Client, ok bool) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		return nil, false
	}
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil }}}, true
}

// overSocket asks the server that listens at path. ok is false when nobody listens there.
func overSocket(ctx context.Context, path string, req *Request) (answer []byte, ok bool, err error) {
	client, ok := dial(ctx, path)
	if !ok {
		return nil, false, nil
	}
	defer client.CloseIdleConnections()
	body, err := json.Marshal(req)
	if err != nil {
		return nil, true, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://parleyd/admin", bytes.NewReader(body))
	if err != nil {
		return nil, true, err
	}
	resp, err := client.Do(post)
	if err != nil {
		return nil, true, fail(CodeBusy, "the running server did not answer; list what there is before you try again")
	}
	defer resp.Body.Close()
	return readReply(io.LimitReader(resp.Body, maxAnswer))
}

func readReply(r io.Reader) ([]byte, bool, error) {
	var rep reply
	if err := json.UnmarshalRead(r, &rep); err != nil {
		return nil, true, fail(CodeBusy, "the running server's answer was cut off; list what there is before you try again")
	}
	if rep.Failure != nil {
		return nil, true, rep.Failure
	}
	return rep.Answer, true, nil
}
