package link

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Server is a server's address. ParseServer makes it.
type Server struct {
	secure bool
	host   string
	path   string // of everything that the server serves, without a slash at the end
}

// ErrNotSecure is returned for an address over which the token would travel in the clear.
var ErrNotSecure = errors.New("this address is not encrypted: use wss:// or https:// (only this machine itself may be reached without)")

// ParseServer reads an address as a person types it: https://, wss://, a bare name (which is secure), or http:// and
// ws:// for this machine only. A path is kept, without the /sync that people copy along.
func ParseServer(text string) (Server, error) {
	if !strings.Contains(text, "://") {
		text = "wss://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return Server{}, fmt.Errorf("link: the server's address: %w", errors.Unwrap(err))
	}
	s := Server{host: strings.ToLower(u.Host), path: strings.TrimSuffix(strings.TrimRight(u.EscapedPath(), "/"), "/sync")}
	switch u.Scheme {
	case "https", "wss":
		s.secure = true
	case "http", "ws":
		if !loopback(u.Hostname()) {
			return Server{}, fmt.Errorf("link: the server's address: %w", ErrNotSecure)
		}
	default:
		return Server{}, fmt.Errorf("link: the server's address: %q is neither https nor wss", u.Scheme)
	}
	if u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return Server{}, errors.New("link: the server's address: only a host, a port and a path may stand in it")
	}
	s.path = strings.TrimRight(s.path, "/")
	return s, nil
}

// InProcess is the address of a server in this process, which is reached by Config.DialContext alone.
func InProcess(host string) Server { return Server{host: host} }

// loopback reports whether host is this machine by its name or number.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// String is the address in its one form, as it is shown and as the keychain's key.
func (s Server) String() string { return s.at("ws", "") }

func (s Server) at(scheme, path string) string {
	if s.secure {
		scheme += "s"
	}
	return scheme + "://" + s.host + s.path + path
}

// syncURL is where the websocket is, mediaURL where the content of an attachment is.
func (s Server) syncURL() string           { return s.at("ws", "/sync") }
func (s Server) mediaURL(id string) string { return s.at("http", "/media/"+url.PathEscape(id)) }
