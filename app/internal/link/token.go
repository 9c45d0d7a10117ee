package link

// tokens are what a link signs in with.
type tokens struct {
	all []string
	at  int // the one that is tried or was taken last
}

// Use implements engine.Link. A server that was put back from a backup may know only a token from before.
func (l *Link) Use(all ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tokens = tokens{all: all}
}

// hasToken reports whether there is anything to sign in with.
func (l *Link) hasToken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.tokens.all) > 0
}

// token is the one for the next request.
func (l *Link) token() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.tokens.all) == 0 {
		return ""
	}
	return l.tokens.all[l.tokens.at]
}

// nextToken turns to the token after the one that the server has refused. If that was the last it reports false, and
// the next dial begins with the first again.
func (l *Link) nextToken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tokens.at++; l.tokens.at < len(l.tokens.all) {
		return true
	}
	l.tokens.at = 0
	return false
}
