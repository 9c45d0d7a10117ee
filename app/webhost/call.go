package webhost

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"runtime/debug"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// method is one exported method of the bound object.
type method struct {
	f    reflect.Value
	args []reflect.Type
}

// methodsOf finds the methods that a page may call.
func methodsOf(bound any) map[string]method {
	methods := map[string]method{}
	v := reflect.ValueOf(bound)
	for name, f := range v.Methods() {
		m := method{f: f}
		for arg := range f.Type().Ins() {
			m.args = append(m.args, arg)
		}
		if f.Type().NumOut() > 1 || f.Type().IsVariadic() {
			panic("BUG: webhost: " + name.Name + " cannot be called from a page: it has several results, or any number of arguments")
		}
		methods[name.Name] = m
	}
	return methods
}

// errArguments is returned for arguments that are not the method's. It names no value: that may be a customer's text.
var errArguments = errors.New("the arguments do not fit")

// decode reads the arguments of a call: a JSON array, as long as the method's list, each value strictly of its type.
func (m method) decode(body []byte) ([]reflect.Value, error) {
	var raw []jsontext.Value
	if err := json.Unmarshal(body, &raw); err != nil || len(raw) != len(m.args) {
		return nil, fmt.Errorf("%w: not a list of %d", errArguments, len(m.args))
	}
	args := make([]reflect.Value, len(raw))
	for i, r := range raw {
		arg := reflect.New(m.args[i])
		if r.Kind() == 'n' || json.Unmarshal(r, arg.Interface(), json.RejectUnknownMembers(true)) != nil {
			return nil, fmt.Errorf("%w: number %d is not a %v", errArguments, i+1, m.args[i])
		}
		args[i] = arg.Elem()
	}
	return args, nil
}

// invoke calls the method and encodes its result as the window does.
func (m method) invoke(args []reflect.Value) ([]byte, error) {
	out := m.f.Call(args)
	if len(out) == 0 {
		return []byte("null"), nil
	}
	return stdjson.Marshal(out[0].Interface())
}

// call answers POST /call/METHOD. Each has a goroutine of its own: one that waits holds up no other.
func (h *Host) call(w http.ResponseWriter, rq *http.Request) {
	name := rq.PathValue("method")
	m, ok := h.methods[name]
	if !ok {
		http.Error(w, "no such method", http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, rq.Body, MaxCallBytes))
	if err != nil {
		http.Error(w, "too long", http.StatusRequestEntityTooLarge)
		return
	}
	args, err := m.decode(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	defer func() {
		if p := recover(); p != nil {
			slog.Error("a call panicked", "method", name, "stack", string(debug.Stack()))
			http.Error(w, "internal", http.StatusInternalServerError)
		}
	}()
	result, err := m.invoke(args)
	if err != nil {
		slog.Error("a result cannot be encoded", "method", name, "type", fmt.Sprintf("%T", err))
		http.Error(w, "internal", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(result)
}
