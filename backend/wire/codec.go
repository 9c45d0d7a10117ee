package wire

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Errors of the codec, told apart with errors.Is. Their texts name members and types, never what a customer or
// an agent wrote.
var (
	// ErrMalformed: not a frame of this protocol. The connection is closed with CloseMalformed.
	ErrMalformed = errors.New("malformed frame")
	// ErrTooLarge: longer than MaxUpBytes or MaxDownBytes.
	ErrTooLarge = errors.New("frame too large")
	// ErrUnknownKind: a kind of frame newer than this build, not marked critical. The receiver ignores it.
	ErrUnknownKind = errors.New("unknown kind of frame")
	// ErrCritical: something newer than this build that must not be ignored. The connection is closed with
	// CloseVersion.
	ErrCritical = errors.New("unknown critical member")
)

// EncodeUp encodes a frame that a console sends. Equal frames give equal bytes. It fails for a frame that does
// not have exactly one member, for text that is not UTF-8, and for more than MaxUpBytes.
func EncodeUp(u *Up) ([]byte, error) { return encode(u, MaxUpBytes, u.check) }

// EncodeDown encodes a frame that a server sends. Equal frames give equal bytes. It fails for a frame that does
// not have exactly one member, for text that is not UTF-8, and for more than MaxDownBytes.
func EncodeDown(d *Down) ([]byte, error) { return encode(d, MaxDownBytes, d.check) }

// DecodeUp decodes and checks a frame from a console. What it returns holds no part of data.
func DecodeUp(data []byte) (Up, error) {
	var u Up
	if err := decode(data, &u, MaxUpBytes, func() error { return u.check() }); err != nil {
		return Up{}, err
	}
	return u, nil
}

// DecodeDown decodes and checks a frame from a server. A change of a kind newer than this build, not marked
// critical, is left out. What it returns holds no part of data.
func DecodeDown(data []byte) (Down, error) {
	var d Down
	if err := decode(data, &d, MaxDownBytes, func() error { return d.check() }); err != nil {
		return Down{}, err
	}
	return d, nil
}

func encode(v any, limit int, check func() error) ([]byte, error) {
	if err := check(); err != nil {
		return nil, fmt.Errorf("wire: encode: %w", err)
	}
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("wire: encode: %w: %s", ErrMalformed, explain(err))
	}
	if len(b) > limit {
		return nil, fmt.Errorf("wire: encode: %w: %d bytes", ErrTooLarge, len(b))
	}
	return b, nil
}

// decode reads strictly first; only what a newer peer has sent goes the slower way, which looks for what is
// marked critical and then ignores what it does not know.
func decode(data []byte, v any, limit int, check func() error) error {
	if len(data) > limit {
		return fmt.Errorf("wire: decode: %w: %d bytes", ErrTooLarge, len(data))
	}
	err := json.Unmarshal(data, v, json.RejectUnknownMembers(true))
	newer := errors.Is(err, json.ErrUnknownName)
	if newer {
		t := reflect.TypeOf(v).Elem()
		if err := refuseCritical(data, t); err != nil {
			return fmt.Errorf("wire: decode: %w", err)
		}
		reflect.ValueOf(v).Elem().SetZero()
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		return fmt.Errorf("wire: decode: %w: %s", ErrMalformed, explain(err))
	}
	if newer && members(v) == 0 {
		return fmt.Errorf("wire: decode: %w", ErrUnknownKind)
	}
	if err := check(); err != nil {
		return fmt.Errorf("wire: decode: %w", err)
	}
	return nil
}

// members counts the members that are set in one of Up, Down and Change.
func members(v any) int {
	n := 0
	for _, f := range reflect.Indirect(reflect.ValueOf(v)).Fields() {
		if !f.IsNil() {
			n++
		}
	}
	return n
}

// explain says where and what kind of mistake err is, without the text that it stands in: that may be a
// customer's.
func explain(err error) string {
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		return fmt.Sprintf("a %v that does not fit %v", e.JSONKind, e.GoType)
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Sprintf("not strict JSON at byte %d", e.ByteOffset)
	}
	return "unreadable"
}
