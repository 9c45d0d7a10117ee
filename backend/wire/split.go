package wire

import "github.com/go-json-experiment/json"

// Split returns how many of changes make one part of a snapshot: as many as encode to aim bytes, at least one if
// there is one.
func Split(changes []Change, aim int) int {
	for i := range changes {
		b, err := json.Marshal(&changes[i])
		if err != nil {
			return max(i, 1) // EncodeDown says what is wrong with it
		}
		if aim -= len(b) + 1; aim < 0 {
			return max(i, 1)
		}
	}
	return len(changes)
}
