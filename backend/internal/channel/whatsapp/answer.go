package whatsapp

import (
	"net/http"
	"strconv"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/channel"
	"parley/backend/internal/desk"
)

const (
	maxAnswer     = 64 << 10 // bytes of an answer that are read
	maxDetail     = 500      // runes of the vendor's words that are kept
	maxRetryAfter = time.Hour
)

// graphError is an error as the Graph API words it, in an answer and in a status.
type graphError struct {
	Code    *int   `json:"code"`
	Title   string `json:"title"`
	Message string `json:"message"`
	Data    struct {
		Details string `json:"details"`
	} `json:"error_data"`
}

// answerBody is what the Graph API says to a message.
type answerBody struct {
	Messages []struct {
		ID string `json:"id"`
	} `json:"messages"`
	Error *graphError `json:"error"`
}

// judge says how an attempt ended that the vendor answered. Only an answer that says so for sure makes a message
// fail or go out again: what is left open ends in EndUnclear.
func judge(status int, h http.Header, answer []byte) channel.Sent {
	var a answerBody
	readable := answer != nil && decode(answer, &a) == nil
	switch {
	case status == http.StatusOK && readable && len(a.Messages) > 0 && plainID(a.Messages[0].ID, maxMessageID):
		return channel.Sent{Ending: desk.EndAccepted, VendorID: a.Messages[0].ID}
	case status < 400 || status == http.StatusRequestTimeout:
		return channel.Sent{Ending: desk.EndUnclear}
	case readable && a.Error != nil && a.Error.Code != nil:
		return judgeError(status, h, a.Error)
	case status == http.StatusTooManyRequests:
		return retry(&chat.Failure{Reason: chat.SlowDown}, h)
	case status >= 500:
		return channel.Sent{Ending: desk.EndUnclear}
	case status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusNotFound:
		return failed(&chat.Failure{Reason: chat.NotAuthorized})
	}
	return failed(&chat.Failure{Reason: chat.Rejected})
}

func judgeError(status int, h http.Header, e *graphError) channel.Sent {
	f := e.failure()
	switch {
	case f.Reason == chat.SlowDown || f.Reason == chat.VendorDown:
		return retry(f, h)
	case status == http.StatusTooManyRequests:
		f.Reason = chat.SlowDown
		return retry(f, h)
	case *e.Code == unknownError && status >= 500:
		return channel.Sent{Ending: desk.EndUnclear}
	}
	return failed(f)
}

func failed(f *chat.Failure) channel.Sent { return channel.Sent{Ending: desk.EndFailed, Failure: f} }

func retry(f *chat.Failure, h http.Header) channel.Sent {
	return channel.Sent{Ending: desk.EndRetry, Failure: f, RetryAfter: retryAfter(h)}
}

// retryAfter reads the header in seconds; a date is not what this vendor sends.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.ParseUint(h.Get("Retry-After"), 10, 31)
	if err != nil {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, maxRetryAfter)
}

// unknownError is the vendor's "possible server error": it does not say whether the message went out.
const unknownError = 1

// failure says an error as an agent understands it.
func (e *graphError) failure() *chat.Failure {
	f := &chat.Failure{Reason: chat.Rejected, Detail: cut(oneLine(or(e.Data.Details, or(e.Message, e.Title))), maxDetail)}
	if e.Code != nil {
		f.Code, f.Reason = strconv.Itoa(*e.Code), reason(*e.Code)
	}
	return f
}

// reason sorts the vendor's codes by what an agent or an admin can do about them.
func reason(code int) chat.Reason {
	switch code {
	case 131047, 470:
		return chat.OutsideWindow
	case 131026, 131021, 131030, 131049, 131050, 130472, 130497, 1013:
		return chat.Undeliverable
	case 131051, 131052, 131053:
		return chat.Unsupported
	case 130429, 131048, 131056, 133016, 80007, 4, 17, 32, 613:
		return chat.SlowDown
	case 2, 131016, 131057, 133004:
		return chat.VendorDown
	case 0, 3, 10, 33, 190, 368, 131005, 131031, 131042, 131045, 133006, 133010:
		return chat.NotAuthorized
	}
	if code >= 200 && code <= 299 {
		return chat.NotAuthorized
	}
	return chat.Rejected
}
