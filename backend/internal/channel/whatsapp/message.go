package whatsapp

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"parley/backend/chat"
	"parley/backend/internal/desk"
)

// message is what a customer sent. Of its contents only the one that type names is read.
type message struct {
	From       string         `json:"from"`
	FromUserID string         `json:"from_user_id"`
	ID         string         `json:"id"`
	Timestamp  jsontext.Value `json:"timestamp"`
	Type       string         `json:"type"`

	Text        jsontext.Value `json:"text"`
	Button      jsontext.Value `json:"button"`
	Interactive jsontext.Value `json:"interactive"`
	Image       jsontext.Value `json:"image"`
	Document    jsontext.Value `json:"document"`
	Audio       jsontext.Value `json:"audio"`
	Video       jsontext.Value `json:"video"`
	Sticker     jsontext.Value `json:"sticker"`
}

type (
	textBody struct {
		Body string `json:"body"`
	}
	buttonBody struct {
		Text string `json:"text"`
	}
	choice struct {
		Title string `json:"title"`
	}
	formBody struct {
		Body string `json:"body"`
	}
)

const (
	maxProfileName = 200 // runes
	maxType        = 64  // bytes
	maxMediaID     = desk.MaxKey
)

// Why a message cannot be read. The texts name no words of a customer.
var (
	errNoID     = errors.New("whatsapp: a message without an id")
	errNoType   = errors.New("whatsapp: a message without a type")
	errNoSender = errors.New("whatsapp: a message without a sender")
	errNoText   = errors.New("whatsapp: a message without its text")
	errNoFile   = errors.New("whatsapp: a message without its file")
)

func readMessage(part []byte, known people) (desk.Inbound, error) {
	var m message
	if err := decode(part, &m); err != nil {
		return desk.Inbound{}, err
	}
	if !plainID(m.ID, maxMessageID) {
		return desk.Inbound{}, errNoID
	}
	in := desk.Inbound{Channel: chat.WhatsApp, VendorID: m.ID, VendorAt: readTime(m.Timestamp)}
	in.Addresses, in.ProfileName = sender(&m, known)
	if len(in.Addresses) == 0 {
		return desk.Inbound{}, errNoSender
	}
	return in, readContent(&m, &in)
}

// sender returns the addresses of whoever wrote m, the phone first, and their name. A contact of the same body
// completes what the message itself does not say.
func sender(m *message, known people) ([]chat.Address, string) {
	phone, user := e164(m.From), userID(m.FromUserID)
	if user == "" {
		user = userID(m.From) // the vendor puts the business-scoped id there when the phone is hidden
	}
	name := ""
	if c, ok := known.find(phone, user); ok {
		name = cut(oneLine(c.Profile.Name), maxProfileName)
		phone, user = or(phone, e164(c.WaID)), or(user, userID(c.UserID))
	}
	var all []chat.Address
	if phone != "" {
		all = append(all, chat.Address{Kind: chat.Phone, Value: phone})
	}
	if user != "" {
		all = append(all, chat.Address{Kind: chat.UserID, Value: user})
	}
	return all, name
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// e164 returns the vendor's digits as a phone number with its plus sign, or "".
func e164(s string) string {
	s = strings.TrimPrefix(s, "+")
	if len(s) < 5 || len(s) > 15 || s[0] == '0' || strings.Trim(s, "0123456789") != "" {
		return ""
	}
	return "+" + s
}

// userID returns s if it is a business-scoped user id: a country, a dot, and letters, digits and dots, as long as an id may be.
func userID(s string) string {
	country, rest, ok := strings.Cut(s, ".")
	upper := func(r rune) bool { return r < 'A' || r > 'Z' }
	plain := func(r rune) bool {
		return r != '.' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}
	if !ok || len(country) != 2 || strings.ContainsFunc(country, upper) {
		return ""
	}
	if rest == "" || len(s) > desk.MaxKey || strings.ContainsFunc(rest, plain) {
		return ""
	}
	return s
}

// readContent fills in what m says. A type that Parley cannot show yet is named as the vendor names it.
func readContent(m *message, in *desk.Inbound) error {
	switch m.Type {
	case "":
		return errNoType
	case "text":
		return readText[textBody](m.Text, in, func(b textBody) string { return b.Body })
	case "button":
		return readText[buttonBody](m.Button, in, func(b buttonBody) string { return b.Text })
	case "interactive":
		return readInteractive(m, in)
	case "image":
		return readFile("image", m.Image, in)
	case "document":
		return readFile("document", m.Document, in)
	case "audio", "voice":
		return readFile("audio", m.Audio, in)
	case "video":
		return readFile("video", m.Video, in)
	case "sticker":
		return readFile("sticker", m.Sticker, in)
	}
	in.Unsupported = unsupported(m.Type)
	return nil
}

// interactive is the answer to a question with buttons, a list or a form.
type interactive struct {
	ButtonReply *choice   `json:"button_reply"`
	ListReply   *choice   `json:"list_reply"`
	FormReply   *formBody `json:"nfm_reply"`
}

func (i interactive) text() string {
	switch {
	case i.ButtonReply != nil:
		return i.ButtonReply.Title
	case i.ListReply != nil:
		return i.ListReply.Title
	case i.FormReply != nil:
		return i.FormReply.Body
	}
	return ""
}

// readInteractive takes an answer of a sort that Parley does not know for what it is, as it does an unknown type.
func readInteractive(m *message, in *desk.Inbound) error {
	var i interactive
	if decode(m.Interactive, &i) == nil && m.Interactive.Kind() == '{' && i.text() == "" {
		in.Unsupported = unsupported(m.Type)
		return nil
	}
	return readText[interactive](m.Interactive, in, interactive.text)
}

func readText[B any](part []byte, in *desk.Inbound, words func(B) string) error {
	var b B
	if err := decode(part, &b); err != nil {
		return errNoText
	}
	if in.Text = cut(words(b), desk.MaxInboundText); in.Text == "" {
		return errNoText
	}
	return nil
}

type file struct {
	ID       string `json:"id"`
	MIME     string `json:"mime_type"`
	SHA256   string `json:"sha256"`
	Caption  string `json:"caption"`
	Filename string `json:"filename"`
}

func readFile(kind string, part []byte, in *desk.Inbound) error {
	var f file
	if err := decode(part, &f); err != nil || !plainID(f.ID, maxMediaID) {
		return errNoFile
	}
	kindOf := mediaType(f.MIME)
	in.Text = cut(f.Caption, desk.MaxInboundText)
	in.Files = []desk.File{{VendorID: f.ID, Name: fileName(f.Filename, kind, kindOf), MIME: kindOf}}
	if plainID(f.SHA256, 128) {
		in.Files[0].SHA256 = f.SHA256
	}
	return nil
}

// unsupported returns the vendor's name of a type, or "unknown" for what cannot be one.
func unsupported(kind string) string {
	if !plainID(kind, maxType) {
		return "unknown"
	}
	return kind
}

// cut keeps at most n runes of s, and says so at their end. The vendor's own limits lie below ours.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// oneLine returns s without line breaks, control characters and the space around it.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
}
