package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/app/shell"
)

func TestOptions(t *testing.T) {
	var out bytes.Buffer
	o, err := parse([]string{"--server", "https://chat.example.com", "--token-file", "t", "--data", "d", "--web", "127.0.0.1:0", "--language", "de", "--verbose"}, &out)
	want := options{server: "https://chat.example.com", tokenFile: "t", data: "d", web: "127.0.0.1:0", language: "de", verbose: true}
	if err != nil || o != want || out.Len() != 0 {
		t.Errorf("%+v %v %s", o, err, out.String())
	}
	if o, err := parse(nil, &out); err != nil || o != (options{language: shell.Language()}) {
		t.Errorf("none: %+v %v", o, err)
	}
}

func TestOptionsThatMakeNoSenseAreToldOf(t *testing.T) {
	for args, want := range map[string]string{
		"--token-file t": "--token-file needs --server",
		"extra":          `unexpected argument "extra"`,
		"--wrong":        "flag provided but not defined",
	} {
		var out bytes.Buffer
		if _, err := parse(strings.Fields(args), &out); err == nil || !strings.Contains(out.String(), want) {
			t.Errorf("%s: %v, said %q", args, err, out.String())
		}
	}
	var out bytes.Buffer
	if _, err := parse([]string{"--help"}, &out); !errors.Is(err, flag.ErrHelp) || !strings.Contains(out.String(), "-token-file FILE") {
		t.Errorf("--help: %v %s", err, out.String())
	}
}

func TestReadsOneTokenFromAFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "token")
	for content, want := range map[string]string{"abc\n": "abc", " abc ": "abc", "": "", "a b": "", "a\nb": "", strings.Repeat("x", maxToken+1): ""} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readToken(name)
		if got != want || (err == nil) != (want != "") || err != nil && content != "" && strings.Contains(err.Error(), content) {
			t.Errorf("%.9q: %q, %v", content, got, err)
		}
	}
	if got, err := readToken(""); got != "" || err != nil {
		t.Errorf("no file named: %q %v", got, err)
	}
	if _, err := readToken(name + ".none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
}
