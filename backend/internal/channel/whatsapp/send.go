package whatsapp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/go-json-experiment/json"

	"parley/backend/chat"
	"parley/backend/internal/channel"
	"parley/backend/internal/desk"
)

// outgoing is a text message as the Graph API takes it. A phone stands in To, a business-scoped user id in
// Recipient. Callback comes back with every status of the message.
type outgoing struct {
	Product       string  `json:"messaging_product"`
	RecipientType string  `json:"recipient_type"`
	To            string  `json:"to,omitzero"`
	Recipient     string  `json:"recipient,omitzero"`
	Type          string  `json:"type"`
	Text          outText `json:"text"`
	Callback      string  `json:"biz_opaque_callback_data"`
}

type outText struct {
	Body string `json:"body"`
}

// Send posts out to the number that asset is. An attempt of which nothing can have reached the vendor ends in
// EndRetry, one that may have reached it and was not answered in EndUnclear.
func (v *Vendor) Send(ctx context.Context, cred desk.Credential, asset desk.Asset, out desk.Outgoing) channel.Sent {
	req, err := sendRequest(ctx, cred, asset, out)
	if err != nil {
		return failed(&chat.Failure{Reason: chat.NotAuthorized, Detail: "the address of the vendor cannot be used"})
	}
	var reached atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { reached.Store(true) }}
	var looked atomic.Bool
	trace.GetConn = func(string) { looked.Store(true) }
	resp, err := v.graph.Do(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil {
		if looked.Load() && !reached.Load() {
			return channel.Sent{Ending: desk.EndRetry, Failure: &chat.Failure{Reason: chat.VendorDown}}
		}
		return channel.Sent{Ending: desk.EndUnclear}
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil || len(answer) > maxAnswer {
		answer = nil // the status alone must do
	}
	return judge(resp.StatusCode, resp.Header, answer)
}

func sendRequest(ctx context.Context, cred desk.Credential, asset desk.Asset, out desk.Outgoing) (*http.Request, error) {
	m := outgoing{
		Product: "whatsapp", RecipientType: "individual", Type: "text",
		Text: outText{Body: out.Text}, Callback: string(out.Message),
	}
	if out.To.Kind == chat.UserID {
		m.Recipient = out.To.Value
	} else {
		m.To = out.To.Value
	}
	content, err := json.Marshal(m, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("whatsapp: encode a message: %w", err)
	}
	req, err := bearer(ctx, cred, http.MethodPost, graphURL(cred, asset.VendorID, "messages"))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Body = io.NopCloser(bytes.NewReader(content))
	req.ContentLength = int64(len(content))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
	return req, nil
}
