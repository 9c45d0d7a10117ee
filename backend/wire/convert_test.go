package wire

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/backend/chat"
)

// TestConversionsKeepEveryField fills each noun with values that differ and takes it there and back: a field that
// a conversion forgets comes back zero.
func TestConversionsKeepEveryField(t *testing.T) {
	tests := []struct {
		noun any
		back func(any) any
	}{
		{&chat.Chat{}, func(v any) any { c := FromChat(*v.(*chat.Chat)).Chat(); return &c }},
		{&chat.Message{}, func(v any) any { m := FromMessage(*v.(*chat.Message)).Message(); return &m }},
		{&chat.Customer{}, func(v any) any { c := FromCustomer(*v.(*chat.Customer)).Customer(); return &c }},
		{&chat.Identity{}, func(v any) any { i := FromIdentity(*v.(*chat.Identity)).Identity(); return &i }},
		{&chat.Counts{}, func(v any) any { c := FromCounts(*v.(*chat.Counts)).Counts(); return &c }},
		{&chat.Problem{}, func(v any) any { return FromProblem(v.(*chat.Problem)).Problem() }},
		{&chat.TeamSettings{}, func(v any) any { w := FromSettings(*v.(*chat.TeamSettings)); s := w.Settings(); return &s }},
		{&chat.Command{}, func(v any) any { w := FromCommand(*v.(*chat.Command)); c := w.Command(); return &c }},
	}
	for _, test := range tests {
		next := 0
		fill(reflect.ValueOf(test.noun).Elem(), &next)
		if diff := cmp.Diff(test.noun, test.back(test.noun), own); diff != "" {
			t.Errorf("%T: %s", test.noun, diff)
		}
	}
}

// own are the fields that the server keeps to itself.
var own = cmp.Options{cmpopts.IgnoreFields(chat.Identity{}, "ProfileName"), cmpopts.IgnoreFields(chat.Chat{}, "Course")}

// fill sets every field to another value than the ones before.
func fill(v reflect.Value, next *int) {
	*next++
	switch v.Kind() {
	case reflect.String:
		v.SetString(string(rune('A'+*next%26)) + string(rune('a'+*next/26)))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*next))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), next)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), next)
		}
	case reflect.Struct:
		for _, f := range v.Fields() {
			fill(f, next)
		}
	default:
		panic("BUG: no value for " + v.Kind().String())
	}
}

func TestConversionsOfNothing(t *testing.T) {
	if p := FromProblem(nil); p != nil {
		t.Errorf("FromProblem(nil) = %v", p)
	}
	if p := (*Problem)(nil).Problem(); p != nil {
		t.Errorf("Problem of nil = %v", p)
	}
	if diff := cmp.Diff(chat.Message{}, FromMessage(chat.Message{}).Message()); diff != "" {
		t.Error(diff)
	}
}

func TestConversionsShareNothing(t *testing.T) {
	m := chat.Message{Line: &chat.Line{Args: []string{"a"}}, Failure: &chat.Failure{Code: "1"}}
	w := FromMessage(m)
	m.Line.Args[0], m.Failure.Code = "b", "2"
	if w.Line.Args[0] != "a" || w.Failure.Code != "1" {
		t.Errorf("changed with its source: %+v %+v", w.Line, w.Failure)
	}
	c := Command{Tags: []string{"a"}, AgentSet: &AgentSet{Teams: []string{"t"}}}
	noun := c.Command()
	c.Tags[0], c.AgentSet.Teams[0] = "b", "u"
	if noun.Tags[0] != "a" || noun.AgentSet.Teams[0] != "t" {
		t.Errorf("changed with its source: %+v %+v", noun.Tags, noun.AgentSet)
	}
}

func TestCommandReplacesNUL(t *testing.T) {
	nul := "a\x00b"
	c := Command{Text: nul, Tags: []string{nul}, Untags: []string{nul}, TeamSet: &TeamSet{Name: nul},
		AgentSet: &AgentSet{Name: nul, TokenLabel: nul}, AssetSet: &AssetSet{Name: nul, Address: nul, VendorID: nul,
			Credential: nul}}
	got := c.Command()
	for _, s := range []string{got.Text, got.Tags[0], got.Untags[0], got.TeamSet.Name, got.AgentSet.Name, got.AgentSet.TokenLabel,
		got.AssetSet.Name, got.AssetSet.Address, got.AssetSet.VendorID, got.AssetSet.Credential} {
		if s != "a\uFFFDb" {
			t.Errorf("%q", s)
		}
	}
}
