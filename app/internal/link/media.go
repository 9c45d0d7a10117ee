package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Limits of fetching a file.
const (
	MaxMediaBytes = 128 << 20
	mediaSilence  = time.Minute // without one byte
)

// ErrNoFile is returned by Fetch when the server has no such file, or not for this agent.
var ErrNoFile = errors.New("link: the server does not have the file")

// newClient makes the client for media: the link's network, no redirects, which would carry the token elsewhere.
func (l *Link) newClient() *http.Client {
	dial := l.config.DialContext
	transport := &http.Transport{TLSClientConfig: tlsConfig(), ResponseHeaderTimeout: mediaSilence,
		TLSHandshakeTimeout: dialTimeout, IdleConnTimeout: mediaSilence, ForceAttemptHTTP2: true}
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTimeout}).DialContext
		transport.Proxy = http.ProxyFromEnvironment
	}
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		q := &quiet{Conn: conn, limit: func() time.Duration { return mediaSilence }}
		q.arm()
		return q, nil
	}
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

// Fetch implements engine.Files. It writes at most MaxMediaBytes; what it wrote before an error is of no use.
func (l *Link) Fetch(ctx context.Context, media string, w io.Writer) error {
	rq, err := http.NewRequestWithContext(ctx, http.MethodGet, l.config.Server.mediaURL(media), nil)
	if err != nil {
		return fmt.Errorf("link: fetch a file: %w", err)
	}
	rq.Header.Set("Authorization", "Bearer "+l.token())
	rs, err := l.client.Do(rq)
	if err != nil {
		return fmt.Errorf("link: fetch a file: %w", err)
	}
	defer rs.Body.Close()
	switch {
	case rs.StatusCode == http.StatusNotFound:
		return ErrNoFile
	case rs.StatusCode != http.StatusOK:
		return fmt.Errorf("link: fetch a file: the server answered %d", rs.StatusCode)
	}
	n, err := io.Copy(w, io.LimitReader(rs.Body, MaxMediaBytes+1))
	switch {
	case err != nil:
		return fmt.Errorf("link: fetch a file: %w", err)
	case n > MaxMediaBytes:
		return fmt.Errorf("link: fetch a file: more than %d bytes", MaxMediaBytes)
	}
	return nil
}
