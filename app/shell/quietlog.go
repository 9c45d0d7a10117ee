package shell

import (
	"log/slog"
	"strings"
)

// quietLogger takes the window library's log. Its messages may quote what a page sent, which may be a customer's
// words, so only their beginning is passed on, up to the first thing that is quoted.
type quietLogger struct{}

func (quietLogger) Print(string)   {}
func (quietLogger) Trace(string)   {}
func (quietLogger) Debug(string)   {}
func (quietLogger) Info(string)    {}
func (quietLogger) Warning(string) {}
func (quietLogger) Error(message string) {
	slog.Warn("the window reports an error", "what", beginning(message))
}
func (quietLogger) Fatal(message string) {
	slog.Error("the window cannot go on", "what", beginning(message))
}

// beginning is a message up to its first quotation, at most 60 bytes of it.
func beginning(message string) string {
	if i := strings.IndexAny(message, ":\"'`{["); i >= 0 {
		message = message[:i]
	}
	return strings.ToValidUTF8(message[:min(len(message), 60)], "")
}
