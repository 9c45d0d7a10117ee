//go:build !linux

package shell

// badge is the title alone on systems where nothing else shows the count.
type badge struct{}

func newBadge() *badge                   { return nil }
func (b *badge) show(text string, n int) {}
func (b *badge) close()                  {}
