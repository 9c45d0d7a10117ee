package store

import (
	"fmt"

	"golang.org/x/text/cases"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/wire"
)

// Encode gives f its place in its stream and makes the bytes that are kept and sent.
func Encode(f desk.Frame, place wire.Position, at chat.Millis) (Frame, error) {
	changes := f.Changes
	if changes == nil {
		changes = []wire.Change{}
	}
	b, err := wire.EncodeDown(&wire.Down{Frame: &wire.Frame{
		Stream: f.Stream, Epoch: place.Epoch, Seq: place.Seq, At: int64(at), Changes: changes, Counts: f.Counts,
	}})
	if err != nil {
		return Frame{}, fmt.Errorf("%w: frame %d of %s stream %q: %w", ErrUnfit, place.Seq, f.Stream.Kind, f.Stream.ID, err)
	}
	return Frame{Stream: f.Stream, Seq: place.Seq, Bytes: b}, nil
}

// Fold returns the key by which a Customer ID or an alias is unique: its full Unicode case folding, which is stable for all
// assigned characters.
func Fold[S ~string](s S) string { return cases.Fold().String(string(s)) }
