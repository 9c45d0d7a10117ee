package vendors

import (
	"cmp"
	"fmt"
	"strconv"
	"time"
)

type (
	hookStatus struct {
		ID            string      `json:"id"`
		Status        string      `json:"status"`
		Timestamp     string      `json:"timestamp"`
		RecipientID   string      `json:"recipient_id,omitzero"`
		RecipientUser string      `json:"recipient_user_id,omitzero"`
		Callback      string      `json:"biz_opaque_callback_data,omitzero"`
		Pricing       *pricing    `json:"pricing,omitzero"`
		Errors        []hookError `json:"errors,omitempty"`
	}
	pricing struct {
		Billable bool   `json:"billable"`
		Model    string `json:"pricing_model"`
		Category string `json:"category"`
		Type     string `json:"type"`
	}
	hookError struct {
		Code    int       `json:"code"`
		Title   string    `json:"title"`
		Message string    `json:"message"`
		Data    errorData `json:"error_data,omitzero"`
		Href    string    `json:"href"`
	}
)

// report is a status that is to be posted.
type report struct {
	at   time.Time
	lane string // within the message; shuffled statuses do not wait for each other
	body []byte
}

// planLocked says which statuses follow a message, and when each arrives.
func (w *WhatsApp) planLocked(got Received, fault Fault) []report {
	if fault.Silent {
		return nil
	}
	names, s := w.config.Statuses.Names, w.config.Statuses
	if fault.Kind == FailLater {
		names = []string{"failed"}
	}
	var all []report
	at := got.At
	for i, name := range names {
		at = at.Add(s.Delay)
		if s.Spread > 0 {
			at = at.Add(time.Duration(w.chance.Int64N(int64(s.Spread))))
		}
		lane := ""
		if s.Shuffle {
			lane = fmt.Sprint("#", i)
		}
		all = append(all, report{at: at, lane: lane, body: w.StatusBody(got, name, fault.Code, at)})
	}
	if s.Shuffle {
		w.chance.Shuffle(len(all), func(i, j int) { all[i].at, all[j].at = all[j].at, all[i].at })
	}
	return all
}

// StatusBody is the body of one webhook that says name of a message; code is why it failed.
func (w *WhatsApp) StatusBody(of Received, name string, code int, at time.Time) []byte {
	s := hookStatus{ID: of.ID, Status: name, Timestamp: strconv.FormatInt(at.Unix(), 10),
		RecipientID: digits(of.To), RecipientUser: of.Recipient, Callback: of.Callback}
	if name == "failed" {
		r := refusals[code]
		title := cmp.Or(r.title, "Error")
		s.Errors = []hookError{{Code: code, Title: title, Message: title, Data: errorData{Details: r.details},
			Href: "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"}}
	} else {
		s.Pricing = &pricing{Model: "PMP", Category: "service", Type: "free_customer_service"}
	}
	number, _ := w.number(of.Number)
	v := value(number)
	v.Statuses = []hookStatus{s}
	return encode(hook{Object: "whatsapp_business_account",
		Entry: []hookEntry{{ID: account, Changes: []hookChange{{Field: "messages", Value: v}}}}})
}
