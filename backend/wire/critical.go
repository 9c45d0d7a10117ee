package wire

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// criticalName is the member that forbids ignoring the unknown members beside it.
const criticalName = "critical"

// refuseCritical returns ErrCritical if an object of data that stands for a struct has a member which the struct
// does not know and "critical": true beside it. Mistakes of syntax are left to the decoder.
func refuseCritical(data []byte, t reflect.Type) error {
	return walk(jsontext.NewDecoder(bytes.NewReader(data)), t)
}

// walk reads one value that stands for a t.
func walk(d *jsontext.Decoder, t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch k := d.PeekKind(); {
	case k == '{' && t.Kind() == reflect.Struct:
		return walkObject(d, t)
	case k == '[' && t.Kind() == reflect.Slice:
		return walkArray(d, t.Elem())
	}
	return malformed(d.SkipValue())
}

func walkArray(d *jsontext.Decoder, t reflect.Type) error {
	if _, err := d.ReadToken(); err != nil {
		return malformed(err)
	}
	for d.PeekKind() != ']' {
		if err := walk(d, t); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return malformed(err)
}

func walkObject(d *jsontext.Decoder, t reflect.Type) error {
	if _, err := d.ReadToken(); err != nil {
		return malformed(err)
	}
	unknown, critical := false, false
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return malformed(err)
		}
		field, known := fieldNamed(t, name.String())
		if known {
			if err := walk(d, field); err != nil {
				return err
			}
			continue
		}
		unknown = unknown || name.String() != criticalName
		critical = critical || name.String() == criticalName && d.PeekKind() == 't'
		if err := d.SkipValue(); err != nil {
			return malformed(err)
		}
	}
	if unknown && critical {
		return fmt.Errorf("%w in %s", ErrCritical, t.Name())
	}
	_, err := d.ReadToken()
	return malformed(err)
}

// fieldNamed returns the type of the field of t that is called name on the wire.
func fieldNamed(t reflect.Type, name string) (reflect.Type, bool) {
	for f := range t.Fields() {
		if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag == name {
			return f.Type, true
		}
	}
	return nil, false
}

func malformed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrMalformed, explain(err))
}
