package shell

import (
	"context"
	"fmt"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/runtime"
)

// sizeName is the file in the data folder; maxSide the greatest side that is believed.
const (
	sizeName = "window.json"
	maxSide  = 16384
)

// size is how the window was left.
type size struct {
	Width     int  `json:"width"`
	Height    int  `json:"height"`
	Maximised bool `json:"maximised"`
}

// readSize reads the file. Without one, or with one that makes no sense, the window opens as the first time.
func readSize(path string) size {
	first := size{Width: firstWidth, Height: firstHeight}
	b, err := os.ReadFile(path)
	if err != nil {
		return first
	}
	return parseSize(b, first)
}

func parseSize(b []byte, first size) size {
	var s size
	if json.Unmarshal(b, &s) != nil || s.Width < minWidth || s.Height < minHeight || s.Width > maxSide || s.Height > maxSide {
		return first
	}
	return s
}

func (s size) state() options.WindowStartState {
	if s.Maximised {
		return options.Maximised
	}
	return options.Normal
}

// keepSize writes how the window stands. While it is maximised the size that it returns to stays as it was.
func keepSize(ctx context.Context, path string) error {
	s := readSize(path)
	if s.Maximised = runtime.WindowIsMaximised(ctx); !s.Maximised {
		s.Width, s.Height = runtime.WindowGetSize(ctx)
	}
	b, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("shell: window size: %w", err)
	}
	return os.WriteFile(path, b, 0o600)
}
