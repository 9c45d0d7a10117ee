package desk

import (
	"strings"

	"parley/backend/chat"
)

// TokenLife is how long a token lets its agent in unless its maker says otherwise, in milliseconds. A console that connects
// now and then is given another in time.
const TokenLife chat.Millis = 30 * 24 * 60 * 60 * 1000

func (d *decision) createToken(c CreateToken) Answer {
	if p := d.mayHave(c.Agent, c.Hash, c.ExpiresAt); p != nil {
		return Answer{Problem: p}
	}
	d.write(PutToken{Token{Hash: c.Hash, Agent: c.Agent, Label: line(c.Label, MaxName), CreatedAt: d.now, ExpiresAt: c.ExpiresAt}})
	return Answer{}
}

// mayHave says why an agent cannot be given a new token.
func (d *decision) mayHave(agent chat.AgentID, hash string, expiresAt chat.Millis) *chat.Problem {
	a, ok := d.was.Agent(agent)
	switch {
	case !ok:
		return chat.NewProblem(chat.NotFound, "agent")
	case !a.Active:
		return chat.NewProblem(chat.NotAllowed)
	case expiresAt != 0 && expiresAt <= d.now:
		return chat.NewProblem(chat.BadValue, "expires_at")
	}
	return d.newHash(hash)
}

// newHash says why hash cannot be a new token's.
func (d *decision) newHash(hash string) *chat.Problem {
	if len(hash) != 64 || strings.Trim(hash, "0123456789abcdef") != "" {
		return chat.NewProblem(chat.BadValue, "hash")
	}
	if _, taken := d.was.Token(hash); taken {
		return chat.NewProblem(chat.Duplicate, "hash")
	}
	return nil
}

// Valid reports whether t lets its agent in at a moment.
func (t *Token) Valid(now chat.Millis) bool {
	return t.RevokedAt == 0 && (t.ExpiresAt == 0 || now < t.ExpiresAt)
}

// renewToken offers a token in the place of a valid one (rule T2). Whoever uses the valid one has kept it.
func (d *decision) renewToken(c RenewToken) Answer {
	old, ok := d.was.Token(c.Old)
	if !ok || !old.Valid(d.now) {
		return problem(chat.NotFound, "token")
	}
	if p := d.mayHave(old.Agent, c.Hash, c.ExpiresAt); p != nil {
		return Answer{Problem: p}
	}
	if _, ok := d.was.Token(old.Successor); ok {
		d.drops = append(d.drops, DropToken{old.Successor})
	}
	d.kept(&old)
	d.write(PutToken{Token{Hash: c.Hash, Agent: old.Agent, Label: old.Label, CreatedAt: d.now, ExpiresAt: c.ExpiresAt, Replaces: old.Hash}})
	old.Successor = c.Hash
	d.write(PutToken{old})
	return Answer{}
}

// keepToken revokes what the token was offered in the place of (rule T2).
func (d *decision) keepToken(c KeepToken) Answer {
	t, ok := d.was.Token(c.Hash)
	if !ok || !t.Valid(d.now) {
		return problem(chat.NotFound, "token")
	}
	d.kept(&t)
	return Answer{}
}

// kept revokes what t was offered in the place of. Of the tokens that a console had one after the other only the last
// two are remembered: whoever has just read the hash of the older can revoke both by it.
func (d *decision) kept(t *Token) {
	old, ok := d.was.Token(t.Replaces)
	if !ok || old.RevokedAt != 0 {
		return
	}
	if _, ok := d.was.Token(old.Replaces); ok {
		d.drops = append(d.drops, DropToken{old.Replaces})
	}
	old.RevokedAt = d.now
	d.write(PutToken{old})
}

// revokeToken revokes a token and the one that was offered in its place, kept or not; of one that is only offered also
// the one that the console still goes by (rule T3).
func (d *decision) revokeToken(c RevokeToken) Answer {
	t, ok := d.was.Token(c.Hash)
	if !ok {
		return problem(chat.NotFound, "token")
	}
	if c.Leaves {
		d.leaves(t.Agent)
	}
	if old, there := d.was.Token(t.Replaces); there && old.RevokedAt == 0 && old.Successor == t.Hash {
		t = old
	}
	for ; ok; t, ok = d.was.Token(t.Successor) {
		if t.RevokedAt == 0 {
			t.RevokedAt = d.now
			d.write(PutToken{t})
		}
	}
	return Answer{}
}
