package vendors

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxRequest = 256 << 10 // bytes of a request for a message
	maxText    = 4096      // runes of its text
)

// routes are the parts of the Graph API, each only with the token.
func (w *WhatsApp) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v25.0/{number}/messages", w.message)
	mux.HandleFunc("GET /v25.0/{file}", w.fileInfo)
	mux.HandleFunc("GET /whatsapp_business/attachments/", w.fileBytes)
	mux.HandleFunc("/", func(rw http.ResponseWriter, _ *http.Request) { refuse(rw, 33) })
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !hmac.Equal([]byte(r.Header.Get("Authorization")), []byte("Bearer "+w.config.AccessToken)) {
			refuse(rw, 190)
			return
		}
		mux.ServeHTTP(rw, r)
	})
}

// request is a message that the company wants sent.
type request struct {
	Product       string `json:"messaging_product"`
	RecipientType string `json:"recipient_type"`
	To            string `json:"to"`
	Recipient     string `json:"recipient"`
	Type          string `json:"type"`
	Text          struct {
		Body string `json:"body"`
	} `json:"text"`
	Callback string `json:"biz_opaque_callback_data"`
}

// sound reports whether the vendor would take it.
func (q *request) sound() bool {
	length := utf8.RuneCountInString(q.Text.Body)
	return q.Product == "whatsapp" && (q.RecipientType == "" || q.RecipientType == "individual") &&
		(digits(q.To) != "" || q.Recipient != "") && q.Type == "text" && length > 0 && length <= maxText
}

// message takes a request for a message.
func (w *WhatsApp) message(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxRequest))
	var q request
	if err != nil || json.Unmarshal(body, &q) != nil {
		refuse(rw, 100)
		return
	}
	number, ours := w.number(r.PathValue("number"))
	switch {
	case !ours:
		refuse(rw, 33)
		return
	case !q.sound():
		refuse(rw, 100)
		return
	}
	got := Received{Number: number.ID, To: q.To, Recipient: q.Recipient, Text: q.Text.Body, Callback: q.Callback,
		Body: body, At: w.config.Now()}
	fault := w.receive(&got)
	if !pause(r.Context(), fault.Delay) {
		return
	}
	w.answerMessage(rw, fault, got)
}

// receive records a request and, unless its fault forbids, accepts it: gives it an id and plans what follows.
func (w *WhatsApp) receive(got *Received) Fault {
	w.mu.Lock()
	fault, listen := w.nextFaultLocked(), w.listen
	var reports []report
	if fault.Kind.accepts() {
		got.ID = w.newIDLocked()
		reports = w.planLocked(*got, fault)
	}
	w.received = append(w.received, *got)
	close(w.changed)
	w.changed = make(chan struct{})
	w.mu.Unlock()
	for _, s := range reports {
		w.posts.add(s.at, got.ID+s.lane, s.body)
	}
	if got.ID != "" {
		listen(*got)
	}
	return fault
}

// accepted is the answer to a message that was accepted.
type accepted struct {
	Product  string      `json:"messaging_product"`
	Contacts []inputOf   `json:"contacts"`
	Messages []messageID `json:"messages"`
}

type inputOf struct {
	Input  string `json:"input"`
	WaID   string `json:"wa_id,omitzero"`
	UserID string `json:"user_id,omitzero"`
}

type messageID struct {
	ID string `json:"id"`
}

func (w *WhatsApp) answerMessage(rw http.ResponseWriter, fault Fault, got Received) {
	switch fault.Kind {
	case DropBefore, DropAfter:
		panic(http.ErrAbortHandler) // ends the connection without an answer, and without a trace in the log
	case Refuse:
		refuse(rw, fault.Code)
	case Answer500:
		http.Error(rw, "<html><body>Internal Server Error</body></html>", http.StatusInternalServerError)
	case Garble:
		answer(rw, http.StatusOK, "ok")
	default:
		who := inputOf{Input: cmp.Or(got.To, got.Recipient), WaID: digits(got.To)}
		if got.To == "" {
			who.UserID = got.Recipient
		}
		answer(rw, http.StatusOK, accepted{Product: "whatsapp", Contacts: []inputOf{who}, Messages: []messageID{{got.ID}}})
	}
}

// File is a file that a customer sent.
type File struct {
	Kind string // image, document, audio, video or sticker
	Name string // of a document
	MIME string
	Data []byte
}

// keep makes f one that the company can fetch, under the id that it returns.
func (w *WhatsApp) keep(f File) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := strconv.FormatUint(1e14+w.chance.Uint64N(9e14), 10)
	w.files[id] = f
	return id
}

func (w *WhatsApp) file(id string) (File, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f, ok := w.files[id]
	return f, ok
}

// fileInfo says where a file lies, and its hash.
func (w *WhatsApp) fileInfo(rw http.ResponseWriter, r *http.Request) {
	id := r.PathValue("file")
	f, ok := w.file(id)
	if !ok {
		refuse(rw, 33)
		return
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	sum := sha256.Sum256(f.Data)
	answer(rw, http.StatusOK, map[string]any{
		"messaging_product": "whatsapp", "id": id, "mime_type": f.MIME, "file_size": len(f.Data),
		"sha256": hex.EncodeToString(sum[:]),
		"url":    scheme + "://" + r.Host + "/whatsapp_business/attachments/?mid=" + id,
	})
}

func (w *WhatsApp) fileBytes(rw http.ResponseWriter, r *http.Request) {
	f, ok := w.file(r.URL.Query().Get("mid"))
	if !ok {
		http.NotFound(rw, r)
		return
	}
	rw.Header().Set("Content-Type", f.MIME)
	_, _ = rw.Write(f.Data)
}

// answer writes v as JSON.
func answer(rw http.ResponseWriter, status int, v any) {
	rw.Header().Set("Content-Type", "application/json; charset=UTF-8")
	rw.WriteHeader(status)
	_ = json.MarshalWrite(rw, v, json.Deterministic(true), jsontext.EscapeForHTML(true))
}

// pause waits for d and reports whether ctx has not ended by then.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
