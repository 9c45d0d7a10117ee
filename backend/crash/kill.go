//go:build crashpoints

package crash

import (
	"os"
	"strconv"
	"strings"
	"sync"
)

var (
	mu   sync.Mutex
	left = countdown(os.Getenv("PARLEY_CRASH"))
)

// countdown reads "NAME=VISITS[,NAME=VISITS]": at the given visit of the moment the process is killed.
func countdown(spec string) map[Name]int {
	m := map[Name]int{}
	for part := range strings.SplitSeq(spec, ",") {
		name, n, ok := strings.Cut(part, "=")
		if visits, err := strconv.Atoi(n); ok && err == nil {
			m[Name(name)] = visits
		}
	}
	return m
}

// Point kills the process without a word if its countdown for this moment has come to its end.
func Point(n Name) {
	mu.Lock()
	defer mu.Unlock()
	if left[n] == 0 {
		return
	}
	left[n]--
	if left[n] == 0 {
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Kill()
		}
		select {}
	}
}
