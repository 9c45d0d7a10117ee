package whatsapp

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"parley/backend/chat"
	"parley/backend/internal/channel"
	"parley/backend/internal/desk"
)

// The body is read level by level, each part by itself, so that one that cannot be read leaves the others alone.
type (
	body struct {
		Object string           `json:"object"`
		Entry  []jsontext.Value `json:"entry"`
	}
	entry struct {
		Changes []jsontext.Value `json:"changes"`
	}
	change struct {
		Field string         `json:"field"`
		Value jsontext.Value `json:"value"`
	}
	value struct {
		Metadata jsontext.Value   `json:"metadata"`
		Contacts []jsontext.Value `json:"contacts"`
		Messages []jsontext.Value `json:"messages"`
		Statuses []jsontext.Value `json:"statuses"`
	}
	metadata struct {
		PhoneNumberID string `json:"phone_number_id"`
	}
	contact struct {
		Profile struct {
			Name string `json:"name"`
		} `json:"profile"`
		WaID   string `json:"wa_id"`
		UserID string `json:"user_id"`
	}
)

const (
	object   = "whatsapp_business_account"
	messages = "messages" // the field that carries messages and statuses; the others are not for us

	maxMessageID = desk.MaxKey
	maxNumberID  = 64
	maxCallback  = desk.MaxKey
)

// decode reads one part. A half emoji, which the vendor cuts at times, becomes U+FFFD and costs nobody a message.
func decode(part []byte, into any) error {
	return json.Unmarshal(part, into, jsontext.AllowInvalidUTF8(true))
}

// Parse checks X-Hub-Signature-256 and reads the body. Fields that it does not know are skipped; a change of
// another field than "messages" says nothing to us.
func (v *Vendor) Parse(cred desk.Credential, h http.Header, raw []byte) (channel.Batch, error) {
	if !signed(cred.AppSecret, h, raw) {
		return channel.Batch{}, channel.ErrSignature
	}
	var b body
	if err := decode(raw, &b); err != nil {
		return channel.Batch{}, fmt.Errorf("whatsapp: %w: not a webhook's JSON", channel.ErrMalformed)
	}
	if b.Object != object || b.Entry == nil {
		return channel.Batch{}, fmt.Errorf("whatsapp: %w: not of %s", channel.ErrMalformed, object)
	}
	r := reader{}
	for _, part := range b.Entry {
		r.entry(part)
	}
	return r.batch, nil
}

// reader gathers what the parts of one body say.
type reader struct{ batch channel.Batch }

func (r *reader) entry(part []byte) {
	var e entry
	if decode(part, &e) != nil {
		r.batch.Unreadable++
		return
	}
	for _, part := range e.Changes {
		r.change(part)
	}
}

func (r *reader) change(part []byte) {
	var c change
	if decode(part, &c) != nil {
		r.batch.Unreadable++
		return
	}
	if c.Field == messages {
		r.value(c.Value)
	}
}

func (r *reader) value(part []byte) {
	var v value
	if decode(part, &v) != nil {
		r.batch.Unreadable++
		return
	}
	for _, part := range v.Statuses {
		if report, use, err := readStatus(part); err != nil {
			r.batch.Unreadable++
		} else if use {
			r.batch.Statuses = append(r.batch.Statuses, report)
		}
	}
	number, known := readNumber(v.Metadata), readContacts(v.Contacts)
	for _, part := range v.Messages {
		m, err := readMessage(part, known)
		if err != nil || number == "" {
			r.batch.Unreadable++
			continue
		}
		m.AssetVendor = number
		r.batch.Messages = append(r.batch.Messages, m)
	}
}

// readNumber returns which of our numbers a value is about, or "".
func readNumber(part []byte) string {
	var m metadata
	if decode(part, &m) != nil || !plainID(m.PhoneNumberID, maxNumberID) {
		return ""
	}
	return m.PhoneNumberID
}

// people are the contacts of a value by their addresses; of two with one address the first counts.
type people struct {
	all []contact
	at  map[string]int // a phone or a user id: its place in all
}

// readContacts leaves out what it cannot read: a message without its sender's name is still a message.
func readContacts(parts []jsontext.Value) people {
	p := people{at: map[string]int{}}
	for _, part := range parts {
		var c contact
		if decode(part, &c) != nil {
			continue
		}
		for _, address := range []string{e164(c.WaID), userID(c.UserID)} {
			if _, named := p.at[address]; !named && address != "" {
				p.at[address] = len(p.all)
			}
		}
		p.all = append(p.all, c)
	}
	return p
}

// find returns the first contact that has one of the addresses.
func (p people) find(phone, user string) (contact, bool) {
	i, ok := p.at[phone]
	if j, also := p.at[user]; also && (!ok || j < i) {
		i, ok = j, true
	}
	if !ok {
		return contact{}, false
	}
	return p.all[i], true
}

// status is the vendor's word on a message of ours.
type status struct {
	ID        string         `json:"id"`
	Status    string         `json:"status"`
	Timestamp jsontext.Value `json:"timestamp"`
	Callback  string         `json:"biz_opaque_callback_data"`
	Errors    jsontext.Value `json:"errors"`
}

// states are the vendor's words as states. A voice message that was played was read. What is empty is known and
// changes nothing that an agent sees.
var states = map[string]chat.State{
	"sent": chat.Sent, "delivered": chat.Delivered, "read": chat.Seen, "played": chat.Seen, "failed": chat.Failed,
	"deleted": chat.NoState, "warning": chat.NoState, "pending": chat.NoState,
}

func readStatus(part []byte) (report desk.StatusReport, use bool, err error) {
	var s status
	if err := decode(part, &s); err != nil {
		return report, false, err
	}
	state, known := states[s.Status]
	if !known || !plainID(s.ID, maxMessageID) {
		return report, false, fmt.Errorf("whatsapp: a status without an id or of an unknown kind")
	}
	report = desk.StatusReport{Channel: chat.WhatsApp, VendorID: s.ID, State: state, VendorAt: readTime(s.Timestamp)}
	if plainID(s.Callback, maxCallback) {
		report.Callback = chat.MessageID(s.Callback)
	}
	if state == chat.Failed {
		report.Failure = readErrors(s.Errors)
	}
	return report, state != chat.NoState, nil
}

// readErrors returns the first of a status' errors as a failure; a failure that nobody can read is still one.
func readErrors(part []byte) *chat.Failure {
	var all []graphError
	if decode(part, &all) != nil || len(all) == 0 {
		return &chat.Failure{Reason: chat.Rejected}
	}
	return all[0].failure()
}

// readTime reads seconds since 1970 in a string. What is no time is no reason to lose a message: it is 0, unknown.
func readTime(part []byte) chat.Millis {
	var s string
	if decode(part, &s) != nil {
		return 0
	}
	seconds, err := strconv.ParseInt(s, 10, 64)
	if err != nil || seconds < 0 || seconds > maxSeconds {
		return 0
	}
	return chat.Millis(seconds * 1000)
}

// maxSeconds is the end of the year 9999.
const maxSeconds = 253402300799
