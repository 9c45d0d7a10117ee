package ids

import (
	"regexp"
	"testing"
)

func TestShapes(t *testing.T) {
	for name, s := range map[string]Source{"random": Random(), "seeded": Seeded(7)} {
		t.Run(name, func(t *testing.T) {
			seen := map[string]bool{}
			for range 2000 {
				for pattern, id := range map[string]string{
					`^SUP[A-Z0-9]{13}$`: string(s.ChatID("SUP")),
					`^C-[A-Z0-9]{8}$`:   string(s.CustomerID()),
					`^[a-z0-9]{20}$`:    s.Opaque(),
				} {
					if !regexp.MustCompile(pattern).MatchString(id) {
						t.Fatalf("%q does not match %s", id, pattern)
					}
					if seen[id] {
						t.Fatalf("%q came twice", id)
					}
					seen[id] = true
				}
			}
		})
	}
}

func TestEveryCharacterComesAboutAsOften(t *testing.T) {
	const draws = 36_000
	count := map[byte]int{}
	for range draws / 20 {
		for _, c := range []byte(Random().Opaque()) {
			count[c]++
		}
	}
	for _, c := range []byte(lower) {
		if n := count[c]; n < 800 || n > 1200 { // 1000 expected, standard deviation 31
			t.Errorf("%q came %d times of %d", c, n, draws)
		}
	}
}

func TestASeedGivesTheSameIDs(t *testing.T) {
	a, b, other := Seeded(1), Seeded(1), Seeded(2)
	for range 100 {
		x := a.Opaque()
		if y := b.Opaque(); x != y {
			t.Fatalf("the same seed gave %q and %q", x, y)
		}
		if x == other.Opaque() {
			t.Fatalf("two seeds gave %q", x)
		}
	}
}
