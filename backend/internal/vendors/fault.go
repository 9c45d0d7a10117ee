package vendors

import (
	"fmt"
	"net/http"
	"time"
)

// Fault is what the Graph API does wrong with one request for a message.
type Fault struct {
	Kind   FaultKind
	Code   int           // of Refuse and FailLater
	Delay  time.Duration // before the answer, or before the connection is dropped
	Silent bool          // no status follows, if it was accepted
}

// FaultKind is a sort of fault.
type FaultKind string

const (
	Slow       FaultKind = "slow"        // nothing but Delay and Silent
	Refuse     FaultKind = "refuse"      // an error with Code; the message is not accepted
	FailLater  FaultKind = "fail_later"  // accepted; then a status says that it failed with Code
	DropBefore FaultKind = "drop_before" // the connection ends; the message is not accepted
	DropAfter  FaultKind = "drop_after"  // accepted; the connection ends without an answer
	Answer500  FaultKind = "answer_500"  // a page that is no JSON; the message is not accepted
	Garble     FaultKind = "garble"      // accepted; the answer cannot be read
)

// accepts reports whether the message is accepted all the same.
func (k FaultKind) accepts() bool {
	switch k {
	case Refuse, DropBefore, Answer500:
		return false
	}
	return true
}

// Fail has the next requests for a message meet faults, one each.
func (w *WhatsApp) Fail(faults ...Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, faults...)
}

// nextFaultLocked takes the fault of the request at hand; without one it is Slow without a delay.
func (w *WhatsApp) nextFaultLocked() Fault {
	if len(w.faults) == 0 {
		return Fault{Kind: Slow}
	}
	next := w.faults[0]
	w.faults = w.faults[1:]
	return next
}

// refusal is an error of the vendor.
type refusal struct {
	status  int
	kind    string // the error's type
	title   string
	details string
}

// refusals are the vendor's errors as it words them.
var refusals = map[int]refusal{
	1:      {500, "OAuthException", "An unknown error has occurred.", ""},
	2:      {503, "OAuthException", "Service temporarily unavailable", ""},
	4:      {429, "OAuthException", "(#4) Application request limit reached", ""},
	10:     {403, "OAuthException", "(#10) Application does not have permission for this action", ""},
	33:     {400, "GraphMethodException", "Unsupported request. The object does not exist or cannot be loaded due to missing permissions", ""},
	100:    {400, "OAuthException", "(#100) Invalid parameter", "A parameter is missing or has a value that is not allowed."},
	190:    {401, "OAuthException", "Invalid OAuth access token - Cannot parse access token", ""},
	80007:  {429, "OAuthException", "(#80007) Rate limit issues", "The WhatsApp Business Account has reached its rate limit."},
	130429: {429, "OAuthException", "(#130429) Rate limit hit", "Cloud API message throughput has been reached."},
	131000: {500, "OAuthException", "(#131000) Something went wrong", "Message failed to send due to an unknown error."},
	131016: {503, "OAuthException", "(#131016) Service unavailable", "A service is temporarily unavailable."},
	131026: {400, "OAuthException", "(#131026) Message undeliverable", "Message Undeliverable."},
	131031: {403, "OAuthException", "(#131031) Business Account locked", "The account has been restricted or disabled."},
	131047: {400, "OAuthException", "(#131047) Re-engagement message", "Message failed to send because more than 24 hours have passed since the customer last replied to this number."},
	131048: {429, "OAuthException", "(#131048) Spam rate limit hit", "Message failed to send because there are restrictions on how many messages can be sent from this phone number."},
	131051: {400, "OAuthException", "(#131051) Unsupported message type", "Message type is not currently supported."},
	131056: {429, "OAuthException", "(#131056) (Business Account, Consumer Account) pair rate limit hit", "Too many messages sent from this phone number to the same phone number in a short period of time."},
}

// graphError is an error in the form of an answer.
type graphError struct {
	Message string     `json:"message"`
	Type    string     `json:"type"`
	Code    int        `json:"code"`
	Data    *errorData `json:"error_data,omitzero"`
	Trace   string     `json:"fbtrace_id"`
}

type errorData struct {
	Product string `json:"messaging_product,omitzero"`
	Details string `json:"details"`
}

// refuse answers with an error. A code that the table does not have is one all the same.
func refuse(rw http.ResponseWriter, code int) {
	r, known := refusals[code]
	if !known {
		r = refusal{http.StatusBadRequest, "OAuthException", fmt.Sprintf("(#%d) Error", code), ""}
	}
	e := graphError{Message: r.title, Type: r.kind, Code: code, Trace: "AbCdEfGhIjKlMnOpQrStUv"}
	if r.details != "" {
		e.Data = &errorData{Product: "whatsapp", Details: r.details}
	}
	answer(rw, r.status, map[string]graphError{"error": e})
}
