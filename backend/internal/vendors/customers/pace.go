package customers

import (
	"math/rand/v2"
	"time"
)

// Pace is how fast people are. The times are means; each wait is up to half as long again, or half as short.
type Pace struct {
	Openings time.Duration // from one customer's first words to the next customer's
	Patience time.Duration // until they ask again
	Reading  time.Duration // from an answer to what they say to it
	Typing   time.Duration // of one character, when they write several messages one after the other
	Rest     time.Duration // from the end of a story until the same customer may come again
	Open     int           // stories under way at most; 0: as many as there are people
}

// Calm is how people write to a small company on an ordinary day.
var Calm = Pace{
	Openings: 75 * time.Second, Patience: 4 * time.Minute, Reading: 25 * time.Second,
	Typing: 70 * time.Millisecond, Rest: 12 * time.Minute, Open: 24,
}

// Faster is p with all waits divided by times, and no bound on how many stories are under way.
func (p Pace) Faster(times float64) Pace {
	quick := func(d time.Duration) time.Duration { return max(time.Duration(float64(d)/times), 1) }
	return Pace{Openings: quick(p.Openings), Patience: quick(p.Patience), Reading: quick(p.Reading),
		Typing: quick(p.Typing), Rest: quick(p.Rest)}
}

// maxTyping is the longest that anybody takes for one message, at Calm's pace of typing.
const maxTyping = 300 // characters

// typing is how long a text of n characters takes.
func (p Pace) typing(n int) time.Duration { return p.Typing * time.Duration(min(n, maxTyping)+10) }

// about is d, give or take half of it.
func about(d time.Duration, chance *rand.Rand) time.Duration {
	return d/2 + time.Duration(chance.Int64N(int64(d)+1))
}
