package webhost

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lookAndSend has a method for every kind of argument.
type lookAndSend struct{}

func (lookAndSend) Mixed(ask, string, int64, bool, []string) {}

func TestDecodesStrictly(t *testing.T) {
	m := methodsOf(lookAndSend{})["Mixed"]
	for body, sound := range map[string]bool{
		`[{"list":"my","from":1},"text",9007199254740991,true,["a"]]`: true,
		`[{},"",0,false,[]]`:                      true,
		`[{},"",0,false]`:                         false,
		`[{},"",0,false,[],1]`:                    false,
		`[{},"",0,false,[]] []`:                   false,
		`[{"more":1},"",0,false,[]]`:              false,
		`[{"list":"a","list":"b"},"",0,false,[]]`: false,
		`[{},null,0,false,[]]`:                    false,
		`[{},"",0.5,false,[]]`:                    false,
		`[{},"",1e30,false,[]]`:                   false,
		`[{},"",0,"true",[]]`:                     false,
		"[{},\"\xff\",0,false,[]]":                false,
		`{}`:                                      false,
		``:                                        false,
		`null`:                                    false,
	} {
		if _, err := m.decode([]byte(body)); (err == nil) != sound || err != nil && !errors.Is(err, errArguments) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestAMethodThatNoPageCanCallIsAMistake(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it was bound")
		}
	}()
	methodsOf(two{})
}

type two struct{}

func (two) Two() (int, error) { return 0, nil }

// FuzzDecode: whatever a page sends, the arguments are of the method's types, and encode to what was sent.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`[{"list":"my","from":1},"text",3,true,["a"]]`))
	f.Add([]byte(`[{},"",0,false,[]]`))
	f.Add([]byte(`[[],[[[[]]]]]`))
	m := methodsOf(lookAndSend{})["Mixed"]
	f.Fuzz(func(t *testing.T, body []byte) {
		args, err := m.decode(body)
		if err != nil {
			return
		}
		values := []any{}
		for i, a := range args {
			if a.Type() != m.args[i] {
				t.Fatalf("argument %d is a %v", i, a.Type())
			}
			values = append(values, a.Interface())
		}
		text, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		again, err := m.decode(text)
		if err != nil {
			t.Fatalf("%s came out as %s: %v", body, text, err)
		}
		for i := range again {
			if !reflect.DeepEqual(again[i].Interface(), args[i].Interface()) {
				t.Error(cmp.Diff(args[i].Interface(), again[i].Interface()))
			}
		}
	})
}
