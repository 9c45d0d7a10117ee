// Package ids makes the ids of a server's rows: from the system's randomness, or from a seed for tests and the
// simulation.
package ids

import (
	secure "crypto/rand"
	"math/rand/v2"

	"parley/backend/chat"
	"parley/backend/internal/desk"
)

const (
	upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	lower = "abcdefghijklmnopqrstuvwxyz0123456789"
)

// Source implements desk.IDs. It is for one goroutine at a time.
type Source struct{ below func(n int) int }

var _ desk.IDs = Source{}

// Random returns a source whose ids cannot be guessed.
func Random() Source { return Source{secureBelow} }

// Seeded returns a source that gives the same ids for the same seed.
func Seeded(seed uint64) Source { return Source{rand.New(rand.NewPCG(seed, 0)).IntN} }

// ChatID implements desk.IDs: the prefix and 13 of A-Z0-9.
func (s Source) ChatID(prefix string) chat.ID { return chat.ID(prefix + s.pick(upper, 13)) }

// CustomerID implements desk.IDs: "C-" and 8 of A-Z0-9.
func (s Source) CustomerID() chat.CustomerID { return chat.CustomerID("C-" + s.pick(upper, 8)) }

// Opaque implements desk.IDs: 20 of a-z0-9, which is 103 bits.
func (s Source) Opaque() string { return s.pick(lower, 20) }

func (s Source) pick(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[s.below(len(alphabet))]
	}
	return string(b)
}

// secureBelow returns a number of 0 … n-1, each as likely as the others; n is at most 256.
func secureBelow(n int) int {
	var b [1]byte
	for {
		_, _ = secure.Read(b[:]) // it never fails: the runtime ends the process instead
		if int(b[0]) < 256/n*n {
			return int(b[0]) % n
		}
	}
}
