package vendors

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
)

// account is the id of the company's business account; nobody looks at it.
const account = "102290129340398"

// The form of a webhook's body.
type (
	hook struct {
		Object string      `json:"object"`
		Entry  []hookEntry `json:"entry"`
	}
	hookEntry struct {
		ID      string       `json:"id"`
		Changes []hookChange `json:"changes"`
	}
	hookChange struct {
		Value hookValue `json:"value"`
		Field string    `json:"field"`
	}
	hookValue struct {
		Product  string        `json:"messaging_product"`
		Metadata hookMetadata  `json:"metadata"`
		Contacts []hookContact `json:"contacts,omitempty"`
		Messages []hookMessage `json:"messages,omitempty"`
		Statuses []hookStatus  `json:"statuses,omitempty"`
	}
	hookMetadata struct {
		Display string `json:"display_phone_number"`
		ID      string `json:"phone_number_id"`
	}
	hookContact struct {
		Profile hookProfile `json:"profile,omitzero"`
		WaID    string      `json:"wa_id,omitzero"`
		UserID  string      `json:"user_id,omitzero"`
	}
	hookProfile struct {
		Name string `json:"name"`
	}
	hookMessage struct {
		From      string    `json:"from,omitzero"`
		FromUser  string    `json:"from_user_id,omitzero"`
		ID        string    `json:"id"`
		Timestamp string    `json:"timestamp"`
		Type      string    `json:"type"`
		Text      *hookText `json:"text,omitzero"`
		Image     *hookFile `json:"image,omitzero"`
		Document  *hookFile `json:"document,omitzero"`
		Audio     *hookFile `json:"audio,omitzero"`
		Location  *Place    `json:"location,omitzero"`
	}
	hookText struct {
		Body string `json:"body"`
	}
	hookFile struct {
		ID       string `json:"id"`
		MIME     string `json:"mime_type"`
		SHA256   string `json:"sha256"`
		Caption  string `json:"caption,omitzero"`
		Filename string `json:"filename,omitzero"`
		Voice    bool   `json:"voice,omitzero"`
	}
)

// Person is a customer as the vendor knows them. One who hides the phone has only a UserID.
type Person struct {
	Name   string
	Phone  string // digits, without a plus sign
	UserID string // business-scoped
}

// Content is what a customer sends: a text, a file (then Text is its caption), or a place.
type Content struct {
	Text  string
	File  *File
	Place *Place
	At    time.Time // by the vendor's clock; zero: now
}

// Place is a place on the map.
type Place struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitzero"`
}

// Message is one customer's message to one of the company's numbers, with the id that the vendor gave it.
type Message struct {
	ID      string
	Number  string
	From    Person
	Content Content
	file    string // the id of Content.File
}

// Message makes a message, with its id, of what from sends to number; nothing is posted. The company can fetch
// its file from then on.
func (w *WhatsApp) Message(from Person, number string, c Content) Message {
	if c.At.IsZero() {
		c.At = w.config.Now()
	}
	m := Message{Number: number, From: from, Content: c}
	if c.File != nil {
		m.file = w.keep(*c.File)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	m.ID = w.newIDLocked()
	return m
}

// Say has from's message posted as soon as Run comes to it, after those that from said before, and returns it.
func (w *WhatsApp) Say(from Person, number string, c Content) Message {
	m := w.Message(from, number, c)
	w.posts.add(w.config.Now(), from.Phone+from.UserID, w.Body(m))
	return m
}

// Body is the body of one webhook that brings messages, whatever numbers they are for.
func (w *WhatsApp) Body(messages ...Message) []byte {
	h := hook{Object: "whatsapp_business_account"}
	for _, m := range messages {
		number, ours := w.number(m.Number)
		if !ours {
			number = Number{ID: m.Number, Display: m.Number}
		}
		v := value(number)
		v.Contacts = []hookContact{{Profile: hookProfile{m.From.Name}, WaID: m.From.Phone, UserID: m.From.UserID}}
		v.Messages = []hookMessage{m.form()}
		h.Entry = append(h.Entry, hookEntry{ID: account, Changes: []hookChange{{Field: "messages", Value: v}}})
	}
	return encode(h)
}

func value(n Number) hookValue {
	return hookValue{Product: "whatsapp", Metadata: hookMetadata{Display: n.Display, ID: n.ID}}
}

// form is m as it stands in a body.
func (m *Message) form() hookMessage {
	h := hookMessage{From: m.From.Phone, FromUser: m.From.UserID, ID: m.ID,
		Timestamp: strconv.FormatInt(m.Content.At.Unix(), 10)}
	switch c := m.Content; {
	case c.File != nil:
		m.formFile(&h)
	case c.Place != nil:
		h.Type, h.Location = "location", c.Place
	default:
		h.Type, h.Text = "text", &hookText{c.Text}
	}
	return h
}

func (m *Message) formFile(h *hookMessage) {
	f := m.Content.File
	sum := sha256.Sum256(f.Data)
	form := &hookFile{ID: m.file, MIME: f.MIME, SHA256: base64.StdEncoding.EncodeToString(sum[:]), Caption: m.Content.Text}
	switch h.Type = f.Kind; f.Kind {
	case "image":
		h.Image = form
	case "audio":
		form.Voice = true
		h.Audio = form
	default:
		form.Filename = f.Name
		h.Type, h.Document = "document", form
	}
}

// Sign returns what stands in X-Hub-Signature-256 for body.
func (w *WhatsApp) Sign(body []byte) string {
	mac := hmac.New(sha256.New, []byte(w.config.AppSecret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// Post posts body, signed, once, and returns the status that it was answered with.
func (w *WhatsApp) Post(ctx context.Context, body []byte) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.config.Webhook, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("vendors: post a webhook: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Hub-Signature-256", w.Sign(body))
	resp, err := w.config.Client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("vendors: post a webhook: %w", err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	return resp.StatusCode, nil
}

// encode is for values that cannot fail.
func encode(v any) []byte {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic("BUG: vendors: encode: " + err.Error())
	}
	return b
}
