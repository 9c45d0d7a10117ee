package webhost

import (
	"crypto/subtle"
	"net"
	"net/http"
	"strconv"
)

// Handler answers requests that come to the address listening.
func (h *Host) Handler(listening net.Addr) http.Handler {
	g := &guard{host: h, hosts: hostsOf(listening)}
	_, port, _ := net.SplitHostPort(listening.String())
	g.cookie = "parley-" + port // cookies know no ports: two consoles must not take each other's
	mux := http.NewServeMux()
	mux.Handle("GET /", h.page())
	mux.HandleFunc("POST /call/{method}", h.call)
	mux.HandleFunc("GET /events", h.stream)
	mux.HandleFunc("GET /media/{id}", h.media)
	g.next = mux
	return g
}

// guard lets only the page of this run through.
type guard struct {
	host   *Host
	hosts  map[string]bool
	cookie string
	next   http.Handler
}

// hostsOf are the names under which a browser may ask for a listener's address. Any other name that leads here is
// somebody's who has rebound it to this machine.
func hostsOf(a net.Addr) map[string]bool {
	hosts := map[string]bool{a.String(): true}
	if tcp, ok := a.(*net.TCPAddr); ok {
		hosts[net.JoinHostPort("localhost", strconv.Itoa(tcp.Port))] = true
	}
	return hosts
}

func (g *guard) ServeHTTP(w http.ResponseWriter, rq *http.Request) {
	g.headers(w.Header())
	switch {
	case !g.hosts[rq.Host]:
		http.Error(w, "unknown host", http.StatusMisdirectedRequest)
	case !g.sameOrigin(rq):
		http.Error(w, "another site's page may not ask", http.StatusForbidden)
	case rq.Method == http.MethodGet && rq.URL.Path == "/" && rq.URL.Query().Has("token"):
		g.admit(w, rq)
	case !g.admitted(rq):
		http.Error(w, "Open the address that Parley printed when it started.", http.StatusUnauthorized)
	default:
		g.next.ServeHTTP(w, rq)
	}
}

// headers are on every answer.
func (g *guard) headers(h http.Header) {
	h.Set("Content-Security-Policy", g.host.config.Policy)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// sameOrigin reports whether a request comes from our page, from the address bar, or from no browser.
func (g *guard) sameOrigin(rq *http.Request) bool {
	if origin, sent := rq.Header["Origin"]; sent && (len(origin) != 1 || origin[0] != "http://"+rq.Host) {
		return false
	}
	site := rq.Header.Get("Sec-Fetch-Site")
	opening := rq.Method == http.MethodGet && rq.Header.Get("Sec-Fetch-Mode") == "navigate"
	return site == "" || site == "same-origin" || site == "none" || opening && rq.URL.Path == "/"
}

// admit gives a browser that knows the token its cookie, and takes the token out of the address bar.
func (g *guard) admit(w http.ResponseWriter, rq *http.Request) {
	if !g.known(rq.URL.Query().Get("token")) {
		http.Error(w, "This address is of an earlier start. Open the one that Parley printed last.", http.StatusUnauthorized)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: g.cookie, Value: g.host.token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, rq, "/", http.StatusSeeOther)
}

func (g *guard) admitted(rq *http.Request) bool {
	c, err := rq.Cookie(g.cookie)
	return err == nil && g.known(c.Value)
}

func (g *guard) known(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(g.host.token)) == 1
}
