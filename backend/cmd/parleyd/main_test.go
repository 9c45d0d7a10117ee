package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test's binary be parleyd itself, for the tests that need a process.
func TestMain(m *testing.M) {
	if os.Getenv("PARLEYD_TEST_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// parleyd runs a command in this process.
func parleyd(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), world{&out, &err, func(k string) string { return env[k] }}, args)
	return code, out.String(), err.String()
}

// must runs an admin command that must be done, and returns its answer.
func must(t *testing.T, dir string, args ...string) map[string]any {
	t.Helper()
	code, out, problem := parleyd(t, map[string]string{"PARLEY_DATA": dir}, append([]string{"admin"}, args...)...)
	if code != exitDone {
		t.Fatalf("%q: exit code %d, %s", args, code, problem)
	}
	var answer map[string]any
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		t.Fatalf("%q printed %q: %v", args, out, err)
	}
	return answer
}

// process is a parleyd of its own.
type process struct {
	*testing.T
	cmd *exec.Cmd
	url string
	log bytes.Buffer
	end chan struct{} // closed: log is whole
}

var listening = regexp.MustCompile(`msg=listening url=(\S+)`)

// start starts `parleyd serve` and returns when it listens.
func start(t *testing.T, dir string, more ...string) *process {
	t.Helper()
	p := &process{T: t, end: make(chan struct{})}
	p.cmd = exec.Command(os.Args[0], append([]string{"serve", "--listen", "127.0.0.1:0", "--data", dir}, more...)...)
	p.cmd.Env = append(os.Environ(), "PARLEYD_TEST_MAIN=1")
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	found := make(chan string, 1)
	go func() {
		defer close(p.end)
		lines := bufio.NewReader(stderr)
		for {
			line, err := lines.ReadString('\n')
			p.log.WriteString(line)
			if m := listening.FindStringSubmatch(line); m != nil {
				found <- m[1]
			}
			if err != nil {
				close(found)
				return
			}
		}
	}()
	if p.url = <-found; p.url == "" {
		t.Fatalf("parleyd serve ended: %s", &p.log)
	}
	return p
}

// stop ends it by SIGTERM, and fails unless it ends as it should.
func (p *process) stop() {
	p.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.Fatal(err)
	}
	<-p.end
	if err := p.cmd.Wait(); err != nil {
		p.Errorf("parleyd ended with %v: %s", err, &p.log)
	}
	if took := time.Since(began); took > 5*time.Second {
		p.Errorf("the end took %v", took)
	}
}

func TestServeUntilTerminated(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir)
	if got := status(t, http.DefaultClient, p.url+"/healthz"); got != http.StatusOK {
		t.Errorf("healthz: %d", got)
	}
	code, _, problem := parleyd(t, nil, "serve", "--listen", "127.0.0.1:0", "--data", dir)
	if code != exitFailed || !strings.Contains(problem, "already runs on "+dir) {
		t.Errorf("a second start ended %d, saying %q", code, problem)
	}
	id := must(t, dir, "team", "create", "--name", "Support", "--prefix", "SUP")["id"]
	p.stop()
	if code, out, _ := parleyd(t, nil, "admin", "team", "list", "--data", dir); code != exitDone || !strings.Contains(out, id.(string)) {
		t.Errorf("after the end the team is not there: %d %s", code, out)
	}
	start(t, dir).stop()
}

func TestServeWithTLS(t *testing.T) {
	dir := t.TempDir()
	roots := x509.NewCertPool()
	roots.AddCert(certificate(t, dir))
	p := start(t, filepath.Join(dir, "data"), "--tls-cert", filepath.Join(dir, "cert.pem"), "--tls-key", filepath.Join(dir, "key.pem"))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	if got := status(t, client, p.url+"/healthz"); got != http.StatusOK || !strings.HasPrefix(p.url, "https://") {
		t.Errorf("%s/healthz: %d", p.url, got)
	}
	p.stop()
}

func TestReachable(t *testing.T) {
	for ip, want := range map[string]bool{"127.0.0.1": false, "::1": false, "0.0.0.0": true, "::": true, "192.0.2.1": true} {
		if got := reachable(&net.TCPAddr{IP: net.ParseIP(ip)}); got != want {
			t.Errorf("reachable(%s) = %v", ip, got)
		}
	}
}

func TestAdminOfflineAndOverTheSocket(t *testing.T) {
	for name, running := range map[string]bool{"offline": false, "over the socket": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if running {
				p := start(t, dir)
				defer p.stop()
			}
			company(t, dir)
		})
	}
}

// company makes everything once with the admin commands, and looks for the secrets in what they print.
func company(t *testing.T, dir string) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("sesame-from-a-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"PARLEY_DATA": dir, "PARLEY_VERIFY_TOKEN": "sesame-verify", "PARLEY_ACCESS_TOKEN": "sesame-access"}
	team := must(t, dir, "team", "create", "--name", "Support", "--prefix", "SUP")["id"].(string)
	agent := must(t, dir, "agent", "create", "--name", "Ada", "--team", team, "--threshold", "7")["id"].(string)
	if got := must(t, dir, "agent", "set", "--id", agent, "--name", "Ada B.", "--active", "true"); got["name"] != "Ada B." || got["threshold"] != 7.0 {
		t.Errorf("agent set: %v", got)
	}
	roles(t, dir, team, agent)
	code, out, problem := parleyd(t, env, "admin", "credential", "set", "--name", "shop", "--app-secret-file", secret)
	if code != exitDone || strings.Contains(out+problem, "sesame") || !strings.Contains(out, "/hooks/whatsapp/shop") {
		t.Fatalf("credential set: %d %s %s", code, out, problem)
	}
	asset := must(t, dir, "asset", "create", "--credential", "shop", "--phone-number-id", "1065", "--name", "Shop", "--team", team,
		"--priority", "2")
	if asset["priority"] != 2.0 || asset["active"] != true {
		t.Errorf("asset create: %v", asset)
	}
	if got := must(t, dir, "asset", "set", "--id", asset["id"].(string), "--active=false", "--shared", ""); got["active"] != false {
		t.Errorf("asset set: %v", got)
	}
	tokens(t, dir, agent)
	for _, list := range []string{"team", "agent", "token", "credential", "asset", "chat"} {
		code, out, problem := parleyd(t, env, "admin", list, "list")
		if code != exitDone || !json.Valid([]byte(out)) || strings.Contains(out, "sesame") || strings.Contains(out, "pt_") {
			t.Errorf("%s list: %d %s %s", list, code, out, problem)
		}
	}
}

// roles sets from the command line what managers and admins set in the console.
func roles(t *testing.T, dir, team, agent string) {
	t.Helper()
	got := must(t, dir, "agent", "set", "--id", agent, "--role", "manager", "--manages", team)
	if got["role"] != "manager" || !slices.Equal(got["manages"].([]any), []any{team}) {
		t.Errorf("agent set: %v", got)
	}
	if got := must(t, dir, "agent", "create", "--name", "Root", "--team", "", "--role", "admin"); got["role"] != "admin" {
		t.Errorf("agent create: %v", got)
	}
	must(t, dir, "team", "set", "--id", team, "--release-minutes", "10", "--escalate-every", "2", "--escalate-unit", "hours",
		"--escalate-unset", "true", "--hold-days", "7", "--close-days", "30", "--on-sign-out", "queue", "--auto-assign", "last_agent")
	got = must(t, dir, "team", "set", "--id", team, "--escalate-unset=false", "--hold-days", "0")
	want := map[string]any{"release_minutes": 10.0, "escalate_every": 2.0, "escalate_unit": "hours", "escalate_unset": false,
		"hold_days": 0.0, "close_days": 30.0, "on_sign_out": "queue", "auto_assign": "last_agent"}
	if got := got["settings"].(map[string]any); !maps.Equal(got, want) {
		t.Errorf("team set: %v, want %v", got, want)
	}
	if got := must(t, dir, "team", "set", "--id", team, "--name", "Support"); !maps.Equal(got["settings"].(map[string]any), want) {
		t.Errorf("its name alone: %v", got)
	}
}

// tokens makes and revokes tokens, printed and in a file.
func tokens(t *testing.T, dir, agent string) {
	t.Helper()
	printed := must(t, dir, "token", "create", "--agent", agent, "--label", "laptop")
	if token, _ := printed["token"].(string); !strings.HasPrefix(token, "pt_") || printed["expires_at"] == nil {
		t.Errorf("token create printed %v", printed)
	}
	forever := must(t, dir, "token", "create", "--agent", agent, "--days", "0")
	code, out, _ := parleyd(t, map[string]string{"PARLEY_DATA": dir}, "admin", "token", "list")
	var listed []map[string]any
	if err := json.Unmarshal([]byte(out), &listed); code != exitDone || err != nil || len(listed) != 2 {
		t.Fatalf("token list: %d %v %s", code, err, out)
	}
	for _, one := range listed {
		if want := printed["expires_at"]; one["hash"] == forever["hash"] == (one["expires_at"] != nil) || one["expires_at"] != nil && one["expires_at"] != want {
			t.Errorf("it is listed as %v, want an end at %v or none", one, want)
		}
	}
	file := filepath.Join(t.TempDir(), "token")
	kept := must(t, dir, "token", "create", "--agent", agent, "--out", file)
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 || kept["token"] != nil {
		t.Errorf("token create --out: %v %v %v", kept, info, err)
	}
	if got := must(t, dir, "token", "revoke", "--token-file", file); got["hash"] != kept["hash"] || got["revoked_at"] == nil {
		t.Errorf("token revoke: %v", got)
	}
	code, _, problem := parleyd(t, map[string]string{"PARLEY_DATA": dir}, "admin", "token", "create", "--agent", agent, "--out", file)
	if code != exitUsage || !strings.Contains(problem, "exists") {
		t.Errorf("a token over a file that is there: %d %s", code, problem)
	}
	missing := filepath.Join(t.TempDir(), "token")
	code, _, problem = parleyd(t, map[string]string{"PARLEY_DATA": dir}, "admin", "token", "create", "--agent", "nobody", "--out", missing)
	if _, err := os.Stat(missing); code != exitFailed || !os.IsNotExist(err) || !strings.Contains(problem, "not_found") {
		t.Errorf("a token of nobody: %d %s, the file %v", code, problem, err)
	}
}

func TestProblemsAreJSONWithWordsAndACode(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "team", "create", "--name", "Support", "--prefix", "SUP")
	for _, c := range []struct {
		args  string
		code  int
		kind  string
		words string
	}{
		{"team create --name Support", exitUsage, "usage", "--prefix is missing"},
		{"team create --name Support --prefix toolong", exitUsage, "usage", "--prefix"},
		{"team create --name Support --prefix SUP", exitFailed, "duplicate", "--prefix already"},
		{"team create --nonsense", exitUsage, "usage", "nonsense"},
		{"team list please", exitUsage, "usage", `"please" is not a flag`},
		{"team set --id nothing --name X", exitFailed, "not_found", "no such team"},
		{"team set --id nothing --release-minutes 5", exitFailed, "not_found", "no such team"},
		{"agent create --name X --team= --role boss", exitUsage, "usage", "--role"},
		{"asset create --name X --team Y --credential main --phone-number-id 1", exitFailed, "not_found", "credential set --name main"},
		{"asset create --name X --team Y --credential MAIN --phone-number-id 1", exitUsage, "usage", "--credential"},
		{"chat assign --chat X --agent Y", exitFailed, "not_found", "no such chat"},
		{"credential set --name shop", exitUsage, "usage", "--app-secret-file"},
		{"credential set --name shop --base-url http://example.com", exitUsage, "usage", "https://"},
		{"token revoke", exitUsage, "usage", "--token-file"},
		{"token create --agent X --out /nowhere/at/all", exitUsage, "usage", "/nowhere/at/all"},
		{"unknown-numbers list", exitFailed, "unavailable", "not running"},
		{"nonsense", exitUsage, "usage", "no command"},
	} {
		code, out, problem := parleyd(t, map[string]string{"PARLEY_DATA": dir}, append([]string{"admin"}, strings.Fields(c.args)...)...)
		var got struct {
			Error struct{ Code, Message string }
		}
		err := json.Unmarshal([]byte(problem), &got)
		if err != nil || code != c.code || got.Error.Code != c.kind || !strings.Contains(got.Error.Message, c.words) || out != "" {
			t.Errorf("%s: exit code %d, stdout %q, stderr %s; want %d, %s, %q", c.args, code, out, problem, c.code, c.kind, c.words)
		}
	}
}

func TestEveryCommandHasHelp(t *testing.T) {
	commands := []string{"serve -h", "demo -h", "admin -h", "admin team -h", "help"}
	for _, o := range orders {
		commands = append(commands, "admin "+o.verb+" -h")
		if o.summary == "" {
			t.Errorf("%s has no summary", o.verb)
		}
	}
	for _, c := range commands {
		if code, out, problem := parleyd(t, nil, strings.Fields(c)...); code != exitDone || out == "" || problem != "" {
			t.Errorf("%s: %d %q %q", c, code, out, problem)
		}
	}
	if code, _, problem := parleyd(t, nil, "serve", "--tls-cert", "x", "--data", "y"); code != exitUsage || !strings.Contains(problem, "--tls-key") {
		t.Errorf("half a certificate: %d %q", code, problem)
	}
}

func TestDemoServes(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	out, printed := io.Pipe()
	dir := t.TempDir()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, world{printed, io.Discard, func(string) string { return "" }},
			[]string{"demo", "--listen", "127.0.0.1:0", "--data", dir, "--pace", "-1"})
		_ = printed.Close()
	}()
	said, err := bufio.NewReader(out).ReadString('\n')
	url := regexp.MustCompile(`http://\S+`).FindString(said)
	if err != nil || url == "" {
		t.Fatalf("parleyd demo said %q, %v", said, err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if got := status(t, http.DefaultClient, url+"/healthz"); got != http.StatusOK {
		t.Errorf("healthz: %d", got)
	}
	if info, err := os.Stat(filepath.Join(dir, "token")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the token's file: %v, %v", info, err)
	}
	stop()
	if code := <-ended; code != exitDone {
		t.Errorf("the demo ended %d", code)
	}
}

func status(t *testing.T, client *http.Client, url string) int {
	t.Helper()
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// certificate writes one for 127.0.0.1 and its key into dir.
func certificate(t *testing.T, dir string) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true,
		BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}
