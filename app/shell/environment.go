package shell

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Prepare sets the process's environment before any library reads it. It is the first thing that main does.
func Prepare() {
	for _, inspector := range []string{"WEBKIT_INSPECTOR_SERVER", "WEBKIT_INSPECTOR_HTTP_SERVER"} {
		_ = os.Unsetenv(inspector) // either would let others on this machine look into the window
	}
	if runtime.GOOS != "linux" {
		return
	}
	if os.Getenv("WEBKIT_DISABLE_DMABUF_RENDERER") == "" {
		_ = os.Setenv("WEBKIT_DISABLE_DMABUF_RENDERER", "1") // blank windows with some drivers
	}
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		_ = os.Setenv("DBUS_SESSION_BUS_ADDRESS", sessionBus(filepath.Join("/run/user", fmt.Sprint(os.Getuid()))))
	}
}

// sessionBus is the address of the user's bus, or one that leads nowhere: libraries that find none would start one
// that nobody ends.
func sessionBus(runtimeFolder string) string {
	socket := filepath.Join(runtimeFolder, "bus")
	if _, err := os.Stat(socket); err != nil {
		return "disabled:"
	}
	return "unix:path=" + socket
}

// HasDisplay reports whether a window can be opened here.
func HasDisplay() bool {
	return runtime.GOOS != "linux" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// Language is the system's, as far as the console speaks it: "en" or "de".
func Language() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := os.Getenv(name); value != "" {
			if strings.HasPrefix(value, "de") {
				return "de"
			}
			break
		}
	}
	return "en"
}

// DefaultFolder is where the console keeps its files when nothing else was said.
func DefaultFolder() (string, error) {
	if data := os.Getenv("XDG_DATA_HOME"); runtime.GOOS == "linux" && filepath.IsAbs(data) {
		return filepath.Join(data, AppName), nil
	}
	if home, err := os.UserHomeDir(); runtime.GOOS == "linux" && err == nil {
		return filepath.Join(home, ".local", "share", AppName), nil
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("shell: data folder: %w", err)
	}
	return filepath.Join(config, "Parley"), nil
}
